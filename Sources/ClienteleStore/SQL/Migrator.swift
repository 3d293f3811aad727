import ClienteleCore

/// Applies the numbered files of `Migrations/`, each in its own transaction, forward only.
package struct Migrator {
    package struct Migration: Sendable {
        let name: String
        let sql: @Sendable (SQLDialect) -> String
    }

    /// The whole history, in order.
    ///
    /// A migration has a file an engine only where the engines differ.
    package static let migrations: [Migration] = [
        Migration(name: "v001_customers") { dialect in
            switch dialect {
            case .sqlite: text(PackageResources.v001_customers_sqlite_sql)
            case .postgres: text(PackageResources.v001_customers_postgres_sql)
            }
        },
        Migration(name: "v002_state") { dialect in
            switch dialect {
            case .sqlite: text(PackageResources.v002_state_sqlite_sql)
            case .postgres: text(PackageResources.v002_state_postgres_sql)
            }
        },
        Migration(name: "v003_dialects") { dialect in
            switch dialect {
            case .sqlite: text(PackageResources.v003_dialects_sqlite_sql)
            case .postgres: text(PackageResources.v003_dialects_postgres_sql)
            }
        },
        Migration(name: "v004_changes") { dialect in
            switch dialect {
            case .sqlite: text(PackageResources.v004_changes_sqlite_sql)
            case .postgres: text(PackageResources.v004_changes_postgres_sql)
            }
        },
    ]

    let engine: any SQLEngine

    package init(engine: any SQLEngine) { self.engine = engine }

    /// Brings the schema up to date, or refuses a database that a newer version has migrated.
    ///
    /// - Returns: The names of the migrations that were applied now.
    @discardableResult
    package func run() async throws -> [String] {
        // Nearly always there is nothing to do, which needs no lock that others wait for.
        if let applied = try await engine.read({ try $0.appliedMigrations() }),
            try Self.migrations(after: applied).isEmpty
        {
            return []
        }
        try await engine.write { session in
            try session.lockInstallation()
            try session.script(Self.table)
            _ = try Self.migrations(after: try session.rows("SELECT name FROM migrations") { try $0.string(0) })
        }
        var names: [String] = []
        for migration in Self.migrations {
            // Others may have done it meanwhile.
            if try await engine.read({ try $0.appliedMigrations() })?.contains(migration.name) == true { continue }
            let sql = migration.sql(engine.dialect)
            let isNew = try await engine.write { session in
                try session.lockInstallation()
                let applied = try session.row("SELECT 1 FROM migrations WHERE name = $1", [.text(migration.name)]) {
                    _ in
                    true
                }
                guard applied == nil else { return false }
                try session.script(sql)
                try session.execute("INSERT INTO migrations (name) VALUES ($1)", [.text(migration.name)])
                return true
            }
            if isNew { names.append(migration.name) }
        }
        return names
    }

    /// The migrations that a database lacks with `applied`, in order; refuses one that a newer version has migrated.
    static func migrations(after applied: [String]) throws(StoreOpeningError) -> [Migration] {
        let unknown = applied.filter { name in !migrations.contains { $0.name == name } }
        if let newest = unknown.max() { throw .newerDatabase(migration: newest) }
        return migrations.filter { !applied.contains($0.name) }
    }

    /// The names of the migrations that a database has, by what `texts` reads in it; nil where it keeps no such list.
    static func applied(_ dialect: SQLDialect, _ texts: (String) throws -> [String]) rethrows -> [String]? {
        let list =
            switch dialect {
            case .sqlite: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'"
            case .postgres:
                """
                SELECT CAST(tablename AS text) FROM pg_tables
                WHERE schemaname = current_schema() AND tablename = 'migrations'
                """
            }
        guard try !texts(list).isEmpty else { return nil }
        return try texts("SELECT name FROM migrations ORDER BY name")
    }

    /// The SQL of the migrations that `run` would apply to a database with `applied`, for people.
    static func pending(after applied: [String]?, _ dialect: SQLDialect) throws -> [PendingMigration] {
        try migrations(after: applied ?? []).enumerated().map { index, migration in
            let statements = [
                "BEGIN;", index == 0 && applied == nil ? table + ";" : nil, migration.sql(dialect).trimmed,
                "INSERT INTO migrations (name) VALUES ('\(migration.name)');", "COMMIT;",
            ]
            return PendingMigration(name: migration.name, sql: statements.compactMap(\.self).joined(separator: "\n\n"))
        }
    }

    private static let table = "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY NOT NULL)"

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A change of the schema that a database does not have yet.
public struct PendingMigration: Sendable {
    public let name: String
    /// What applies it, with the note that it was applied, as a script of one transaction.
    public let sql: String
}

extension SQLSession {
    /// The names of the migrations that the database has; nil where it keeps no such list.
    func appliedMigrations() throws -> [String]? {
        try Migrator.applied(dialect) { sql in try rows(sql) { try $0.string(0) } }
    }
}
