import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Foundation
import Synchronization
import Testing

@Suite("Backups", .timeLimit(.minutes(10)))
struct BackupTests {
    @Test func holdOneMomentOfADatabaseThatIsWrittenTo() async throws {
        try await withFolder { folder in
            let data = folder + "/data"
            let store = try await openStore(.folder(data))
            let house = try await House(store)
            let written = Written()
            try await withThrowingTaskGroup { group in
                for writer in 0..<Self.writers {
                    group.addTask {
                        while !written.isDone {
                            let email = "w\(writer)n\(written.count)@example.com"
                            written.add(try await house.create(email, name: "Writer \(writer)").id)
                        }
                    }
                }
                written.wait(for: 200)
                let before = written.ids
                let steps = Mutex<[Int]>([])
                // Between any two of the first steps there are writes.
                _ = try await backUp(data, to: folder + "/backup", pagesPerStep: 2) { _, _ in
                    let count = steps.withLock { steps in
                        steps.append(written.count)
                        return steps.count
                    }
                    if count < 50 { written.wait(for: written.count + 1) }
                }
                written.isDone = true
                try await group.waitForAll()
                let counts = steps.withLock { $0 }
                #expect(counts.count > 5)

                _ = try await restore(folder + "/backup", into: folder + "/restored") { _, _ in }
                let restored = try await openStore(.folder(folder + "/restored"))
                let kept = try await ids(of: house.a, in: restored)
                try await restored.close()
                #expect(before.isSubset(of: kept))
                #expect(kept.isSubset(of: written.ids))
                // The moment was before the first step ended; each writer may have had one call under way.
                let first = try #require(counts.first)
                #expect(kept.count <= first + Self.writers)
                let results = try await verify(.folder(folder + "/restored"))
                #expect(results.filter { $0.broken > 0 }.map(\.name) == [])
            }
            try await store.close()
        }
    }

    private static let writers = 3

    private func ids(of organization: Organization.ID, in store: SQLStore) async throws -> Set<Customer.ID> {
        var ids: Set<Customer.ID> = []
        var last: Customer?
        while true {
            let batch = try await store.customers(of: organization, after: last, limit: 1_000)
            guard let final = batch.last else { return ids }
            ids.formUnion(batch.map(\.id))
            last = final
        }
    }

