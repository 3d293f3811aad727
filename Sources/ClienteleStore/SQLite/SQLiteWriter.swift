import NIOConcurrencyHelpers
import NIOPosix
import Synchronization

/// The one thread that writes to a SQLite database.
///
/// It takes all that is waiting, runs it in one transaction, commits once, and only then answers each: under load many
/// calls share one wait for the disk; alone, a call waits for nobody.
///
/// Unchecked: the connection is used only under `turn`.
final class SQLiteWriter: @unchecked Sendable {
    /// Calls that share one commit at the most, so that none waits long behind others.
    static let batchMax = 512

    /// One waiting call.
    private struct Call: Sendable {
        /// Runs the body; what it gives back answers the caller, once the commit has succeeded.
        let attempt: @Sendable (any SQLSession) throws -> () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private struct Queue {
        var calls: [Call] = []
        var isDraining = false
    }

    private let connection: SQLiteConnection
    private let turn = NIOLock()
    private let queue = Mutex(Queue())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let isClosed = Atomic(false)
    private let metrics: StoreMetrics

    init(_ connection: SQLiteConnection, metrics: StoreMetrics) {
        self.connection = connection
        self.metrics = metrics
        thread.start()
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        let start = ContinuousClock.now
        defer { metrics.wrote(since: start) }
        return try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Call(
                    attempt: { session in
                        let value = try body(session)
                        return { continuation.resume(returning: value) }
                    },
                    fail: { continuation.resume(throwing: $0) }
                )
            )
        }
    }

    /// Runs `body` on the writing connection, between two transactions.
    func alone<T>(_ body: (any SQLSession) throws -> T) throws -> T {
        guard !isClosed.load(ordering: .relaxed) else { throw SQLError.closed }
        return try turn.withLock { try body(connection) }
    }

    /// Lets the calls that run finish, and refuses those that wait.
    func close() async throws {
        isClosed.store(true, ordering: .relaxed)
        try await thread.shutdownGracefully()
        // Threads that read keep their connections, so that SQLite does not do this by itself.
        turn.withLock { try? connection.script("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    private func enqueue(_ call: Call) {
        let mustDrain = queue.withLock { queue in
            queue.calls.append(call)
            defer { queue.isDraining = true }
            return !queue.isDraining
        }
        guard mustDrain else { return }
        thread.submit { state in
            switch state {
            case .active: self.drain()
            case .cancelled: self.refuseAll()
            }
        }
    }

    private func drain() {
        while true {
            let calls = queue.withLock { queue -> [Call] in
                let calls = Array(queue.calls.prefix(Self.batchMax))
                queue.calls.removeFirst(calls.count)
                metrics.waiting(queue.calls.count)
                queue.isDraining = !calls.isEmpty
                return calls
            }
            if calls.isEmpty { return }
            turn.withLock { run(calls) }
        }
    }

    private func refuseAll() {
        let calls = queue.withLock { queue -> [Call] in
            defer { queue = Queue() }
            return queue.calls
        }
        for call in calls { call.fail(SQLError.closed) }
    }

    /// Runs `calls` in one transaction, and answers each.
    private func run(_ calls: [Call]) {
        let answers: [() -> Void]
        do {
            do {
                answers = try transaction(calls) { try self.attempt($0) }
            } catch is TraceLeft {
                answers = try transaction(calls) { try self.attemptInSavepoint($0) }
            }
        } catch {
            answers = calls.map { call in { call.fail(error) } }
        }
        for answer in answers { answer() }
    }

    private func transaction(_ calls: [Call], _ attempt: (Call) throws -> () -> Void) throws -> [() -> Void] {
        try connection.execute("BEGIN IMMEDIATE")
        do {
            let answers = try calls.map(attempt)
            try metrics.commit { try connection.execute("COMMIT") }
            return answers
        } catch {
            if !connection.isOutsideTransaction { try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    /// Runs one call that, if it fails, has most likely changed nothing yet.
    ///
    /// A savepoint makes the search index write out what it gathered, which costs more than the call itself. So there is
    /// none, and the rare call that fails after a change has the whole batch done again.
    private func attempt(_ call: Call) throws -> () -> Void {
        let changes = connection.changes
        do {
            return try call.attempt(connection)
        } catch {
            guard !connection.isOutsideTransaction else { throw error }
            guard connection.changes == changes else { throw TraceLeft() }
            return { call.fail(error) }
        }
    }

    private func attemptInSavepoint(_ call: Call) throws -> () -> Void {
        try connection.execute("SAVEPOINT call")
        do {
            let answer = try call.attempt(connection)
            try connection.execute("RELEASE call")
            return answer
        } catch {
            guard !connection.isOutsideTransaction else { throw error }
            try connection.execute("ROLLBACK TO call")
            try connection.execute("RELEASE call")
            return { call.fail(error) }
        }
    }

    /// A call failed after it had changed something.
    private struct TraceLeft: Error {}
}
