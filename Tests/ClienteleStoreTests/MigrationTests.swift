import ClienteleCore
import ClienteleTestSupport
import Foundation
import Testing

@testable import ClienteleStore

@Suite("Migrations")
struct MigrationTests {
    @Test(arguments: TestEngine.allCases)
    func bringAnEmptyDatabaseUpToDate(_ engine: TestEngine) async throws {
        try await withStore(engine) { store in
            #expect(await store.isReady())
            let names = try await store.engine.read { session in
                try session.rows("SELECT name FROM migrations ORDER BY name") { $0.text(0) }
            }
            #expect(names.count == Migrator.migrations.count)
            #expect(names.first == "v001_customers")
            let house = try await House(store)
            #expect(try await house.create("a@example.com").organization == house.a)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func changeNothingTheSecondTime(_ engine: TestEngine) async throws {
        try await withStore(engine) { store in
            let house = try await House(store)
            let customer = try await house.create("a@example.com")
            let before = try await store.engine.schema()
            try await Migrator(engine: store.engine).run()
            let after = try await store.engine.schema()
            #expect(after == before)
            #expect(before.contains { $0?.contains("customers_email") == true })
            #expect(try await house.customer(customer) == customer)
        }
    }

    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func keepADatabaseThatIsOpenedAgain(_ engine: TestEngine) async throws {
        try await withLocation(engine) { location in
            let location = location.below("new/data")
            let first = try await openStore(location)
            let house = try await House(first)
            let customer = try await house.create("a@example.com", name: "Kept")
            try await first.close()
            let second = try await openStore(location)
            let kept = try await Customers(store: second).customer(.id(customer.id), in: [house.a])
            try await second.close()
            #expect(kept == customer)
        }
    }

    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func mayRunInSeveralEnginesAtOnce(_ engine: TestEngine) async throws {
        for _ in 0..<5 {
            try await withLocation(engine) { location in
                let stores = try await withThrowingTaskGroup(of: SQLStore.self) { group in
                    for _ in 0..<8 { group.addTask { try await openStore(location) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let organizations = Organizations(store: stores[0])
                let made = try await organizations.create(name: "A")
                for store in stores {
                    #expect(try await store.organizations() == [made])
                    try await store.close()
                }
            }
        }
    }

    /// A file that another process has for longer than a call waits is waited for when it is opened.
    @Test func waitForAFileThatAnotherProcessHas() async throws {
        try await withLocation(.sqliteOnDisk) { location in
            guard case .folder(let folder) = location else { return }
            let other = try SQLiteConnection(path: folder + "/" + databaseFileName, readOnly: false)
            try other.script("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE")
            async let opened = openStore(location)
            // The time itself is what is tested: it is longer than a call waits for.
            try await Task.sleep(for: .milliseconds(Int(SQLiteConnection.busyTimeoutMilliseconds) + 500))
            try other.script("COMMIT")
            try await opened.close()
        }
    }

    @Test func waitForThoseOfAnotherServerThatTakeLongerThanAStatementMay() async throws {
        try await withRig { rig in
            let gate = Gate()
            async let other: Void = rig.engine.write { session in
                try session.lockInstallation()
                try gate.pass(session)
            }
            _ = try await gate.arrival()
            let address = rig.address
            async let isReady = withPostgresStore(address, connections: 1, statementTimeoutSeconds: 1) { store in
                await store.isReady()
            }
            try await Task.sleep(for: .milliseconds(2_500))
            gate.open()
            try await other
            #expect(try await isReady)
        }
    }

    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func refuseADatabaseOfANewerVersionAndLeaveItAsItIs(_ engine: TestEngine) async throws {
        try await withLocation(engine) { location in
            let store = try await openStore(location)
            try await store.engine.write { session in
                try session.execute("INSERT INTO migrations (name) VALUES ('v998_later'), ('v999_latest')")
            }
            try await store.close()
            let error = await #expect(throws: StoreOpeningError.self) { try await openStore(location) }
            guard case .newerDatabase(let migration)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(migration == "v999_latest")
            #expect(error?.description.contains("v999_latest") == true)
            let again = await #expect(throws: StoreOpeningError.self) { try await openStore(location) }
            #expect(again?.description == error?.description)
        }
    }

    @Test func refuseAFolderThatIsAFile() async throws {
        try await withFolder { folder in
            let file = folder + "/file"
            #expect(FileManager.default.createFile(atPath: file, contents: Data("text".utf8)))
            for path in [file, file + "/below"] {
                let error = await #expect(throws: StoreOpeningError.self) { try await openStore(.folder(path)) }
                guard case .unwritableFolder(let told, let reason)? = error else {
                    Issue.record("\(path): \(String(describing: error))")
                    continue
                }
                #expect(told == path)
                #expect(!reason.isEmpty)
            }
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text == "text")
        }
    }

    @Test func refuseAFileThatIsNoDatabase() async throws {
        try await withFolder { folder in
            let text = String(repeating: "This is no database. ", count: 100)
            let path = folder + "/" + databaseFileName
            #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
            let error = await #expect(throws: StoreOpeningError.self) { try await openStore(.folder(folder)) }
            guard case .unusableDatabase(let told, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(told == path)
            let kept = try String(contentsOfFile: path, encoding: .utf8)
            #expect(kept == text)
        }
    }
}

extension StoreLocation {
    /// A folder below it that is not there yet, where it is a folder.
    fileprivate func below(_ path: String) -> StoreLocation {
        switch self {
        case .folder(let folder): .folder(folder + "/" + path)
        case .postgres, .memory: self
        }
    }
}
