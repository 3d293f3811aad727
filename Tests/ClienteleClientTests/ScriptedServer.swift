import ClienteleClient
import Foundation
import Synchronization

/// Answers requests one after the other, as it is told.
final class ScriptedServer: ClientTransport {
    enum Answer: Sendable {
        case status(Int, [String: String] = [:], String = "")
        /// The connection ends before an answer comes.
        case fails
        /// The head of an answer comes, and half of its body.
        case breaksOff
        /// No connection is made.
        case unreachable
        /// Nothing comes until the task is cancelled.
        case hangs
        /// A stream of events in these pieces.
        case streams([String], then: StreamEnd = .ends)
    }

    /// What comes behind the last piece of a stream.
    enum StreamEnd: Sendable { case ends, breaks, hangs }

    private struct Script {
        var answers: [Answer]
        var requests: [ClientRequest] = []
        var waits: [Duration] = []
        var tokens = 0
    }

    private static let address = URL(string: "https://customers.example:8443/base/") ?? URL(filePath: "/")

    private let script: Mutex<Script>
    private let asked = AsyncStream<Void>.makeStream()

    init(_ answers: [Answer]) { self.script = Mutex(Script(answers: answers)) }

    var requests: [ClientRequest] { script.withLock { $0.requests } }
    var waits: [Duration] { script.withLock { $0.waits } }

    func add(_ answer: Answer) { script.withLock { $0.answers.append(answer) } }

    /// Waits until a request has come.
    func untilAsked() async { for await _ in asked.stream { return } }

    /// A client whose waits are noted and take no time, and whose chances are all one half.
    func client(
        _ server: Server? = nil,
        configuration: ClienteleClient.Configuration = .init()
    ) -> ClienteleClient {
        ClienteleClient(
            Connection(
                server: server ?? .clientele(Self.address),
                tokens: { self.nextToken() },
                configuration: configuration,
                transport: self,
                wait: { wait in self.script.withLock { $0.waits.append(wait) } },
                chance: { 0.5 }
            )
        )
    }

    private func nextToken() -> String {
        script.withLock {
            $0.tokens += 1
            return "token-\($0.tokens)"
        }
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let answer = script.withLock { script -> Answer in
            script.requests.append(request)
            return script.answers.isEmpty ? .status(500, [:], "No more answers.") : script.answers.removeFirst()
        }
        asked.continuation.yield()
        switch answer {
        case .status(let status, let headers, let body):
            var head = HTTPResponse(status: .init(code: status))
            for (name, value) in headers { head.headerFields[named: name] = value }
            return ClientResponse(head: head, body: ResponseBody(Array(body.utf8)))
        case .fails: throw TransportFailure.interrupted("test")
        case .breaksOff:
            let pieces = AsyncThrowingStream<[UInt8], any Error> {
                $0.yield(Array(#"{"id":"#.utf8))
                $0.finish(throwing: TransportFailure.interrupted("test"))
            }
            return ClientResponse(head: HTTPResponse(status: .ok), body: ResponseBody(pieces))
        case .unreachable: throw TransportFailure.unreachable("test")
        case .hangs:
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw CancellationError()
        case .streams(let texts, let end):
            var head = HTTPResponse(status: .ok)
            head.headerFields[.contentType] = "text/event-stream"
            return ClientResponse(head: head, body: ResponseBody(Self.pieces(texts, end)))
        }
    }

    private static func pieces(_ texts: [String], _ end: StreamEnd) -> AsyncThrowingStream<[UInt8], any Error> {
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        for text in texts { continuation.yield(Array(text.utf8)) }
        switch end {
        case .ends: continuation.finish()
        case .breaks: continuation.finish(throwing: TransportFailure.interrupted("test"))
        // Whoever waits for it holds the stream, which ends where nobody could go on with it.
        case .hangs: hanging.withLock { $0.append(continuation) }
        }
        return stream
    }

    /// What keeps streams open that bring nothing more.
    private static let hanging = Mutex<[AsyncThrowingStream<[UInt8], any Error>.Continuation]>([])
}

extension ScriptedServer.Answer {
    /// A customer, as an answer of 200.
    static var customer: Self { .status(200, [:], customerText()) }

    /// A page of so many customers.
    static func page(of count: Int, max: Int) -> Self {
        let items = (0..<count).map { _ in customerText() }.joined(separator: ",")
        return .status(200, [:], #"{"items":[\#(items)],"pagination":{"total_count":5,"max_page":\#(max)}}"#)
    }

    /// A state of a version.
    static func state(version: Int64?, name: String) -> Self {
        let lists = #","active_subscriptions":[],"granted_benefits":[],"active_meters":[]}"#
        return .status(200, version.map { ["etag": "\"\($0)\""] } ?? [:], customerText(name: name).dropLast() + lists)
    }

    private static func customerText(name: String = "Ada") -> String {
        #"{"id":"\#(UUID().uuidString.lowercased())","created_at":"2026-11-21T05:26:14.751311Z","metadata":{},"#
            + #""email":"ada@example.com","type":"individual","name":"\#(name)","#
            + #""organization_id":"f9ec1797-5370-42ae-b7a9-c28415a296b6"}"#
    }
}

extension HTTPFields {
    /// The value of the header of a name.
    subscript(named name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set { if let name = HTTPField.Name(name) { self[name] = newValue } }
    }
}
