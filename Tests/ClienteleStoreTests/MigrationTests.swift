import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Foundation
import Testing

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
            let before = try await house.rows("SELECT type, name, sql FROM sqlite_schema ORDER BY name", columns: 3)
            try await Migrator(engine: store.engine).run()
            let after = try await house.rows("SELECT type, name, sql FROM sqlite_schema ORDER BY name", columns: 3)
            #expect(after == before)
            #expect(try await house.customer(customer) == customer)
        }
    }

    @Test func keepADatabaseThatIsOpenedAgain() async throws {
        try await withFolder { folder in
            let first = try await openStore(inFolder: folder + "/new/data")
            let house = try await House(first)
            let customer = try await house.create("a@example.com", name: "Kept")
            try await first.close()
            let second = try await openStore(inFolder: folder + "/new/data")
            #expect(try await Customers(store: second).customer(.id(customer.id), in: [house.a]) == customer)
            try await second.close()
        }
    }

    @Test func mayRunInSeveralEnginesAtOnce() async throws {
        try await withFolder { folder in
            for round in 0..<5 {
                let stores = try await withThrowingTaskGroup(of: SQLStore.self) { group in
                    for _ in 0..<6 { group.addTask { try await openStore(inFolder: "\(folder)/\(round)") } }
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

    @Test func refuseADatabaseOfANewerVersionAndLeaveItAsItIs() async throws {
        try await withFolder { folder in
            let store = try await openStore(inFolder: folder)
            try await store.engine.write { session in
                try session.execute("INSERT INTO migrations (name) VALUES ('v998_later'), ('v999_latest')")
            }
            try await store.close()
            let error = await #expect(throws: StoreOpeningError.self) { try await openStore(inFolder: folder) }
            guard case .newerDatabase(let migration)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(migration == "v999_latest")
            #expect(error?.description.contains("v999_latest") == true)
            let again = await #expect(throws: StoreOpeningError.self) { try await openStore(inFolder: folder) }
            #expect(again?.description == error?.description)
        }
    }

    @Test func refuseAFolderThatIsAFile() async throws {
        try await withFolder { folder in
            let file = folder + "/file"
            #expect(FileManager.default.createFile(atPath: file, contents: Data("text".utf8)))
            for path in [file, file + "/below"] {
                let error = await #expect(throws: StoreOpeningError.self) { try await openStore(inFolder: path) }
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
            let error = await #expect(throws: StoreOpeningError.self) { try await openStore(inFolder: folder) }
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
