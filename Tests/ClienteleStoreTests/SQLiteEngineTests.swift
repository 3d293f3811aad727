import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Dispatch
import Foundation
import Testing

@Suite("The SQLite engine")
struct SQLiteEngineTests {
    private struct Refused: Error {}

    @Test(arguments: TestEngine.allCases)
    func commitsWhatSucceedsAndLeavesNoTraceOfWhatFails(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let outcomes = await failures(300) { number in
                try await database.write { session in
                    try session.execute("INSERT INTO notes (number, text) VALUES ($1, 'a')", [.integer(Int64(number))])
                    try session.execute("INSERT INTO notes (number, text) VALUES ($1, 'b')", [.integer(Int64(number))])
                    if number.isMultiple(of: 3) { throw Refused() }
                    // A row that is there already: the statement fails, and with it the whole call.
                    if number % 3 == 1 { try session.execute("INSERT INTO notes (number, text) VALUES (-1, 'first')") }
                }
            }
            #expect(outcomes.count { $0 == nil } == 100)
            let numbers = try await database.numbers()
            let kept = (0..<300).filter { $0 % 3 == 2 }
            #expect(numbers == [-1] + kept.flatMap { [$0, $0] })
        }
    }

    @Test(arguments: TestEngine.allCases)
    func answersEachOfManyWritesWithItsOwnValue(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let outcomes = await failures(1_500) { number in
                let answer = try await database.write { session in
                    try session.execute("INSERT INTO notes (number, text) VALUES ($1, 'a')", [.integer(Int64(number))])
                    return number
                }
                guard answer == number else { throw Refused() }
            }
            #expect(outcomes.allSatisfy { $0 == nil })
            let numbers = try await database.numbers()
            #expect(numbers == [-1] + Array(0..<1_500))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func changesNothingWhenTheBodyThrows(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let bodies: [(String, @Sendable (any SQLSession) throws -> Void)] = [
                ("an insert", { try $0.execute("INSERT INTO notes (number, text) VALUES (1, 'a')") }),
                ("an update", { try $0.execute("UPDATE notes SET number = 9") }),
                ("a delete", { try $0.execute("DELETE FROM notes") }),
                ("a script", { try $0.script("DELETE FROM notes; INSERT INTO notes VALUES (2, 'b')") }),
                ("nothing", { _ in }),
            ]
            for (what, body) in bodies {
                let write = await failure {
                    try await database.write { session in
                        try body(session)
                        throw Refused()
                    }
                }
                #expect(write == .other("Refused()"), "\(what)")
                let numbers = try await database.numbers()
                #expect(numbers == [-1], "\(what)")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func changesNoSchemaWhenTheBodyThrows(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let schema = try await database.schema()
            for script in ["CREATE TABLE more (number integer)", "ALTER TABLE notes ADD COLUMN extra text"] {
                let write = await failure {
                    try await database.write { session in
                        try session.script(script)
                        throw Refused()
                    }
                }
                #expect(write == .other("Refused()"))
                let after = try await database.schema()
                #expect(after == schema)
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func tellsWhichKindOfConstraintRefused(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let statements: [(String, SQLError.Kind)] = [
                ("INSERT INTO notes (number, text) VALUES (0, 'first')", .uniqueViolation),
                ("INSERT INTO notes (number, text) VALUES (0, NULL)", .other),
                ("INSERT INTO customer_counts (organization_id, live) VALUES (x'00', 0)", .foreignKeyViolation),
                ("INSERT INTO nowhere VALUES (0)", .other),
            ]
            for (sql, kind) in statements {
                let error = await #expect(throws: SQLError.self) { try await database.write { try $0.execute(sql) } }
                #expect(error?.kind == kind, "\(sql)")
            }
            let numbers = try await database.numbers()
            #expect(numbers == [-1])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func showsAWriteToEveryReaderAsSoonAsItIsAnswered(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            // Eight tasks, which run on several threads, each read what another of them has just written.
            let outcomes = await failures(8) { writer in
                for round in 0..<20 {
                    let number = writer * 100 + round
                    try await database.write { session in
                        try session.execute(
                            "INSERT INTO notes (number, text) VALUES ($1, 'a')",
                            [.integer(Int64(number))]
                        )
                    }
                    let count = "SELECT count(*) FROM notes WHERE number = \(number)"
                    for _ in 0..<2 {
                        let point = try await database.readPoint { try $0.count(count, []) }
                        let read = try await database.read { try $0.count(count, []) }
                        let task = try await Task.detached { try await database.readPoint { try $0.count(count, []) } }
                            .value
                        guard point == 1, read == 1, task == 1 else { throw Refused() }
                    }
                }
            }
            #expect(outcomes.allSatisfy { $0 == nil })
        }
    }

    @Test(arguments: TestEngine.allCases)
    func readsOneMomentHoweverManyStatements(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let outcomes = await failures(8) { number in
                for _ in 0..<25 {
                    if number.isMultiple(of: 2) {
                        try await database.write { try $0.execute("INSERT INTO notes (number, text) VALUES (1, 'a')") }
                    } else {
                        let isSame = try await database.read { session in
                            let first = try session.count("SELECT count(*) FROM notes", [])
                            return try session.count("SELECT count(*) FROM notes", []) == first
                        }
                        guard isSame else { throw Refused() }
                    }
                }
            }
            #expect(outcomes.allSatisfy { $0 == nil })
            let numbers = try await database.numbers()
            #expect(numbers.count == 101)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesEveryCallAfterItIsClosed(_ engine: TestEngine) async throws {
        try await withStore(engine) { store in
            let house = try await House(store)
            let customer = try await house.create("a@example.com")
            try await store.close()
            #expect(await failure { try await house.create("b@example.com") } == .unavailable)
            let read = await failure { try await house.organizations.list() }
            #expect(read != nil)
            #expect(read == .unavailable)
            let point = await failure { try await house.customer(customer) }
            let isReady = await store.isReady()
            #expect(point == .unavailable)
            #expect(!isReady)
        }
    }

    @Test func shareOneCommitWhenManyWait() async throws {
        try await withFolder { folder in
            let store = try await openStore(inFolder: folder)
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
            let store = try await openStore(inFolder: folder)
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
            let first = try await openStore(inFolder: folder)
            let second = try await openStore(inFolder: folder)
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

    /// Runs `body` with an engine that has a table of notes, one of them -1.
    private func withNotes(_ engine: TestEngine, _ body: (any SQLEngine) async throws -> Void) async throws {
        try await withStore(engine) { store in
            try await store.engine.write { session in
                try session.script(
                    """
                    CREATE TABLE notes (number integer NOT NULL, text text NOT NULL);
                    CREATE UNIQUE INDEX notes_first ON notes (text) WHERE text = 'first';
                    INSERT INTO notes VALUES (-1, 'first');
                    """
                )
            }
            try await body(store.engine)
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

extension SQLEngine {
    fileprivate func numbers() async throws -> [Int] {
        try await read { session in
            try session.rows("SELECT number FROM notes ORDER BY number") { row in row.integer(0).map { Int($0) } ?? 0 }
        }
    }

    fileprivate func schema() async throws -> [String?] {
        try await read { try $0.rows("SELECT sql FROM sqlite_schema ORDER BY name") { $0.text(0) } }
    }
}
