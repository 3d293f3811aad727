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
    private let reads: PostgresQueue<PostgresRead>
    private let appends: PostgresQueue<PostgresAppend>

    package init(_ configuration: PostgresConfiguration, metrics: StoreMetrics) {
        self.configuration = configuration
        self.metrics = metrics
        self.threads = NIOThreadPool(numberOfThreads: configuration.connections)
        self.reads = PostgresQueue(threads: threads, batchMax: 32, waitingPerRunner: 8)
        self.appends = PostgresQueue(threads: threads, batchMax: 64, waitingPerRunner: 4)
        threads.start()
    }

    package func readPoint<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let read = PostgresRead(
                attempt: { session throws(SQLError) in
                    do {
                        let value = try body(session)
                        return { continuation.resume(returning: value) }
                    } catch let error as SQLError {
                        throw error
                    } catch {
                        return { continuation.resume(throwing: error) }
                    }
                },
                failure: { continuation.resume(throwing: $0) }
            )
            reads.add(read) { self.run($0) }
        }
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

    package func append(
        inOrderOf key: String,
        _ body: @escaping @Sendable (any SQLSession) throws -> Void
    ) async throws {
        let start = ContinuousClock.now
        defer { metrics.wrote(since: start) }
        try await withCheckedThrowingContinuation { continuation in
            appends.add(PostgresAppend(key: key, body: body) { continuation.resume(with: $0) }) { self.run($0) }
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
    private func attempt<T>(
        _ purpose: Purpose,
        conflictsMax: Int = attemptsMax,
        _ body: (PostgresConnection) throws -> T
    ) throws -> T {
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
                case .conflict:
                    guard attempt < conflictsMax else { throw error }
                    usleep(.random(in: 0...Self.pauseMicrosecondsMax))
                // Others in the list may have gone with it.
                case .connectionStale: idle.withLock { $0 = [] }
                case .connectionLost:
                    idle.withLock { $0 = [] }
                    guard !isNew, purpose == .reading || !connection.mayHaveCommitted else { throw error }
                case .uniqueViolation, .foreignKeyViolation, .planExceeded, .unavailable, .other: throw error
                }
            } catch {
                giveBack(connection)
                throw error
            }
        }
        throw SQLError.closed
    }

    /// Runs reads in one trip; where one fails, each in its own.
    private func run(_ batch: [PostgresRead]) {
        let reads = inTime(batch)
        do {
            let answers = try metrics.read {
                try attempt(.reading) { connection in
                    guard let only = reads.first, reads.count == 1 else { return try connection.read(reads) }
                    return [try only.attempt(connection)]
                }
            }
            for answer in answers { answer() }
        } catch let error as SQLError where reads.count == 1 {
            for read in reads { read.fail(error) }
        } catch {
            // Which of them it was is not told. Where the database is away, not each need find that out.
            var away = 0
            for read in reads {
                guard away < 2 else {
                    read.fail(error)
                    continue
                }
                do { try attempt(.reading) { try read.attempt($0) }() } catch {
                    if (error as? SQLError)?.leavesEachUnknown == true { away += 1 }
                    read.fail(error)
                }
            }
        }
    }

    /// Runs appends in one transaction; where one fails, or others come between, each in its own.
    private func run(_ batch: [PostgresAppend]) {
        let appends = inTime(batch).sorted { $0.key < $1.key }
        do {
            try attempt(.writing, conflictsMax: appends.count == 1 ? Self.attemptsMax : 1) { connection in
                try connection.transaction("BEGIN") { session in for append in appends { try append.body(session) } }
            }
            for append in appends { append.answer(.success(())) }
        } catch let error as SQLError where error.leavesEachUnknown || appends.count == 1 {
            for append in appends { append.fail(error) }
        } catch {
            for append in appends {
                append.answer(Result { try attempt(.writing) { try $0.transaction("BEGIN", append.body) } })
            }
        }
    }

    /// The calls that have not waited too long; the others are told so.
    private func inTime<Call: PostgresCall>(_ batch: [Call]) -> [Call] {
        // The longest wait is the first one's.
        let late = batch.prefix { !Self.isInTime($0.called) }
        for call in late { call.fail(busy) }
        return Array(batch.dropFirst(late.count))
    }

    private func take(_ purpose: Purpose) throws -> (PostgresConnection, isNew: Bool) {
        while let connection = idle.withLock({ $0.popLast() }) {
            // A read that finds the connection gone is run again; a write may have been done.
            guard purpose == .reading || connection.isAlive else { continue }
            if (try? connection.renewPlans()) != nil { return (connection, false) }
        }
        return (try PostgresConnection(configuration), true)
    }

    private func giveBack(_ connection: PostgresConnection) {
        guard connection.isSettled else { return }
        idle.withLock { $0.append(connection) }
    }
}

extension SQLError {
    /// Whether, for calls that shared a transaction, to run each again would be of no use or could do it twice.
    fileprivate var leavesEachUnknown: Bool { kind == .connectionLost || kind == .unavailable }
}
