import ClienteleClient
import ClienteleServer
import ClienteleWebhooks
import HTTPTypes
import Synchronization

/// Hands requests to a server in this process, and runs it until it is shut down.
final class EmbeddedTransport: ClientTransport {
    private struct State {
        /// Calls that are under way.
        var calls = 0
        /// What ends everything; set once.
        var closing: Task<Void, any Error>?
    }

    private let server: EmbeddedServer
    /// Lets the data go.
    private let close: @Sendable () async throws -> Void
    /// A task of its own, since nobody but `shutdown` knows when the client is no longer needed.
    private let scheduler: Task<Void, Never>
    private let state = Mutex(State())

    /// How long calls under way may take to end once the client is shut down; as the server's.
    private static let closingTimeMax = Duration.seconds(30)
    private static let closingPause = Duration.milliseconds(5)

    init(server: EmbeddedServer, webhooks: WebhookDeliverer, close: @escaping @Sendable () async throws -> Void) {
        self.server = server
        self.close = close
        self.scheduler = Task {
            async let delivery: Void? = try? webhooks.run()
            try? await server.run()
            _ = await delivery
        }
    }

    deinit { scheduler.cancel() }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        try begin()
        defer { state.withLock { $0.calls -= 1 } }
        let answer = try await answer(to: request)
        let status = answer.head.status
        // A call that was done is answered even where its caller has gone; one that gave up for that is not.
        guard !Task.isCancelled || status.kind == .successful else { throw CancellationError() }
        switch answer.body {
        case .whole(let bytes): return ClientResponse(head: answer.head, body: ResponseBody(bytes))
        case .pieces(let pieces): return ClientResponse(head: answer.head, body: ResponseBody(pieces))
        }
    }

    /// Ends the background work, once the calls under way have ended, and lets the data go.
    ///
    /// All who call it wait for one end, in a task of its own, so that a caller who is cancelled does not leave half of it.
    func shutdown() async throws {
        let closing = state.withLock { state in
            if let closing = state.closing { return closing }
            let closing = Task { try await self.end() }
            state.closing = closing
            return closing
        }
        try await closing.value
    }

    private func begin() throws {
        try state.withLock { state in
            guard state.closing == nil else { throw TransportFailure.shutDown }
            state.calls += 1
        }
    }

    private func end() async throws {
        scheduler.cancel()
        await scheduler.value
        let deadline = ContinuousClock.now + Self.closingTimeMax
        while state.withLock({ $0.calls > 0 }), ContinuousClock.now < deadline {
            try await Task.sleep(for: Self.closingPause)
        }
        try await close()
    }

    private func answer(to request: ClientRequest) async throws -> EmbeddedAnswer {
        // Only a call that asks to wait can take longer than the bounds that the store has of its own.
        guard request.head.headerFields.contains(.prefer) else {
            return try await server.respond(to: request.head, body: request.body)
        }
        let server = server
        return try await withThrowingTaskGroup(of: EmbeddedAnswer?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await server.respond(to: request.head, body: request.body) }
            group.addTask {
                try await Task.sleep(for: request.timeout)
                return nil
            }
            guard let first = try await group.next(), let answer = first else { throw TransportFailure.timedOut }
            return answer
        }
    }
}
