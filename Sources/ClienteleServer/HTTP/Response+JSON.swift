import ClienteleJSON
import Hummingbird
import NIOCore

extension Response {
    /// A JSON answer from a tree.
    init(_ status: HTTPResponse.Status, _ json: JSON) { self.init(status) { $0.value(json) } }

    /// A JSON answer, written straight into the buffer that is sent.
    ///
    /// - Parameters:
    ///   - status: The status of the answer.
    ///   - capacity: The bytes that will most likely do; where they do not, `write` is called once more.
    ///   - write: Writes the body.
    init(
        _ status: HTTPResponse.Status,
        capacity: Int = 1_024,
        _ write: (inout JSONWriter<BoundedOutput>) -> Void
    ) {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        var needed = capacity
        repeat {
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { memory in
                var writer = JSONWriter(output: BoundedOutput(memory))
                write(&writer)
                needed = writer.output.count
                return needed <= memory.count ? needed : 0
            }
        } while buffer.readableBytes < needed
        self.init(status: status, headers: Self.jsonHeaders, body: ResponseBody(byteBuffer: buffer))
    }

    private static let jsonHeaders: HTTPFields = [.contentType: "application/json"]
}

/// Memory of a fixed size to write into; past its end, bytes are only counted.
struct BoundedOutput: JSONOutput {
    private let memory: UnsafeMutableRawBufferPointer
    /// Bytes that were written, or would have been.
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func append(_ byte: UInt8) {
        if count < memory.count { memory[count] = byte }
        count += 1
    }

    mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        if count + bytes.count <= memory.count {
            UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
        }
        count += bytes.count
    }

    mutating func append(_ text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }
}
