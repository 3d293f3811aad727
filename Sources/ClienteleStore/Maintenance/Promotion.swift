import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a promotion was not begun, or is not to be trusted, told to the operator in one line.
public enum PromotionError: Error, CustomStringConvertible {
    case noSource(path: String)
    case sourceOutdated(path: String)
    case targetInUse(name: String)
    case otherSource(name: String)
    case differs(table: String, source: String, target: String)

    public var description: String {
        switch self {
        case .noSource(let path): "There is no database \(path). Name its folder with --data-dir."
        case .sourceOutdated(let path):
            "The database \(path) was made by another version of Clientele. Run `clientele migrate` on it first."
        case .targetInUse(let name):
            "The database \(name) holds customers of its own already. A promotion needs an empty one."
        case .otherSource(let name):
            "The database \(name) holds an unfinished promotion of another installation. Take an empty one."
        case .differs(let table, let source, let target):
            "The copy differs in \(table): \(source) in the source, \(target) in the copy. "
                + "Stop all servers of the source, and run the promotion again into an empty database."
        }
    }
}

/// One table of a finished promotion.
public struct PromotedTable: Sendable {
    public let name: String
    public let rows: Int
    /// A checksum of all its rows, the same in both databases.
    public let checksum: String
}

/// What a promotion is doing, and how far it is.
public struct PromotionProgress: Sendable {
    public enum Phase: String, Sendable { case copying, verifying }
    public let phase: Phase
    public let rowsDone: Int
    public let rowsTotal: Int
}

/// Copies the SQLite installation of a folder into an empty PostgreSQL database, and compares the two.
///
/// The source is only read, and the copy is refused if it changes meanwhile. A promotion that was cut off goes on where it was. Until it is
/// finished no server takes the database for its own.
public func promote(
    fromFolder folder: String,
    to configuration: PostgresConfiguration,
    onProgress: @escaping @Sendable (PromotionProgress) -> Void
) async throws -> [PromotedTable] {
    let path = folder + "/" + databaseFileName
    guard access(path, R_OK) == 0 else { throw PromotionError.noSource(path: path) }
    _ = try await migrateStore(.postgres(configuration))
    return try await NIOThreadPool.singleton.runIfActive {
        let promotion = Promotion(
            source: try SQLiteConnection(path: path, readOnly: true),
            target: try PostgresConnection(configuration.withoutStatementTimeout),
            onProgress: onProgress
        )
        return try promotion.run(sourcePath: path, targetName: configuration.name)
    }
}

/// The copy itself, on two connections.
private struct Promotion {
    let source: SQLiteConnection
    let target: PostgresConnection
    let onProgress: @Sendable (PromotionProgress) -> Void

    func run(sourcePath: String, targetName: String) throws -> [PromotedTable] {
        // What is compared is the source as it is then: a change since the copy began must not go unseen.
        try source.snapshot { try copyAll(sourcePath: sourcePath, targetName: targetName) }
        let promoted = try source.snapshot { try compareAll() }
        try finish()
        return promoted
    }

    private func copyAll(sourcePath: String, targetName: String) throws {
        guard try hasSameSchema() else { throw PromotionError.sourceOutdated(path: sourcePath) }
        try begin(targetName: targetName)
        let total = try rowsOfSource()
        var done = 0
        for table in StoredTable.all {
            done += try target.count("SELECT count(*) FROM \(table.name)", [])
            try copy(table) { rows in
                done += rows
                onProgress(PromotionProgress(phase: .copying, rowsDone: done, rowsTotal: total))
            }
        }
    }

    private func compareAll() throws -> [PromotedTable] {
        let total = try 2 * rowsOfSource()
        var done = 0
        return try StoredTable.all.map { table in
            try compare(table) { rows in
                done += rows
                onProgress(PromotionProgress(phase: .verifying, rowsDone: done, rowsTotal: total))
            }
        }
    }

    private func rowsOfSource() throws -> Int {
        try StoredTable.all.reduce(0) { try $0 + source.count("SELECT count(*) FROM \($1.name)", []) }
    }

    private func hasSameSchema() throws -> Bool {
        let applied = "SELECT name FROM migrations ORDER BY name"
        return try source.rows(applied) { try $0.string(0) } == target.rows(applied) { try $0.string(0) }
    }

    /// Notes the promotion in the target, or finds there that it goes on.
    private func begin(targetName: String) throws {
        // The oldest organization tells one installation from another.
        let oldest = try source.row("SELECT id FROM organizations ORDER BY created_at, id LIMIT 1") { $0.value(0) }
        var sum = TableSum()
        if let oldest { sum.add([oldest]) }
        let name = sum.text
        try target.transaction("BEGIN") { session in
            try session.lockInstallation()
            let found = try session.row("SELECT source, finished FROM promotions") { row in
                (source: try row.string(0), isFinished: row.integer(1) == 1)
            }
            if let found, !found.isFinished {
                guard found.source == name else { throw PromotionError.otherSource(name: targetName) }
                return
            }
            guard found == nil, try session.count("SELECT count(*) FROM organizations", []) == 0 else {
                throw PromotionError.targetInUse(name: targetName)
            }
            try session.execute("INSERT INTO promotions (source, finished) VALUES ($1, 0)", [.text(name)])
        }
    }

    /// Copies what the target does not have of a table; each batch is one transaction.
    private func copy(_ table: StoredTable, onRows: (Int) -> Void) throws {
        let columns = try source.columns(of: table)
        let key = table.key(source.dialect)
        let last = try target.row(
            "SELECT \(key.joined(separator: ", ")) FROM \(table.name) "
                + "ORDER BY \(key.map { $0 + " DESC" }.joined(separator: ", ")) LIMIT 1"
        ) { row in key.indices.map { row.value($0).withoutIdentifierType } }
        try source.eachBatch(of: table, columns: columns, after: last) { batch in
            try target.transaction("BEGIN") { _ in try target.copy(batch, into: table.name, columns: columns) }
            onRows(batch.count)
        }
    }

    private func compare(_ table: StoredTable, onRows: (Int) -> Void) throws -> PromotedTable {
        let columns = try source.columns(of: table)
        let given = try source.sum(of: table, columns: columns, onRows: onRows)
        let copied = try target.snapshot { try target.sum(of: table, columns: columns, onRows: onRows) }
        guard given == copied else {
            throw PromotionError.differs(table: table.name, source: given.description, target: copied.description)
        }
        return PromotedTable(name: table.name, rows: given.rows, checksum: given.text)
    }

    private func finish() throws {
        try target.transaction("BEGIN") { session in
            // New rows are numbered after those that were copied.
            for table in ["customers", "events", "changes", "webhook_events", "webhook_deliveries"] {
                try session.execute(
                    """
                    SELECT setval(pg_get_serial_sequence('\(table)', 'number'), max(number)) FROM \(table)
                    HAVING max(number) IS NOT NULL
                    """
                )
            }
            try session.execute("UPDATE promotions SET finished = 1")
        }
        try target.analyze()
    }
}

extension SQLValue {
    /// The value as SQLite keeps it, which has no type for identifiers.
    fileprivate var withoutIdentifierType: SQLValue {
        guard case .identifier(let high, let low) = self else { return self }
        return .bytes(withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) })
    }
}
