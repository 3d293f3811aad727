import ClienteleStore
import ClienteleTestSupport
import Foundation
import Testing

@Suite("Plans of migrations")
struct MigrationPlanTests {
    @Test func listEverythingForAFolderThatIsNotThereAndMakeNothing() async throws {
        try await withFolder { folder in
            let pending = try await pendingMigrations(.folder(folder + "/none"))
            let all = try await applied(.memory)
            #expect(pending.map(\.name) == all)
            #expect(try names(folder) == [])
        }
    }

    @Test func listEverythingForAnEmptyDatabaseAndMakeNothing() async throws {
        let all = try await applied(.memory)
        try await withFolder { folder in
            try Data().write(to: URL(filePath: folder + "/" + databaseFileName))
            #expect(try await pendingMigrations(.folder(folder)).map(\.name) == all)
            #expect(try contents(folder) == [databaseFileName: Data()])
        }
        try await withEmptySchema { schema async throws in
            #expect(try await pendingMigrations(schema.location).map(\.name) == all)
            #expect(try await schema.tables == [])
        }
    }

    @Test func areEmptyForADatabaseThatIsUpToDateAndChangeNoByteOfIt() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder))
            try await House(store).furnish()
            // With a log that has not been written back yet; beside it are locks, of this process too.
            let before = try contents(folder)
            #expect(before[databaseFileName + "-wal"]?.isEmpty == false)
            #expect(try await pendingMigrations(.folder(folder)).isEmpty)
            for (name, bytes) in try contents(folder) where !name.hasSuffix("-shm") { #expect(bytes == before[name]) }
            #expect(try names(folder) == before.keys.sorted())
            try await store.close()
        }
        try await withSchema { address in
            let location = try StoreLocation.postgres(at: address)
            try await openStore(location).close()
            #expect(try await pendingMigrations(location).isEmpty)
        }
    }

    @Test func refuseANewerDatabase() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder))
            try await expectRefusal(of: store, at: .folder(folder))
        }
        try await withSchema { address in
            let location = try StoreLocation.postgres(at: address)
            try await expectRefusal(of: try await openStore(location), at: location)
        }
    }

    private func expectRefusal(of store: SQLStore, at location: StoreLocation) async throws {
        try await store.engine.write { try $0.execute("INSERT INTO migrations (name) VALUES ('v999_later')") }
        let error = await #expect(throws: StoreOpeningError.self) { try await pendingMigrations(location) }
        guard case .newerDatabase("v999_later")? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await store.close()
    }

    /// What SQLite is given is run by its own shell's like, in the tests of the command.
    @Test func areWhatMigratingRuns() async throws {
        try await withEmptySchema { schema async throws in
            let plan = try await pendingMigrations(schema.location)
            #expect(!plan.isEmpty)
            for migration in plan { try await schema.run(migration.sql) }
            #expect(try await migrateStore(schema.location) == [])
            let store = try await openStore(schema.location)
            let house = try await House(store)
            try await house.furnish()
            #expect(try await house.verified().allSatisfy { $0.broken == 0 })
            try await store.close()
        }
    }

    @Test func areDoneByMigrating() async throws {
        try await withFolder { folder in
            let plan = try await pendingMigrations(.folder(folder)).map(\.name)
            #expect(try await migrateStore(.folder(folder)) == plan)
            #expect(try await migrateStore(.folder(folder)) == [])
            #expect(try await pendingMigrations(.folder(folder)).isEmpty)
        }
    }

    /// The migrations that a store has once it was opened.
    private func applied(_ location: StoreLocation) async throws -> [String] {
        let store = try await openStore(location)
        let names = try await store.engine.read { session in
            try session.rows("SELECT name FROM migrations ORDER BY name") { try $0.string(0) }
        }
        try await store.close()
        return names
    }
}

/// A schema of PostgreSQL that no store has been opened on.
private struct EmptySchema: Sendable {
    let location: StoreLocation
    let name: String
    /// An engine on another schema of the same server.
    let onlooker: any SQLEngine

    var tables: [String] {
        get async throws {
            try await onlooker.read { [name] session in
                try session.rows(
                    "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = $1",
                    [.text(name)]
                ) { try $0.string(0) }
            }
        }
    }

    /// Runs a script as an operator would, in a session that begins with this schema.
    func run(_ sql: String) async throws {
        let script = "SET search_path = \(name), public; \(sql) RESET search_path;"
        try await onlooker.readPoint { try $0.script(script) }
    }
}

private func withEmptySchema(_ body: (EmptySchema) async throws -> Void) async throws {
    try await withStore(.postgres) { store in
        try await withSchema { address in
            let name = try #require(address.firstMatch(of: /search_path%3D(\w+)%2C/)).output.1
            let location = try StoreLocation.postgres(at: address)
            try await body(EmptySchema(location: location, name: String(name), onlooker: store.engine))
        }
    }
}
