import ClienteleJSON
import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One operation, before it is a request: its method, the parts of its path, its query and body.
struct Call: Sendable {
    var method: HTTPRequest.Method
    /// The parts of the path behind `/v1/`, as they are before they are escaped.
    var path: [String]
    /// Whether the path ends with a slash: Polar's collections do.
    var endsWithSlash = false
    var query = Query()
    var body: JSON?
    var headers: HTTPFields = [:]

    static func get(_ path: String..., query: Query = Query()) -> Call {
        Call(method: .get, path: path, query: query)
    }

    /// A read of a collection.
    static func list(_ path: String..., query: Query = Query()) -> Call {
        Call(method: .get, path: path, endsWithSlash: true, query: query)
    }

    /// A change, whose body is the value.
    static func send(
        _ method: HTTPRequest.Method,
        _ path: String...,
        endsWithSlash: Bool = false,
        body: some Encodable
    ) throws(ClienteleError) -> Call {
        do {
            return Call(method: method, path: path, endsWithSlash: endsWithSlash, body: try body.wireJSON())
        } catch {
            throw .encoding("\(error)")
        }
    }

    /// Whether doing it twice is doing it once, by its method.
    var isIdempotent: Bool { [.get, .head, .put, .delete].contains(method) }

    /// The path on a server whose paths begin with `prefix`.
    func target(under prefix: String) -> String {
        let path = path.map { $0.escaped(.path) }.joined(separator: "/")
        return prefix + "/v1/" + path + (endsWithSlash ? "/" : "") + query.text
    }
}

/// The pairs behind a path's question mark.
struct Query: Sendable {
    private(set) var pairs: [(name: String, value: String)] = []

    /// Adds a pair, where there is a value.
    mutating func add(_ name: String, _ value: (some CustomStringConvertible)?) {
        if let value { pairs.append((name, "\(value)")) }
    }

    mutating func add(_ name: String, _ date: Date?) { add(name, date.map(WireDate.text)) }

    mutating func add(_ name: String, _ ids: [UUID]) { for id in ids { add(name, id.wireText) } }

    mutating func add(_ name: String, _ id: UUID?) { add(name, id?.wireText) }

    mutating func add(_ name: String, _ values: [some CustomStringConvertible]) {
        for value in values { add(name, value) }
    }

    /// Adds a filter for each name in metadata.
    mutating func add(metadata: [String: JSON]) {
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            add("metadata[\(name)]", value.string ?? value.text)
        }
    }

    /// The pairs with their question mark; empty without pairs.
    var text: String {
        guard !pairs.isEmpty else { return "" }
        return "?" + pairs.map { "\($0.name.escaped(.query))=\($0.value.escaped(.query))" }.joined(separator: "&")
    }
}

extension UUID {
    /// The id as the wire has it, in lower case.
    var wireText: String { uuidString.lowercased() }
}

extension String {
    fileprivate enum Place { case path, query }

    /// The text with every byte escaped that could mean something else in its place.
    fileprivate func escaped(_ place: Place) -> String {
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: "["), UInt8(ascii: "]"):
                // Servers look for a filter's brackets as they are.
                if place == .query { bytes.append(byte) } else { bytes += byte.percentEscape }
            default: bytes += byte.percentEscape
            }
        }
        // A part that is one or two dots would be taken for a way up.
        if place == .path, bytes == [0x2E] || bytes == [0x2E, 0x2E] { return bytes.map { _ in "%2E" }.joined() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var percentEscape: [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(self >> 4)], digits[Int(self & 0xF)]]
    }
}
