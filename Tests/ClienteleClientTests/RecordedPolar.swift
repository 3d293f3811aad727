import ClienteleClient
import ClienteleTestSupport
import Foundation
import Synchronization

/// Answers the SDK with what a real Polar server answered to the same requests.
///
/// A request is looked for among the recorded ones, in their order, each of which answers once. It is the same where method,
/// token, path, query and body are; what says nothing (`page=1`, an empty `metadata`, the standard `type`) is left out
/// on both sides. A request that nobody recorded fails the test.
final class RecordedPolar: ClientTransport {
    struct NotRecorded: Error, CustomStringConvertible { let description: String }

    private struct Tape {
        var exchanges: [JSON?]
        var variables: [String: String]
    }

    private let tape: Mutex<Tape>

    init() throws {
        let variables = [
            "run": "5e5327", "zero": "00000000-0000-4000-8000-000000000000",
            "org_a": "0a000000-0000-4000-8000-00000000000a", "org_b": "0b000000-0000-4000-8000-00000000000b",
            "rich": "11111111-1111-4111-8111-111111111111",
        ]
        self.tape = Mutex(Tape(exchanges: try Fixtures.exchanges("polar.jsonl"), variables: variables))
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let token = request.head.headerFields[.authorization].map { String($0.dropFirst("Bearer ".count)) }
        let asked = try Asked(
            method: request.head.method.rawValue,
            target: request.head.path ?? "",
            token: token,
            body: request.body.map { try JSON(parsing: $0) }
        )
        return try tape.withLock { tape in
            for index in tape.exchanges.indices {
                guard let exchange = tape.exchanges[index], let recorded = Asked(exchange, tape.variables),
                    recorded == asked
                else { continue }
                tape.exchanges[index] = nil
                return Self.answer(to: exchange, &tape.variables)
            }
            throw NotRecorded(description: "Nobody recorded \(asked).")
        }
    }

    private static func answer(to exchange: JSON, _ variables: inout [String: String]) -> ClientResponse {
        let expected = (try? (exchange["expect"] ?? .null).filled(with: variables)) ?? .null
        var head = HTTPResponse(status: .init(code: Int(expected["status"]?.integer ?? 0)))
        head.headerFields[.contentType] = expected["headers"]?["content-type"]?.string
        let body = expected.recordedBody
        for member in exchange["capture"]?.object ?? [] {
            variables[member.name] = member.value.string.flatMap { body?[$0]?.string }
        }
        let text = expected["first_line"]?.string.map { $0 + "\r\n" } ?? body?.text ?? ""
        return ClientResponse(head: head, body: ResponseBody(Array(text.utf8)))
    }
}

/// A request, in a form that two spellings of it share.
private struct Asked: Equatable, CustomStringConvertible {
    let method: String
    let path: String
    let query: [String]
    let token: String?
    let body: [String: JSON]?

    var description: String { "\(method) \(path) \(query) by \(token ?? "nobody"): \(body ?? [:])" }

    init(method: String, target: String, token: String?, body: JSON?) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1)
        self.path = parts.first.map { $0.removingPercentEncoding ?? String($0) } ?? ""
        let pairs = parts.count > 1 ? parts[1].split(separator: "&").map(String.init) : []
        self.query = pairs.map { $0.removingPercentEncoding ?? $0 }.filter { $0 != "page=1" }.sorted()
        self.token = token
        let members = body?.object?.filter { member in
            !(member.name == "metadata" && member.value == [:] && method == "POST")
                && !(member.name == "type" && member.value == "individual" && method == "POST")
        }
        self.body = members.map { Dictionary($0.map { ($0.name, $0.value.sorted) }) { $1 } }
    }

    /// The request of an exchange; nil where it is none that an SDK makes, or needs what was not captured yet.
    init?(_ exchange: JSON, _ variables: [String: String]) {
        guard exchange["raw_body"] == nil, let members = exchange.object?.filter({ $0.name != "expect" }),
            let filled = try? JSON.object(members).filled(with: variables),
            let method = filled["method"]?.string, var target = filled["path"]?.string
        else { return nil }
        let pairs = filled["query"]?.array?.compactMap(\.array) ?? []
        if !pairs.isEmpty {
            target += "?" + pairs.map { "\($0[0].string ?? "")=\($0[1].string ?? "")" }.joined(separator: "&")
        }
        let header = filled["headers"]?["Authorization"]?.string.map { String($0.dropFirst("Bearer ".count)) }
        self.init(method: method, target: target, token: filled["token"]?.string ?? header, body: filled["body"])
    }
}

extension JSON {
    /// The tree with members in order of their names.
    fileprivate var sorted: JSON {
        switch self {
        case .object(let members):
            .object(members.map { Member($0.name, $0.value.sorted) }.sorted { $0.name < $1.name })
        case .array(let values): .array(values.map(\.sorted))
        case .null, .bool, .integer, .bigInteger, .number, .string: self
        }
    }

    /// The body of a recorded answer, with something in each place that stands for anything; where only the kinds of the errors were
    /// kept, a body that says those.
    fileprivate var recordedBody: JSON? {
        if let body = self["body"] { return body.anything }
        guard let errors = self["errors"]?.array else {
            return self["error"].map { ["error": $0, "detail": "recorded"] }
        }
        let items = errors.compactMap(\.array).map { pair -> JSON in
            ["type": pair[0].anything, "loc": pair[1], "msg": "recorded", "input": nil]
        }
        return ["error": self["error"] ?? .null, "detail": .array(items)]
    }

    private var anything: JSON {
        switch self {
        case .string("$uuid"): .string(UUID().uuidString.lowercased())
        case .string("$time"): "2026-11-21T05:26:12.464429Z"
        case .string("$any"): "any"
        case .object(let members): .object(members.map { Member($0.name, $0.value.anything) })
        case .array(let values): .array(values.map(\.anything))
        case .null, .bool, .integer, .bigInteger, .number, .string: self
        }
    }
}

/// Files of recorded exchanges, one a line.
enum Fixtures {
    static func exchanges(_ name: String) throws -> [JSON] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = name == "polar.jsonl" ? "ClienteleServerTests" : "ClienteleClientTests"
        let text = try String(contentsOf: tests.appending(path: "\(folder)/Fixtures/\(name)"), encoding: .utf8)
        return try text.split(separator: "\n").map { try JSON(parsing: String($0)) }
    }
}
