import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// PostgreSQL through libpq: as many threads as there may be connections, since libpq blocks.
package final class PostgresEngine: SQLEngine {
    /// How long a call waits for a connection while all are busy.
    static let queueSecondsMax = 5
    /// How often a transaction runs that loses against another, or whose connection turns out to be gone.
    static let attemptsMax = 10
    /// The longest pause before it runs again, in microseconds.
    static let pauseMicrosecondsMax: UInt32 = 20_000

    package let dialect = SQLDialect.postgres
    private let configuration: PostgresConfiguration
    private let threads: NIOThreadPool
    private let idle = Mutex<[PostgresConnection]>([])
    private let metrics: StoreMetrics
    private let appends = Mutex(PostgresAppends())

    package init(_ configuration: PostgresConfiguration, metrics: StoreMetrics) {
        self.configuration = configuration
        self.metrics = metrics
        self.threads = NIOThreadPool(numberOfThreads: configuration.connections)
        threads.start()
    }

    package func readPoint<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await onThread { try self.metrics.read { try self.attempt(.reading) { try body($0) } } }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await onThread {
            try self.metrics.read {
                try self.attempt(.reading) { session in try session.snapshot { try body(session) } }
            }
        }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        let start = ContinuousClock.now
        defer { metrics.wrote(since: start) }
        return try await onThread { try self.attempt(.writing) { try $0.transaction("BEGIN", body) } }
    }

    package func append(_ body: @escaping @Sendable (any SQLSession) throws -> Void) async throws {
        let start = ContinuousClock.now
        defer { metrics.wrote(since: start) }
        try await withCheckedThrowingContinuation { continuation in
            let append = PostgresAppends.Append(body: body) { continuation.resume(with: $0) }
            if appends.withLock({ $0.add(append) }) { submitAppends() }
        }
    }

    package func close() async throws {
        try await threads.shutdownGracefully()
        idle.withLock { $0 = [] }
    }

    private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        let called = ContinuousClock.now
        do {
            return try await threads.runIfActive {
                guard Self.isInTime(called) else { throw self.busy }
                return try body()
            }
        } catch is NIOThreadPoolError.ThreadPoolInactive {
            throw SQLError.closed
        } catch is CancellationError {
            // The pool has been shut down, or the caller has gone and waits for no answer.
            throw SQLError.closed
        }
    }

    private enum Purpose { case reading, writing }

    /// Whether a call has not waited too long for a connection.
    private static func isInTime(_ called: ContinuousClock.Instant) -> Bool {
        ContinuousClock.now - called < .seconds(queueSecondsMax)
    }

    private var busy: SQLError {
        SQLError(.unavailable, "all \(configuration.connections) connections were busy")
    }

    /// Runs `body` on a connection, again where nothing of it can have remained and it may go better.
    private func attempt<T>(_ purpose: Purpose, _ body: (PostgresConnection) throws -> T) throws -> T {
        for attempt in 1... {
            let (connection, isNew) = try take(purpose)
            do {
                let value = try body(connection)
                giveBack(connection)
                return value
            } catch let error as SQLError {
                giveBack(connection)
                guard attempt < Self.attemptsMax else { throw error }
                switch error.kind {
                case .conflict: usleep(.random(in: 0...Self.pauseMicrosecondsMax))
                case .connectionStale, .connectionLost:
                    // Others in the list may have gone with it, so not the number of attempts ends this but a new one.
                    idle.withLock { $0 = [] }
                    guard !isNew, purpose == .reading || !connection.mayHaveCommitted else { throw error }
                case .uniqueViolation, .foreignKeyViolation, .unavailable, .other: throw error
                }
            } catch {
                giveBack(connection)
                throw error
            }
        }
        throw SQLError.closed
    }

    private func submitAppends() {
        threads.submit { state in
            let batch = self.appends.withLock { $0.takeBatch() }
            switch state {
            case .active:
                // The longest wait is the first one's.
                let late = batch.prefix { !Self.isInTime($0.called) }
                for append in late { append.answer(.failure(self.busy)) }
                self.run(Array(batch.dropFirst(late.count)))
            case .cancelled: for append in batch { append.answer(.failure(SQLError.closed)) }
            }
            if self.appends.withLock({ $0.finishBatch() }) { self.submitAppends() }
        }
    }

    /// Runs appends in one transaction; where one fails, each in its own.
    private func run(_ batch: [PostgresAppends.Append]) {
        guard !batch.isEmpty else { return }
        do {
            try attempt(.writing) { connection in
                try connection.transaction("BEGIN") { session in for append in batch { try append.body(session) } }
            }
            for append in batch { append.answer(.success(())) }
        } catch let error as SQLError where error.leavesEachUnknown || batch.count == 1 {
            for append in batch { append.answer(.failure(error)) }
        } catch {
            for append in batch {
                append.answer(Result { try attempt(.writing) { try $0.transaction("BEGIN", append.body) } })
            }
        }
    }

    private func take(_ purpose: Purpose) throws -> (PostgresConnection, isNew: Bool) {
        while let connection = idle.withLock({ $0.popLast() }) {
            // A read that finds the connection gone is run again; a write may have been done.
            if purpose == .reading || connection.isAlive { return (connection, false) }
        }
        return (try PostgresConnection(configuration), true)
    }

    private func giveBack(_ connection: PostgresConnection) {
        guard connection.isSettled else { return }
        idle.withLock { $0.append(connection) }
    }
}

/// Calls that add rows and wait for a connection: as many as wait go together.
private struct PostgresAppends {
    struct Append: Sendable {
        let body: @Sendable (any SQLSession) throws -> Void
        let answer: @Sendable (Result<Void, any Error>) -> Void
        let called = ContinuousClock.now
    }

    /// Appends that share a transaction at the most, so that none waits long behind others.
    private static let batchMax = 64
    /// Appends that must wait before another connection takes some.
    private static let waitingPerRunner = 4

    private var waiting: [Append] = []
    private var runners = 0

    /// Adds an append, and tells whether a runner is to be started for it.
    mutating func add(_ append: Append) -> Bool {
        waiting.append(append)
        guard waiting.count > runners * Self.waitingPerRunner else { return false }
        runners += 1
        return true
    }

    mutating func takeBatch() -> [Append] {
        let batch = Array(waiting.prefix(Self.batchMax))
        waiting.removeFirst(batch.count)
        return batch
    }

    /// Ends a runner, unless it is to run again.
    mutating func finishBatch() -> Bool {
        guard waiting.isEmpty else { return true }
        runners -= 1
        return false
    }
}

extension SQLError {
    /// Whether, for calls that shared a transaction, to run each again would be of no use or could do it twice.
    fileprivate var leavesEachUnknown: Bool { kind == .connectionLost || kind == .unavailable }
}
