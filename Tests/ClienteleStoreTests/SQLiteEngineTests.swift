import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Dispatch
import Foundation
import Testing

@Suite("The SQLite engine")
struct SQLiteEngineTests {
    @Test func shareOneCommitWhenManyWait() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder))
            let database = store.engine
            try await database.write { try $0.script("CREATE TABLE notes (number integer)") }
            let before = try commits(inFolder: folder)
            let gate = DispatchSemaphore(value: 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                await withCheckedContinuation { started in
                    group.addTask {
                        try await database.write { session in
                            started.resume()
                            gate.wait()
                            try session.execute("INSERT INTO notes VALUES (0)")
                        }
                    }
                }
                // Each of these is in the queue when `addImmediateTask` returns: it runs until it waits for its answer.
                for number in 1...100 {
                    group.addImmediateTask {
                        try await database.write {
                            try $0.execute("INSERT INTO notes VALUES ($1)", [.integer(Int64(number))])
                        }
                    }
                }
                gate.signal()
                try await group.waitForAll()
            }
            #expect(try await database.readPoint { try $0.count("SELECT count(*) FROM notes", []) } == 101)
            #expect(try commits(inFolder: folder) - before == 2)
            try await store.close()
        }
    }

    @Test func keepsItsFileInWriteAheadModeAndWaitsForTheDisk() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder))
            let settings = try await store.engine.write { session in
                try ["journal_mode", "synchronous", "foreign_keys"].map { name in
                    try session.row("PRAGMA \(name)") { $0.text(0) }
                }
            }
            // 2 is FULL.
            #expect(settings == ["wal", "2", "1"])
            // Bytes 18 and 19 of the file are the versions that may write and read it: 2 for a write-ahead log.
            let header = try Data(contentsOf: URL(filePath: folder + "/" + databaseFileName)).prefix(20)
            #expect(Array(header.suffix(2)) == [2, 2])
            let rights = try FileManager.default.attributesOfItem(atPath: folder + "/" + databaseFileName)
            #expect(rights[.size] as? Int != 0)
            try await store.close()
        }
    }

    @Test func showsItsWritesToASecondEngineOnTheFile() async throws {
        try await withFolder { folder in
            let first = try await openStore(.folder(folder))
            let second = try await openStore(.folder(folder))
            let here = try await House(first)
            let there = Customers(store: second)
            for number in 0..<20 {
                let customer = try await here.create(
                    "c\(number)@example.com",
                    externalID: "x\(number)",
                    name: "Name \(number)"
                )
                #expect(try await there.customer(.externalID("x\(number)"), in: [here.a]) == customer)
                let patch = CustomerPatch(name: .set("Renamed \(number)"))
                let updated = try await there.update(.id(customer.id), in: [here.a], by: patch)
                #expect(try await here.customer(customer) == updated)
            }
            let query = CustomerQuery(organizations: [here.a], search: "renamed")
            #expect(try await there.list(query).totalCount == 20)
            let draft = CustomerDraft(email: try EmailAddress("C0@example.com"))
            #expect(await failure { try await there.create(draft, in: here.a) } == .refused([.emailTaken]))
            let outcomes = await failures(40) { number in
                let draft = CustomerDraft(email: EmailAddress(stored: "same\(number / 2)@example.com"))
                let customers = number.isMultiple(of: 2) ? here.customers : there
                return try await customers.create(draft, in: here.a)
            }
            #expect(outcomes.count { $0 == nil } == 20)
            #expect(outcomes.count { $0 == .refused([.emailTaken]) } == 20)
            try await first.close()
            #expect(try await there.list(CustomerQuery(organizations: [here.a])).totalCount == 40)
            try await second.close()
        }
    }

    /// How many transactions the write-ahead log holds: a frame whose header tells a size of the database ends one.
    private func commits(inFolder folder: String) throws -> Int {
        let log = [UInt8](try Data(contentsOf: URL(filePath: folder + "/" + databaseFileName + "-wal")))
        func word(_ position: Int) -> Int { log[position..<position + 4].reduce(0) { $0 << 8 | Int($1) } }
        let frame = 24 + word(8)
        return stride(from: 32, to: log.count - frame + 1, by: frame).count { word($0 + 4) != 0 }
    }
}
