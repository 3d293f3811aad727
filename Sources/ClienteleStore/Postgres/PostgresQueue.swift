import NIOPosix
import Synchronization

/// A call that may share a trip to the server with others that wait at the same moment.
protocol PostgresCall: Sendable {
    var called: ContinuousClock.Instant { get }
    func fail(_ error: any Error)
}

/// Calls that wait for a connection: as many as wait go together, and the more wait, the more connections take some.
final class PostgresQueue<Call: PostgresCall>: Sendable {
    private struct State {
        var waiting: [Call] = []
        var runners = 0
    }

    /// Calls that go together at the most, so that none waits long behind others.
    private let batchMax: Int
    /// Calls that must wait before another connection takes some.
    private let waitingPerRunner: Int
    private let threads: NIOThreadPool
    private let state = Mutex(State())

    init(threads: NIOThreadPool, batchMax: Int, waitingPerRunner: Int) {
        self.threads = threads
        self.batchMax = batchMax
        self.waitingPerRunner = waitingPerRunner
    }

    /// Adds a call, and has `run` take it with others when a thread is free.
    func add(_ call: Call, run: @escaping @Sendable ([Call]) -> Void) {
        let needsRunner = state.withLock { state in
            state.waiting.append(call)
            guard state.waiting.count > state.runners * waitingPerRunner else { return false }
            state.runners += 1
            return true
        }
        if needsRunner { submit(run) }
    }

    private func submit(_ run: @escaping @Sendable ([Call]) -> Void) {
        threads.submit { state in
            let batch = self.state.withLock { state in
                let batch = Array(state.waiting.prefix(self.batchMax))
                state.waiting.removeFirst(batch.count)
                return batch
            }
            switch state {
            case .active: if !batch.isEmpty { run(batch) }
            case .cancelled: for call in batch { call.fail(SQLError.closed) }
            }
            let goesOn = self.state.withLock { state in
                guard state.waiting.isEmpty else { return true }
                state.runners -= 1
                return false
            }
            if goesOn { self.submit(run) }
        }
    }
}

/// Adds rows; its error may come to light only at the commit.
struct PostgresAppend: PostgresCall {
    let key: String
    let body: @Sendable (any SQLSession) throws -> Void
    let answer: @Sendable (Result<Void, any Error>) -> Void
    let called = ContinuousClock.now

    func fail(_ error: any Error) { answer(.failure(error)) }
}

/// Reads, most often by a single statement.
struct PostgresRead: PostgresCall {
    /// Runs the body, and gives what answers the caller; throws only what the database says.
    let attempt: @Sendable (any SQLSession) throws(SQLError) -> () -> Void
    let failure: @Sendable (any Error) -> Void
    let called = ContinuousClock.now

    func fail(_ error: any Error) { failure(error) }
}
