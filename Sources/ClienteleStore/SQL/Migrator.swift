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
            }
        }
    ]

    let engine: any SQLEngine

    package init(engine: any SQLEngine) { self.engine = engine }

    /// Brings the schema up to date, or refuses a database that a newer version has migrated.
    package func run() async throws {
        try await engine.write { session in
            try session.script("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY NOT NULL)")
            let applied = try session.rows("SELECT name FROM migrations") { try $0.string(0) }
            let unknown = applied.filter { name in !Self.migrations.contains { $0.name == name } }
            if let newest = unknown.max() { throw StoreOpeningError.newerDatabase(migration: newest) }
        }
        for migration in Self.migrations {
            let sql = migration.sql(engine.dialect)
            try await engine.write { session in
                let applied = try session.row("SELECT 1 FROM migrations WHERE name = $1", [.text(migration.name)]) {
                    _ in
                    true
                }
                guard applied == nil else { return }
                try session.script(sql)
                try session.execute("INSERT INTO migrations (name) VALUES ($1)", [.text(migration.name)])
            }
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
