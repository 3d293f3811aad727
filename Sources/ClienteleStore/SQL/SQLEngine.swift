/// A database that runs SQL: the one seam between the shared statements and an engine.
///
/// Bodies are synchronous, so no transaction is ever held across a suspension.
package protocol SQLEngine: Sendable {
    var dialect: SQLDialect { get }

    /// Reads what takes microseconds: an embedded engine answers on the calling thread.
    ///
    /// Each statement sees a snapshot of its own, unless `body` asks for one with `SQLSession.snapshot`.
    func readPoint<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T

    /// Reads one snapshot, on a thread that may take its time.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T

    /// Runs one transaction, which is durable when this returns.
    ///
    /// A body that throws leaves no trace; it may run more than once.
    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T

    /// As `write`, for a body that only adds rows: it reads nothing and waits for no lock.
    ///
    /// Many such calls may share one transaction, and so one wait for the disk; each is answered for itself. Those that do run in
    /// the order of their keys: whoever waits for what another has added waits in one direction.
    func append(
        inOrderOf key: String,
        _ body: @escaping @Sendable (any SQLSession) throws -> Void
    ) async throws

    /// Ends all work and lets the database go.
    func close() async throws
}

extension SQLEngine {
    package func append(
        inOrderOf key: String,
        _ body: @escaping @Sendable (any SQLSession) throws -> Void
    ) async throws {
        try await write(body)
    }
}

/// One open transaction.
package protocol SQLSession {
    var dialect: SQLDialect { get }

    /// Who writes the changes of the transaction; nil where nobody told.
    var author: ChangeAuthor? { get }

    /// Runs one statement, with placeholders `$1…$n`, and hands over each row while it lasts.
    func run(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws

    /// Runs one statement for what it does.
    ///
    /// An engine may put it off until something is read or committed, and then also tell its error.
    func execute(_ sql: String, _ arguments: [SQLValue]) throws

    /// Lets all statements of `body` see the database at one moment.
    func snapshot<T>(_ body: () throws -> T) throws -> T

    /// Runs a script of several statements, without arguments.
    func script(_ sql: String) throws
}

extension SQLSession {
    package var author: ChangeAuthor? { nil }

    package func execute(_ sql: String) throws { try execute(sql, []) }

    /// Keeps every other process out that asks for the same, until the transaction ends.
    ///
    /// For what happens once in an installation: a migration, the first organization.
    package func lockInstallation() throws {
        switch dialect {
        case .sqlite: break  // It has one writer at a time, of all processes.
        // As a script, which may wait for longer than a statement may.
        case .postgres: try script("SELECT pg_advisory_xact_lock(\(Self.installationLock))")
        }
    }

    /// A number that no other program is likely to lock: `clientele` in ASCII, as far as it goes.
    private static var installationLock: Int64 { 0x636C_6965_6E74_656C }

    package func rows<T>(_ sql: String, _ arguments: [SQLValue] = [], _ read: (any SQLRow) throws -> T) throws -> [T] {
        var rows: [T] = []
        try run(sql, arguments) { rows.append(try read($0)) }
        return rows
    }

    /// The first row, where there is one.
    package func row<T>(_ sql: String, _ arguments: [SQLValue] = [], _ read: (any SQLRow) throws -> T) throws -> T? {
        var found: T?
        try run(sql, arguments) { if found == nil { found = try read($0) } }
        return found
    }

    package func count(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        Int(try row(sql, arguments) { $0.integer(0) ?? 0 } ?? 0)
    }
}

/// A row, valid only while it is handed over; its columns count from 0.
package protocol SQLRow {
    func integer(_ column: Int) -> Int64?
    func number(_ column: Int) -> Double?
    func text(_ column: Int) -> String?
    /// The two halves of a 128-bit identifier.
    func identifier(_ column: Int) -> (high: UInt64, low: UInt64)?
    /// Whatever is there; an engine that has no type for identifiers gives their 16 bytes.
    func value(_ column: Int) -> SQLValue
}

/// The engines, where the shared statements must tell them apart.
package enum SQLDialect: String, Sendable {
    case sqlite
    case postgres
}
