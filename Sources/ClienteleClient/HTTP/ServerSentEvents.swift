/// One block of an event stream.
struct ServerSentEvent: Hashable, Sendable {
    /// The block's id; nil where it has none.
    var id: String?
    /// The kind of event; nil where the block does not say.
    var event: String?
    /// The lines of data, with line feeds between; nil where the block has no line of data.
    var data: String?
    /// How long to wait before connecting again, where the block says so.
    var retry: Duration?

    /// Whether the block said anything at all.
    fileprivate var isEmpty: Bool { id == nil && event == nil && data == nil && retry == nil }
}

/// Reads an event stream that comes in pieces, which may end anywhere.
///
/// Source: the HTML standard, section 9.2.6. Other than there, a block without data is told too: it may have an id.
struct ServerSentEventParser: Sendable {
    /// The bytes of the line that is not whole yet.
    private var line: [UInt8] = []
    /// Whether the last byte was a carriage return: a line feed behind it belongs to the same end of line.
    private var endedWithReturn = false
    private var isFirstLine = true
    private var block = ServerSentEvent()
    /// The bytes of the block so far.
    private var blockBytes = 0
    private var events: ArraySlice<ServerSentEvent> = []

    /// The longest block that is read: larger than any record of a server, and small enough for memory.
    static let blockBytesMax = 16 << 20

    /// The next whole block of what was taken.
    mutating func next() -> ServerSentEvent? { events.popFirst() }

    /// Takes what came next.
    mutating func take(_ piece: [UInt8]) throws(TransportFailure) {
        var rest = piece[...]
        if endedWithReturn, rest.first == newline { rest = rest.dropFirst() }
        if !piece.isEmpty { endedWithReturn = false }
        while let end = rest.firstIndex(where: { $0 == newline || $0 == carriageReturn }) {
            line += rest[..<end]
            let isReturn = rest[end] == carriageReturn
            rest = rest[(end + 1)...]
            endedWithReturn = isReturn && rest.isEmpty
            if isReturn, rest.first == newline { rest = rest.dropFirst() }
            endLine()
        }
        line += rest
        guard blockBytes + line.count <= Self.blockBytesMax else {
            throw TransportFailure.tooLarge(bytesMax: Self.blockBytesMax)
        }
    }

    private mutating func endLine() {
        defer { line.removeAll(keepingCapacity: true) }
        var text = line[...]
        if isFirstLine, text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        isFirstLine = false
        guard !text.isEmpty else {
            if !block.isEmpty { events.append(block) }
            (block, blockBytes) = (ServerSentEvent(), 0)
            return
        }
        blockBytes += text.count
        let name = text.prefix { $0 != UInt8(ascii: ":") }
        var value = text.dropFirst(name.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        setField(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    /// A comment is a field without a name; it and fields of names that nobody knows say nothing.
    private mutating func setField(_ name: String, _ value: String) {
        switch name {
        case "data": block.data = block.data.map { $0 + "\n" + value } ?? value
        case "event": block.event = value
        case "id": if !value.utf8.contains(0) { block.id = value }
        case "retry":
            guard value.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return }
            if let milliseconds = Int64(value) { block.retry = .milliseconds(milliseconds) }
        default: break
        }
    }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
