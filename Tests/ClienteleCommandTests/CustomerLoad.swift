import ClienteleJSON
import Foundation
import Synchronization

/// Clients that create customers without a pause, each by turns at all servers, and that try again what was not answered.
final class CustomerLoad: Sendable {
    /// What became of one request.
    struct Answer: Sendable {
        let client: Int
        let port: Int
        let email: String
        let start: ContinuousClock.Instant
        let end: ContinuousClock.Instant
        /// 0 where the server was gone before it had answered.
        let status: Int
        let retryAfter: String?
        let id: String?
        /// Whether the same had been asked before, so that the customer may be there already.
        let isRepeated: Bool

        /// Whether a client can go on with it.
        var isExpected: Bool {
            switch status {
            case 201: id != nil
            case 422: isRepeated
            case 503: retryAfter != nil
            default: false
            }
        }
    }

    static let clients = 8

    private struct State {
        var ports: [Int]
        var answers: [Answer] = []
        var isOver = false
    }

    private let token: String
    private let state: Mutex<State>

    fileprivate init(ports: [Int], token: String) {
        self.token = token
        self.state = Mutex(State(ports: ports))
    }

    var answers: [Answer] { state.withLock { $0.answers } }

    /// The ids of the customers that were acknowledged, by e-mail address.
    var acknowledged: [String: String] {
        answers.reduce(into: [:]) { ids, answer in if answer.status == 201 { ids[answer.email] = answer.id } }
    }

    /// Sends all that follows to these servers.
    func turn(to ports: [Int]) { state.withLock { $0.ports = ports } }

    /// Answers of that status to what was asked of a server since then.
    func count(_ status: Int, from port: Int, since start: ContinuousClock.Instant) -> Int {
        state.withLock { $0.answers.count { $0.status == status && $0.port == port && $0.start >= start } }
    }

    fileprivate func stop() { state.withLock { $0.isOver = true } }

    fileprivate func run(_ client: Int) {
        var connections: [Int: HTTPConnection] = [:]
        var turn = client
        for number in 0... {
            let email = "c\(client)n\(number)@example.com"
            var isRepeated = false
            while true {
                let (ports, isOver) = state.withLock { ($0.ports, $0.isOver) }
                if isOver { return }
                turn += 1
                let port = ports[turn % ports.count]
                let answer = call(client, port, email, isRepeated, &connections)
                state.withLock { $0.answers.append(answer) }
                if answer.status == 201 || answer.status == 422 { break }
                isRepeated = true
                // As long as a client would wait at the least, so that the log is not all refusals.
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    private func call(
        _ client: Int,
        _ port: Int,
        _ email: String,
        _ isRepeated: Bool,
        _ connections: inout [Int: HTTPConnection]
    ) -> Answer {
        let start = ContinuousClock.now
        let request = HTTPRequest("POST", "/v1/customers", token: token, body: #"{"email":"\#(email)"}"#)
        var answer: HTTPAnswer?
        do {
            let connection = try connections[port] ?? HTTPConnection(port: port)
            connections[port] = connection
            try connection.send(request.text)
            answer = try connection.answer()
        } catch {
            connections[port] = nil
        }
        return Answer(
            client: client,
            port: port,
            email: email,
            start: start,
            end: .now,
            status: answer?.status ?? 0,
            retryAfter: answer?.headers["retry-after"],
            id: answer?.json["id"]?.string,
            isRepeated: isRepeated
        )
    }
}

/// Runs `body` while clients create customers, and ends when the last of their calls has been answered.
func withLoad(
    on ports: [Int],
    token: String,
    _ body: (CustomerLoad) async throws -> Void
) async throws -> CustomerLoad {
    let load = CustomerLoad(ports: ports, token: token)
    async let clients: Void = withThrowingTaskGroup(of: Void.self) { group in
        for client in 0..<CustomerLoad.clients { group.addTask { try await onThread { load.run(client) } } }
        try await group.waitForAll()
    }
    do {
        try await body(load)
    } catch {
        load.stop()
        try? await clients
        throw error
    }
    load.stop()
    try await clients
    return load
}
