import NIOPosix
import Synchronization

/// SQLite: one writer with group commit, and a connection of its own for every thread that reads.
package final class SQLiteEngine: SQLEngine {
    /// Where the database is.
    package enum Location: Sendable {
        case file(String)
        /// In this process's memory, gone with the engine.
        case memory
    }

    /// Threads for reads that take their time.
    static let readerThreads = 2
    /// What the writer keeps of the indexes that every write touches, in KiB.
    static let writerCacheKiB = 65_536
    /// Pages that the log gathers before they are written back: the more, the more often a page is written back once for
    /// many changes.
    static let checkpointPages = 16_000

    package let dialect = SQLDialect.sqlite
    private let writer: SQLiteWriter
    private let readers = NIOThreadPool(numberOfThreads: SQLiteEngine.readerThreads)
    private let connections: SQLiteReaders?
    private let metrics: StoreMetrics

    package init(_ location: Location, metrics: StoreMetrics) throws {
        self.metrics = metrics
        switch location {
        case .memory:
            self.writer = SQLiteWriter(try SQLiteConnection(path: ":memory:", readOnly: false), metrics: metrics)
            self.connections = nil
        case .file(let path):
            let connection = try SQLiteConnection(path: path, readOnly: false)
            try connection.script(
                """
                PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                PRAGMA cache_size = -\(Self.writerCacheKiB); PRAGMA wal_autocheckpoint = \(Self.checkpointPages);
                """
            )
            self.writer = SQLiteWriter(connection, metrics: metrics)
            self.connections = SQLiteReaders(path: path)
        }
        readers.start()
    }

    package func readPoint<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try readHere(body)
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        do {
            return try await readers.runIfActive {
                try self.readHere { session in try session.snapshot { try body(session) } }
            }
        } catch is NIOThreadPoolError.ThreadPoolInactive {
            throw SQLError.closed
        } catch is CancellationError {
            // The pool has been shut down, or the caller has gone and waits for no answer.
            throw SQLError.closed
        }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await writer.write(body)
    }

    package func close() async throws {
        try await writer.close()
        try await readers.shutdownGracefully()
        connections?.close()
    }

    private func readHere<T>(_ body: (any SQLSession) throws -> T) throws -> T {
        try metrics.read {
            // A database in memory has one connection: what reads it takes turns with the writer.
            guard let connections else { return try writer.alone(body) }
            return try connections.read(body)
        }
    }
}

/// The reading connections of one database file, one a thread.
private final class SQLiteReaders: Sendable {
    private let path: String
    private let own = ThreadSpecificVariable<Reader>()
    private let isClosed = Atomic(false)

    init(path: String) { self.path = path }

    func read<T>(_ body: (any SQLSession) throws -> T) throws -> T {
        guard !isClosed.load(ordering: .relaxed) else { throw SQLError.closed }
        return try body(try connection())
    }

    func close() { isClosed.store(true, ordering: .relaxed) }

    private func connection() throws -> SQLiteConnection {
        if let reader = own.currentValue { return reader.connection }
        let connection = try SQLiteConnection(path: path, readOnly: true)
        own.currentValue = Reader(connection)
        return connection
    }

    /// Ties a connection to the life of its thread.
    ///
    /// Unchecked: it is only ever reached through the variable of the thread that made it.
    private final class Reader: @unchecked Sendable {
        let connection: SQLiteConnection
        init(_ connection: SQLiteConnection) { self.connection = connection }
    }
}
