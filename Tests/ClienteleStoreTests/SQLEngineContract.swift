import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any engine")
struct SQLEngineContract {
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
    func answersEachOfManyAppendsForItself(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let outcomes = await failures(600) { number in
                try await database.append(inOrderOf: "") { session in
                    try session.execute("INSERT INTO notes (number, text) VALUES ($1, 'a')", [.integer(Int64(number))])
                    if number % 50 == 1 { try session.execute("INSERT INTO notes (number, text) VALUES (-1, 'first')") }
                    if number % 50 == 2 { throw Refused() }
                    try session.execute("INSERT INTO notes (number, text) VALUES ($1, 'b')", [.integer(Int64(number))])
                }
            }
            #expect(outcomes.count { $0 == nil } == 576)
            #expect(outcomes.count { $0 == .other("Refused()") } == 12)
            let numbers = try await database.numbers()
            let kept = (0..<600).filter { $0 % 50 != 1 && $0 % 50 != 2 }
            #expect(numbers == [-1] + kept.flatMap { [$0, $0] })
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
            #expect(schema.contains { $0?.contains("notes_first") == true })
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
                ("INSERT INTO notes (number, text) VALUES (0, '')", .other),
                ("INSERT INTO replies (number, answers) VALUES (1, 0)", .foreignKeyViolation),
                ("INSERT INTO nowhere VALUES (0)", .other),
                ("This is no SQL", .other),
            ]
            for (sql, kind) in statements {
                let bodies: [@Sendable (any SQLSession) throws -> Void] = [
                    { try $0.execute(sql) }, { try $0.run(sql, []) { _ in } },
                ]
                for body in bodies {
                    let error = await #expect(throws: SQLError.self) { try await database.write(body) }
                    #expect(error?.kind == kind, "\(sql)")
                }
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
}

/// Runs `body` with an engine that has a table of notes, one of them -1, and one of replies to each other.
func withNotes(_ engine: TestEngine, _ body: (any SQLEngine) async throws -> Void) async throws {
    try await withStore(engine) { store in
        try await store.engine.makeNotes()
        try await body(store.engine)
    }
}

extension SQLEngine {
    func makeNotes() async throws {
        try await write { session in
            try session.script(
                """
                CREATE TABLE notes (number integer NOT NULL, text text NOT NULL CHECK (length(text) > 0));
                CREATE UNIQUE INDEX notes_first ON notes (text) WHERE text = 'first';
                INSERT INTO notes VALUES (-1, 'first');
                CREATE TABLE replies (number integer PRIMARY KEY, answers integer REFERENCES replies (number));
                """
            )
        }
    }

    /// The numbers of the notes, in order.
    func numbers() async throws -> [Int] {
        try await read { session in
            try session.rows("SELECT number FROM notes ORDER BY number") { row in row.integer(0).map { Int($0) } ?? 0 }
        }
    }

    /// All that is known of the tables, in a text that is the same as long as they are.
    func schema() async throws -> [String?] {
        let sql =
            switch dialect {
            case .sqlite: "SELECT type || ' ' || name || coalesce(' ' || sql, '') FROM sqlite_schema ORDER BY 1"
            case .postgres:
                """
                SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || coalesce(column_default, '')
                FROM information_schema.columns WHERE table_schema = current_schema()
                UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
                UNION ALL SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = current_schema()::regnamespace
                UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
                UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
                ORDER BY 1
                """
            }
        return try await read { try $0.rows(sql) { $0.text(0) } }
    }
}
