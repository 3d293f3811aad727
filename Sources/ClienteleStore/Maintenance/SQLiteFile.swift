import CSQLite

/// A SQLite database as a file: to be copied, checked or looked into, whatever its schema.
///
/// Used by one thread at a time.
final class SQLiteFile {
    enum Access {
        /// Reads beside servers that write.
        case shared
        /// Reads, and leaves nothing beside the file and nothing in what is there.
        ///
        /// For a short look, or for a file that nobody writes to: where there is no log, no lock is taken either.
        case untouched
        /// Writes a file that is there already and that nobody else has open.
        case alone
    }

    private let handle: OpaquePointer

    init(_ path: String, _ access: Access) throws {
        var handle: OpaquePointer?
        let mode: Int32 =
            switch access {
            case .shared, .untouched: SQLITE_OPEN_READONLY
            case .alone: SQLITE_OPEN_READWRITE
            }
        let flags = mode | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(Self.address(path, access), &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLError(sqliteCode: code, message: handle.map { String(cString: sqlite3_errmsg($0)) })
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, SQLiteConnection.busyTimeoutMilliseconds)
    }

    deinit { sqlite3_close_v2(handle) }

    /// The first column of every row that a statement gives, as text.
    func texts(_ sql: String) throws -> [String] {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil))
        defer { sqlite3_finalize(statement) }
        var texts: [String] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: texts.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
            case SQLITE_DONE: return texts
            case let code: try check(code)
            }
        }
    }

    /// What is wrong with the file, in SQLite's words; nil where it is sound.
    func problem() -> String? {
        do {
            return try texts("PRAGMA quick_check(1)").first { $0 != "ok" }
        } catch {
            return (error as? SQLError)?.message ?? "\(error)"
        }
    }

    /// Copies all pages as they are at one moment, telling after each step how many of how many are done.
    func copy(to target: SQLiteFile, pagesPerStep: Int, onStep: (_ done: Int, _ total: Int) -> Void) throws {
        try run("BEGIN")
        defer { try? run("COMMIT") }
        // The first read takes the snapshot. The steps find it open, so that no write of others makes them begin again.
        _ = try texts("SELECT count(*) FROM sqlite_schema")
        // What is half done is thrown away, and what is done is flushed by the caller.
        for pragma in ["journal_mode = OFF", "synchronous = OFF"] { try target.run("PRAGMA \(pragma)") }
        guard let copy = sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.error(sqlite3_extended_errcode(target.handle))
        }
        var code = SQLITE_OK
        while code == SQLITE_OK {
            code = sqlite3_backup_step(copy, Int32(clamping: pagesPerStep))
            let total = Int(sqlite3_backup_pagecount(copy))
            onStep(total - Int(sqlite3_backup_remaining(copy)), total)
        }
        let end = sqlite3_backup_finish(copy)
        guard code == SQLITE_DONE else { throw target.error(code) }
        try target.check(end)
    }

    /// Runs a statement for what it does.
    func run(_ sql: String) throws { _ = try texts(sql) }

    private func check(_ code: Int32) throws { if code != SQLITE_OK { throw error(code) } }

    private func error(_ code: Int32) -> SQLError {
        // A copy fails on either side, and the handle that is asked may know nothing of it.
        let isOwn = sqlite3_extended_errcode(handle) == code
        return SQLError(sqliteCode: code, message: isOwn ? String(cString: sqlite3_errmsg(handle)) : nil)
    }

    /// The path as an address, with what the access asks of the file system.
    private static func address(_ path: String, _ access: Access) -> String {
        // Where a path from the root stands right behind the colon, two slashes at its start would name another machine.
        let plain = path.utf8.reduce(into: path.hasPrefix("/") ? "file://" : "file:") { address, byte in
            let isPlain = byte < 0x80 && !"%?#".utf8.contains(byte)
            if isPlain {
                address.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                address += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        switch access {
        case .shared, .alone: return plain
        case .untouched:
            // The index of a log is rebuilt in memory where it may only be read; but then it must be there.
            let hasLog = fileSize(path + "-wal") ?? 0 > 0
            return plain + (hasLog ? fileSize(path + "-shm") == nil ? "" : "?readonly_shm=1" : "?immutable=1")
        }
    }
}
