import ClienteleJSON
import ClienteleTestSupport
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore

/// A recording of requests to a real Polar server, and of what it answered, to be played again.
///
/// `conformance/replay.py` plays the same files and compares in the same way:
/// - JSON types, keys and the lengths of lists must be the same; `"$uuid"` stands for any lower-case UUID, `"$time"` for
///   any moment in UTC, `"$any"` for anything. A member `msg` is not compared: messages are ours to word.
/// - `errors` holds the items of a validation error as pairs of type and location, in any order, each at least once and no
///   others. The type `"$any"` stands for any type, and `"$rest"` at the end of a location for any remainder.
/// - `error`, `items`, `first_line` and `headers` are each compared where the exchange has them.
/// - `capture` keeps a member of an answer's body as a variable; `${name}` anywhere in a later exchange is replaced by it.
///   A UUID is kept in four other spellings too: `_upper`, `_nodash`, `_urn` and `_braces`.
struct Transcript {
    struct Exchange {
        let name: String
        let json: JSON
    }

    let exchanges: [Exchange]

    /// Reads a file of one exchange a line.
    init(readingFile path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        self.exchanges = try text.split(separator: "\n").map { line in
            let json = try JSON(parsing: Array(line.utf8))
            return Exchange(name: json["name"]?.string ?? "", json: json)
        }
    }

    /// Plays every exchange in order, and tells the differences of each that has any.
    func replay(
        on server: TestServer,
        variables: [String: String]
    ) async throws -> [(name: String, differences: [String])] {
        var player = TranscriptPlayer(server: server, variables: variables)
        var found: [(name: String, differences: [String])] = []
        for exchange in exchanges {
            let differences = try await player.play(exchange)
            if !differences.isEmpty { found.append((exchange.name, differences)) }
        }
        return found
    }
}

/// Plays exchanges, and remembers what they capture.
private struct TranscriptPlayer {
    let server: TestServer
    var variables: [String: String]

    mutating func play(_ exchange: Transcript.Exchange) async throws -> [String] {
        let template = exchange.json
        var comparison = TranscriptComparison()
        let request: JSON
        let expected: JSON
        do {
            request = try JSON.object(template.object?.filter { $0.name != "expect" } ?? []).filled(with: variables)
            expected = try (template["expect"] ?? [:]).filled(with: variables)
        } catch {
            return ["\(error)"]
        }
        let response = try await send(request)
        comparison.compare(response.head, response.text, with: expected)
        for member in template["capture"]?.object ?? [] {
            guard let value = response.json[member.value.string ?? ""]?.string else { continue }
            capture(value, as: member.name)
        }
        return comparison.differences
    }

    private func send(_ request: JSON) async throws -> TestResponse {
        var path = request["path"]?.string ?? ""
        if let query = request["query"]?.array {
            path += "?" + query.map { "\(encoded($0.array?.first))=\(encoded($0.array?.last))" }.joined(separator: "&")
        }
        var headers = HTTPFields()
        for member in request["headers"]?.object ?? [] {
            if let name = HTTPField.Name(member.name) { headers[name] = member.value.string }
        }
        if let token = request["token"]?.string {
            guard let text = server.tokens[token] else { throw TranscriptError.missing("token \(token)") }
            headers[.authorization] = "Bearer \(text)"
        }
        let method = HTTPRequest.Method(request["method"]?.string ?? "") ?? .get
        var body: ByteBuffer?
        if let raw = request["raw_body"]?.string {
            body = ByteBuffer(string: raw)
        } else if let json = request["body"] {
            body = ByteBuffer(string: json.text)
            if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        } else if [.post, .put, .patch].contains(method) {
            body = ByteBuffer()
        }
        return try await server.client.execute(uri: path, method: method, headers: headers, body: body)
    }

    private mutating func capture(_ value: String, as name: String) {
        variables[name] = value
        guard TranscriptComparison.isUUID(value) else { return }
        variables[name + "_upper"] = value.uppercased()
        variables[name + "_nodash"] = value.filter { $0 != "-" }
        variables[name + "_urn"] = "urn:uuid:" + value
        variables[name + "_braces"] = "%7B\(value)%7D"
    }

    /// A part of a query, as a form encodes it.
    private func encoded(_ json: JSON?) -> String {
        (json?.string ?? json?.text ?? "").utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            if scalar == " " { return "+" }
            if byte < 0x80, scalar.properties.isAlphabetic || "0123456789_.-~".unicodeScalars.contains(scalar) {
                return String(scalar)
            }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

private enum TranscriptError: Error {
    case missing(String)
}
