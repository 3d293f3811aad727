import ClienteleCore
import Synchronization

/// Notes how attempts ended: all that wait for it by one transaction, and so one wait for the disk.
final class Settlements: Sendable {
    private typealias Settled = Result<WebhookEvent?, any Error>

    private struct Waiting {
        let attempt: WebhookAttempt
        let continuation: CheckedContinuation<Settled, Never>
    }

    private let organization: Organization.ID
    private let store: any WebhookQueue
    private let waiting = Mutex<[Waiting]>([])
    private let isStopped = Atomic(false)
    private let signal = WriteSignal()

    /// Attempts that one transaction notes.
    private static let batchSize = 256

    init(of organization: Organization.ID, in store: any WebhookQueue) {
        self.organization = organization
        self.store = store
    }

    /// Notes how an attempt ended, and gives the next event of its lane where it may be sent now.
    func settle(_ attempt: WebhookAttempt) async throws -> WebhookEvent? {
        let settled: Settled = await withCheckedContinuation { continuation in
            waiting.withLock { $0.append(Waiting(attempt: attempt, continuation: continuation)) }
            signal.raise()
        }
        return try settled.get()
    }

    /// Goes on until it is stopped, and nothing waits.
    func run() async {
        while true {
            let seen = signal.count
            let batch = waiting.withLock { waiting in
                defer { waiting.removeFirst(min(waiting.count, Self.batchSize)) }
                return Array(waiting.prefix(Self.batchSize))
            }
            if batch.isEmpty {
                if isStopped.load(ordering: .acquiring) { return }
                await signal.wait(after: seen, atMost: .seconds(60))
                // Where all is cancelled, nothing is waited for.
                await Task.yield()
            } else {
                await settle(batch)
            }
        }
    }

    /// Nothing comes any more.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        signal.raise()
    }

    private func settle(_ batch: [Waiting]) async {
        do {
            var next = try await store.settle(batch.map(\.attempt), of: organization)
            for waiting in batch {
                let event = waiting.attempt.event
                let index = next.firstIndex { $0.lane == event.lane && $0.endpoint == event.endpoint }
                waiting.continuation.resume(returning: .success(index.map { next.remove(at: $0) }))
            }
        } catch {
            for waiting in batch { waiting.continuation.resume(returning: .failure(error)) }
        }
    }
}
