public import ClienteleJSON
import Hummingbird
public import NIOCore

extension Response {
    /// A JSON answer from a tree.
    init(_ status: HTTPResponse.Status, _ json: JSON) { self.init(status) { $0.value(json) } }

    /// A JSON answer, written straight into the buffer that is sent.
    init(_ status: HTTPResponse.Status, _ write: (inout JSONWriter<ByteBuffer>) -> Void) {
        var writer = JSONWriter(output: ByteBufferAllocator().buffer(capacity: 1_024))
        write(&writer)
        self.init(status: status, headers: Self.jsonHeaders, body: ResponseBody(byteBuffer: writer.output))
    }

    private static let jsonHeaders: HTTPFields = [.contentType: "application/json"]
}

extension ByteBuffer: JSONOutput {
    public mutating func append(_ byte: UInt8) { writeInteger(byte) }

    public mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) { writeBytes(bytes) }

    public mutating func append(_ text: StaticString) { writeStaticString(text) }
}
