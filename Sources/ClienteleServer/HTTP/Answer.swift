import ClienteleCore
import ClienteleJSON
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer whose body is there as bytes, so that it can be kept and given again.
struct Answer {
    var status: HTTPResponse.Status
    var headers: HTTPFields = [:]
    var body = ByteBuffer()
    /// The customer whose data is in it.
    var subject: Customer.ID?

    /// A JSON answer from a tree.
    init(_ status: HTTPResponse.Status, _ json: JSON) { self.init(status) { $0.value(json) } }

    /// A JSON answer, written straight into the buffer that is sent; as `ByteBuffer.init(capacity:json:)`.
    init(
        _ status: HTTPResponse.Status,
        capacity: Int = 1_024,
        _ write: (inout JSONWriter<BoundedOutput>) -> Void
    ) {
        self.init(status: status, headers: Self.jsonHeaders, body: ByteBuffer(capacity: capacity, json: write))
    }

    init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    var response: Response {
        guard body.readableBytes > 0 else { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// The answer with the version of the record that it shows.
    func tagged(_ version: Int64) -> Answer {
        var answer = self
        answer.headers[.eTag] = "\"\(version)\""
        return answer
    }

    /// The answer as one with data of that customer.
    func about(_ customer: Customer.ID) -> Answer {
        var answer = self
        answer.subject = customer
        return answer
    }

    private static let jsonHeaders: HTTPFields = [.contentType: "application/json"]
}

extension ByteBuffer {
    /// A JSON text, written straight into the buffer.
    ///
    /// - Parameters:
    ///   - capacity: The bytes that will most likely do; where they do not, `write` is called once more.
    ///   - write: Writes the text.
    init(capacity: Int, json write: (inout JSONWriter<BoundedOutput>) -> Void) {
        self = ByteBufferAllocator().buffer(capacity: capacity)
        var needed = capacity
        repeat {
            writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { memory in
                var writer = JSONWriter(output: BoundedOutput(memory))
                write(&writer)
                needed = writer.output.count
                return needed <= memory.count ? needed : 0
            }
        } while readableBytes < needed
    }
}

/// As bytes: a line of JSON with the status and the headers, then the body.
extension Answer {
    var recorded: RecordedAnswer {
        let fields = headers.map { field in
            JSON.object([.init("name", .string(field.name.rawName)), .init("value", .string(field.value))])
        }
        let head: JSON = ["status": .integer(Int64(status.code)), "headers": .array(fields)]
        let bytes = Array(head.text.utf8) + [Self.newline] + Array(body.readableBytesView)
        return RecordedAnswer(bytes: bytes, about: subject)
    }

    /// Reads back what was recorded; nil for what is nothing of the kind.
    init?(_ recorded: RecordedAnswer) {
        guard let end = recorded.bytes.firstIndex(of: Self.newline),
            let head = try? JSON(parsing: Array(recorded.bytes[..<end])),
            let code = head["status"]?.integer, let fields = head["headers"]?.array
        else { return nil }
        var headers = HTTPFields()
        for field in fields {
            guard let name = field["name"]?.string.flatMap({ HTTPField.Name($0) }), let value = field["value"]?.string
            else {
                return nil
            }
            headers.append(HTTPField(name: name, value: value))
        }
        self.init(
            status: HTTPResponse.Status(code: Int(code)),
            headers: headers,
            body: ByteBuffer(bytes: recorded.bytes[(end + 1)...])
        )
    }

    /// JSON text has none.
    private static let newline = UInt8(ascii: "\n")
}

extension Response {
    /// A JSON answer that nobody keeps; as `Answer`.
    init(
        _ status: HTTPResponse.Status,
        capacity: Int = 1_024,
        _ write: (inout JSONWriter<BoundedOutput>) -> Void
    ) {
        self = Answer(status, capacity: capacity, write).response
    }

    init(_ status: HTTPResponse.Status, _ json: JSON) { self = Answer(status, json).response }
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