    @Test func keepEveryRowOfEveryTable() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder + "/data"))
            let house = try await House(store)
            try await house.furnish()
            let copy = try await backUp(folder + "/data", to: folder + "/backup") { _, _ in }
            let back = try await restore(folder + "/backup", into: folder + "/new/data") { _, _ in }
            #expect(back.path == folder + "/new/data/" + databaseFileName)
            #expect(copy.migration == back.migration && copy.bytes == back.bytes)
            let restored = try await openStore(.folder(folder + "/new/data"))
            let tables = ["organizations", "access_tokens", "customers", "members", "customer_metadata", "migrations"]
            for table in tables {
                let rows = try await rows(of: table, in: store)
                #expect(!rows.isEmpty)
                #expect(try await self.rows(of: table, in: restored) == rows)
            }
            let customers = Customers(store: restored, surroundings: house.clock.surroundings)
            let found = try await customers.list(CustomerQuery(organizations: [house.a], search: "lovelace"))
            #expect(found.items.map(\.name) == ["Ada Lovelace"])
            _ = try await customers.create(CustomerDraft(email: try EmailAddress("after@example.com")), in: house.a)
            try await restored.close()
            try await store.close()
        }
    }

    private func rows(of table: String, in store: SQLStore) async throws -> [[SQLValue]] {
        try await store.engine.read { session in
            let columns = try session.rows("SELECT name FROM pragma_table_info($1)", [.text(table)]) {
                try $0.string(0)
            }
            let list = columns.joined(separator: ", ")
            return try session.rows("SELECT \(list) FROM \(table) ORDER BY \(list)") { row in
                columns.indices.map { row.value($0) }
            }
        }
    }

    @Test func areOneFileThatOnlyItsOwnerMayRead() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder + "/data"))
            try await House(store).furnish()
            let copy = try await backUp(folder + "/data", to: folder + "/backup") { _, _ in }
            _ = try await restore(folder + "/backup", into: folder + "/new") { _, _ in }
            try await store.close()
            #expect(try names(folder) == ["backup", "data", "new"])
            #expect(try names(folder + "/new") == [databaseFileName])
            for path in [copy.path, folder + "/new/" + databaseFileName] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                #expect(attributes[.size] as? Int == copy.bytes)
            }
            let rights = try FileManager.default.attributesOfItem(atPath: folder + "/new")[.posixPermissions]
            #expect(rights as? Int == 0o700)
            // One is of the kind that needs no log to be read, the other as servers have it.
            #expect(FileManager.default.contents(atPath: copy.path)?[18] == 1)
            #expect(FileManager.default.contents(atPath: folder + "/new/" + databaseFileName)?[18] == 2)
        }
    }

    @Test func tellHowFarTheyAre() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder + "/data"))
            try await House(store).furnish()
            let steps = Mutex<[[Int]]>([])
            let copy = try await backUp(folder + "/data", to: folder + "/backup", pagesPerStep: 7) { done, total in
                steps.withLock { $0.append([done, total]) }
            }
            let pages = copy.bytes / 4_096
            let told = steps.withLock { $0 }
            #expect(told == (1...(pages + 6) / 7).map { [min(7 * $0, pages), pages] })
            try await store.close()
        }
    }

    @Test func areMadeOfADatabaseOfAnyVersion() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder + "/data"))
            try await store.engine.write { try $0.execute("INSERT INTO migrations (name) VALUES ('v999_later')") }
            let copy = try await backUp(folder + "/data", to: folder + "/backup") { _, _ in }
            #expect(copy.migration == "v999_later")
            try await store.close()
        }
    }

    @Test(arguments: ["backup", "backup.partial", "backup-wal", "backup-journal"])
    func refuseANameThatIsTaken(_ name: String) async throws {
        try await withFolder { folder in
            try await makeData(folder + "/data") { try await $0.create("ada@example.com") }
            try Data("mine".utf8).write(to: URL(filePath: folder + "/" + name))
            let error = await #expect(throws: BackupError.self) {
                try await backUp(folder + "/data", to: folder + "/backup") { _, _ in }
            }
            #expect(error?.description.hasPrefix("There is a file \(folder)/\(name) already") == true)
            #expect(try names(folder) == [name, "data"].sorted())
            #expect(try contents(folder)[name] == Data("mine".utf8))
        }
    }

    @Test func refuseAFolderWithoutADatabase() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: false)
            try FileManager.default.createDirectory(atPath: folder + "/foreign", withIntermediateDirectories: false)
            try Data().write(to: URL(filePath: folder + "/foreign/" + databaseFileName))
            let before = try contents(folder)
            for data in ["none", "empty", "foreign"] {
                let error = await #expect(throws: StoreOpeningError.self) {
                    try await backUp(folder + "/" + data, to: folder + "/backup") { _, _ in }
                }
                guard case .noDatabase(let name)? = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(name == "\(folder)/\(data)/\(databaseFileName)")
            }
            #expect(try contents(folder) == before)
        }
    }

    @Test func refuseAFolderThatIsNotThere() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder + "/data"))
            let error = await #expect(throws: BackupError.self) {
                try await backUp(folder + "/data", to: folder + "/none/backup") { _, _ in }
            }
            #expect(error?.description.contains("\(folder)/none/backup.partial cannot be written: ") == true)
            try await store.close()
        }
    }

    @Test func leaveNothingOfADamagedDatabase() async throws {
        try await withFolder { folder in
            try await makeData(folder + "/data") { try await $0.furnish() }
            try damage(folder + "/data/" + databaseFileName)
            let error = await #expect(throws: BackupError.self) {
                try await backUp(folder + "/data", to: folder + "/backup") { _, _ in }
            }
            guard case .damaged(let path, let problem)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(path == folder + "/data/" + databaseFileName && !problem.isEmpty)
            #expect(try names(folder) == ["data"])
        }
    }
}
