import CSQLite

/// One connection to a SQLite database, with its prepared statements.
///
/// Used by one thread at a time: the engine sees to that.
final class SQLiteConnection: SQLSession {
    /// How long a call waits for another process's lock before it gives up, in milliseconds.
    static let busyTimeoutMilliseconds: Int32 = 5_000
    /// How much of the file is read through the page cache of the system rather than copied, in bytes.
    static let mappedBytesMax = 2_147_418_112
    /// Prepared statements that are kept; beyond it all are let go.
    static let statementsMax = 256

    let dialect = SQLDialect.sqlite
    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    init(path: String, readOnly: Bool) throws {
        _ = Self.isConfigured
        var handle: OpaquePointer?
        let mode = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = sqlite3_open_v2(path, &handle, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLError(sqliteCode: code, message: handle.map { String(cString: sqlite3_errmsg($0)) })
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, Self.busyTimeoutMilliseconds)
        try script("PRAGMA foreign_keys = ON; PRAGMA mmap_size = \(Self.mappedBytesMax); PRAGMA temp_store = MEMORY;")
    }

    /// Keeps SQLite from counting its memory under a lock that all threads share.
    ///
    /// Once a process, before the first use.
    private static let isConfigured = clientele_sqlite_configure() == SQLITE_OK

    deinit {
        for statement in statements.values { sqlite3_finalize(statement.handle) }
        sqlite3_close_v2(handle)
    }

    /// Whether no transaction is open: after an error, whether SQLite has rolled the whole of it back.
    var isOutsideTransaction: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Rows changed since the connection was opened, and scripts run, which may have changed the schema.
    var changes: Int64 { sqlite3_total_changes64(handle) + scripts }
    private var scripts: Int64 = 0

    func run(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW: try body(SQLiteRow(statement: statement.handle))
            case SQLITE_DONE: return
            case let code: throw error(code)
            }
        }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws { try run(sql, arguments) { _ in } }

    func snapshot<T>(_ body: () throws -> T) throws -> T {
        guard isOutsideTransaction else { return try body() }
        try execute("BEGIN")
        defer { try? execute("COMMIT") }
        return try body()
    }

    func script(_ sql: String) throws {
        scripts += 1
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func prepared(_ sql: String) throws -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        if statements.count >= Self.statementsMax {
            for statement in statements.values { sqlite3_finalize(statement.handle) }
            statements.removeAll(keepingCapacity: true)
        }
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw error(code) }
        let statement = SQLiteStatement(prepared)
        statements[sql] = statement
        return statement
    }

    private func error(_ code: Int32) -> SQLError {
        SQLError(sqliteCode: code, message: String(cString: sqlite3_errmsg(handle)))
    }
}

/// A prepared statement, and which argument each of its parameters takes.
struct SQLiteStatement {
    let handle: OpaquePointer
    /// For each parameter, in the order of SQLite's own numbering, the position in the list of arguments.
    private let positions: [Int]

    /// `$1` is a named parameter to SQLite, numbered by where it first stands in the text.
    init(_ handle: OpaquePointer) {
        self.handle = handle
        self.positions = (0..<sqlite3_bind_parameter_count(handle)).map { index in
            sqlite3_bind_parameter_name(handle, index + 1).flatMap { Int(String(cString: $0).dropFirst()) } ?? 0
        }
    }

    func bind(_ arguments: [SQLValue]) throws {
        for (index, position) in positions.enumerated() {
            guard arguments.indices.contains(position - 1) else {
                throw SQLError(.other, "the statement has no argument $\(position)")
            }
            let code = bind(arguments[position - 1], at: Int32(index + 1))
            guard code == SQLITE_OK else { throw SQLError(sqliteCode: code, message: nil) }
        }
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let integer): return sqlite3_bind_int64(handle, index, integer)
        case .real(let number): return sqlite3_bind_double(handle, index, number)
        case .text(let text):
            var text = text
            return text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(handle, index, $0.baseAddress ?? emptyText, Int32($0.count), transient)
                }
            }
        case .bytes(let bytes):
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), transient)
            }
        case .identifier(let high, let low):
            return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) {
                sqlite3_bind_blob(handle, index, $0.baseAddress, 16, transient)
            }
        }
    }
}

/// Tells SQLite to copy what it is handed before the call returns.
private nonisolated(unsafe) let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// What an empty text points at: a null pointer would bind NULL.
private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = {
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    text.initialize(to: 0)
    return UnsafePointer(text)
}()

private struct SQLiteRow: SQLRow {
    let statement: OpaquePointer

    func integer(_ column: Int) -> Int64? {
        guard sqlite3_column_type(statement, Int32(column)) != SQLITE_NULL else { return nil }
        return sqlite3_column_int64(statement, Int32(column))
    }

    func number(_ column: Int) -> Double? {
        guard sqlite3_column_type(statement, Int32(column)) != SQLITE_NULL else { return nil }
        return sqlite3_column_double(statement, Int32(column))
    }

    func text(_ column: Int) -> String? {
        guard let bytes = sqlite3_column_text(statement, Int32(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func value(_ column: Int) -> SQLValue {
        switch sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, Int32(column)))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, Int32(column)))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(statement, Int32(column))
            let count = Int(sqlite3_column_bytes(statement, Int32(column)))
            return .bytes(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return SQLValue(text(column))
        }
    }

    func identifier(_ column: Int) -> (high: UInt64, low: UInt64)? {
        guard let bytes = sqlite3_column_blob(statement, Int32(column)),
            sqlite3_column_bytes(statement, Int32(column)) == 16
        else { return nil }
        return (
            UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }
}

extension SQLError {
    init(sqliteCode code: Int32, message: String?) {
        let kind: Kind =
            switch code {
            // The extended codes of a unique index and a primary key, and of a foreign key, whose macros Swift does not see.
            case SQLITE_CONSTRAINT | 8 << 8, SQLITE_CONSTRAINT | 6 << 8: .uniqueViolation
            case SQLITE_CONSTRAINT | 3 << 8: .foreignKeyViolation
            // A trigger refused the row: there is one that does.
            case SQLITE_CONSTRAINT | 7 << 8: .planExceeded
            default:
                switch code & 0xFF {
                case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_NOMEM: .unavailable
                default: .other
                }
            }
        self.init(
            kind,
            "SQLite: \(message ?? String(cString: sqlite3_errstr(code))) (code \(code))",
            isLocked: code & 0xFF == SQLITE_BUSY
        )
    }
}
