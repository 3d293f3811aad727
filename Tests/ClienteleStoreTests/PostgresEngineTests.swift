import ClienteleStore
import ClienteleTestSupport
import Testing

/// What is promised of transactions and statements on PostgreSQL beyond what any engine promises.
@Suite("The PostgreSQL engine", .timeLimit(.minutes(10)))
struct PostgresEngineTests {
    private struct Refused: Error {}

    private static let insertion = "INSERT INTO notes (number, text) VALUES ($1, $2)"

    @Test func runsATransactionAgainThatADeadlockEnded() async throws {
        try await withRig { rig in
            try await rig.engine.write { try $0.script("INSERT INTO notes VALUES (1, 'a'), (2, 'a')") }
            let (meeting, runs) = (Meeting(), Counter())
            let outcomes = await failures(2) { side in
                let attempts = Counter()
                try await rig.engine.write { session in
                    runs.add()
                    let (first, second) = side == 0 ? (1, 2) : (2, 1)
                    let change = "UPDATE notes SET text = text || '\(side)' WHERE number = $1 RETURNING number"
                    _ = try session.count(change, [.integer(Int64(first))])
                    if attempts.add() == 1 { try meeting.attend(side) }
                    _ = try session.count(change, [.integer(Int64(second))])
                }
            }
            #expect(outcomes == [nil, nil])
            #expect(runs.count == 3)
            let texts = try await rig.texts(of: [1, 2])
            #expect(texts == ["a01", "a01"] || texts == ["a10", "a10"])
        }
    }

    @Test func runsATransactionAgainThatCannotBeSerialized() async throws {
        try await withRig { rig in
            let (meeting, runs) = (Meeting(), Counter())
            let outcomes = await failures(2) { side in
                let attempts = Counter()
                try await rig.engine.write { session in
                    runs.add()
                    try session.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                    let count = try session.count("SELECT count(*) FROM notes", [])
                    if attempts.add() == 1 { try meeting.attend(side) }
                    try session.execute(Self.insertion, [.integer(Int64(count)), .text("a")])
                }
            }
            #expect(outcomes == [nil, nil])
            #expect(runs.count == 3)
            // As if one had run after the other: each counted what was there before it.
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1, 1, 2])
        }
    }

    @Test(arguments: ["40001", "40P01"])
    func givesUpATransactionThatNeverWins(_ code: String) async throws {
        try await withRig(connections: 1) { rig in
            let runs = Counter()
            let error = await #expect(throws: SQLError.self) {
                try await rig.engine.write { session in
                    runs.add()
                    try session.execute("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '\(code)'; END $$")
                }
            }
            #expect(error?.kind == .conflict)
            #expect(runs.count == 10)
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1])
        }
    }

    @Test(arguments: [0, 1, 2], ["refused", "unreadable"])
    func tellsTheErrorOfAStatementThatWasPutOff(_ position: Int, _ kind: String) async throws {
        try await withRig(connections: 1) { rig in
            let wrong = kind == "refused" ? "INSERT INTO notes VALUES (0, 'first')" : "INSERT INTO nowhere VALUES (0)"
            let backends = try await rig.backends()
            let (ends, reads) = (Counter(), Counter())
            for readsAfterwards in [false, true] {
                let error = await #expect(throws: SQLError.self) {
                    try await rig.engine.write { session in
                        for place in 0...2 {
                            try session.execute(place == position ? wrong : "INSERT INTO notes VALUES (\(place), 'a')")
                        }
                        ends.add()
                        guard readsAfterwards else { return }
                        _ = try session.count("SELECT 1", [])
                        reads.add()
                    }
                }
                #expect(error?.kind == (kind == "refused" ? .uniqueViolation : .other))
            }
            #expect(ends.count == 2)
            #expect(reads.count == 0)
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1])
            let same = try await rig.backends()
            #expect(same == backends)
        }
    }

    @Test func commitsNothingWhenTheBodyPassesAnErrorOver() async throws {
        try await withRig(connections: 1) { rig in
            let error = await #expect(throws: SQLError.self) {
                try await rig.engine.write { session in
                    try session.execute("INSERT INTO notes VALUES (1, 'a')")
                    _ = try? session.count("SELECT number FROM nowhere", [])
                    try session.execute("INSERT INTO notes VALUES (2, 'a')")
                }
            }
            #expect(error != nil)
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1])
        }
    }

    /// Statements are prepared in the pipeline in which they are run, so the first that fails keeps the others from it.
    @Test func knowsWhichStatementsAreNotPreparedAfterAnError() async throws {
        try await withRig(connections: 1) { rig in
            @Sendable func statement(_ name: String) -> String { Self.insertion + " /* \(name) */" }
            let backends = try await rig.backends()
            for wrong in ["first", "middle", "last", "none"] {
                let outcome = await failure {
                    try await rig.engine.write { session in
                        for name in ["first", "middle", "last"] {
                            let text = name == wrong ? "first" : "a"
                            try session.execute(statement("\(wrong) \(name)"), [.integer(1), .text(text)])
                        }
                    }
                }
                #expect((outcome == nil) == (wrong == "none"))
                for name in ["last", "middle", "first"] {
                    try await rig.engine.write { session in
                        try session.execute(statement("\(wrong) \(name)"), [.integer(2), .text("a")])
                    }
                    let isThere = try await rig.engine.readPoint { session in
                        try session.count("SELECT count(*) FROM notes WHERE number = 2 /* \(wrong) \(name) */", [])
                    }
                    #expect(isThere > 0)
                }
            }
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1, 1, 1, 1] + [Int](repeating: 2, count: 12))
            let same = try await rig.backends()
            #expect(same == backends)
        }
    }

    @Test func goesOnAfterABodyThatThrowsWithStatementsUnderWay() async throws {
        try await withRig(connections: 1) { rig in
            let backends = try await rig.backends()
            for round in 0..<3 {
                let outcome = await failure {
                    try await rig.engine.write { session in
                        try session.execute("INSERT INTO notes VALUES ($1, 'a')", [.integer(Int64(round))])
                        try session.execute("INSERT INTO notes VALUES (\(round), 'first')")
                        throw Refused()
                    }
                }
                #expect(outcome == .other("Refused()"))
                try await rig.engine.write {
                    try $0.execute("INSERT INTO notes VALUES ($1, 'a')", [.integer(Int64(round + 10))])
                }
            }
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1, 10, 11, 12])
            let same = try await rig.backends()
            #expect(same == backends)
        }
    }

    @Test(arguments: ["that succeed", "that fail"])
    func keepsNoMoreStatementsPreparedThanItSays(_ kind: String) async throws {
        try await withRig(connections: 1) { rig in
            for number in 0..<700 {
                let outcome = await failure {
                    try await rig.engine.write { session in
                        guard kind == "that succeed" else {
                            // Is prepared each time before it fails.
                            return try session.execute("INSERT INTO notes VALUES (0, 'first')")
                        }
                        try session.execute("INSERT INTO notes VALUES (\(number), 'a')")
                    }
                }
                #expect((outcome == nil) == (kind == "that succeed"))
            }
            let kept = try await rig.engine.readPoint {
                try $0.count("SELECT count(*) FROM pg_prepared_statements", [])
            }
            #expect(kept <= 300)
        }
    }

    @Test func takesAnArgumentThatWasNULLTheFirstTime() async throws {
        let values: [(String, SQLValue)] = [
            ("bigint", .integer(.max)), ("integer", .integer(7)), ("smallint", .integer(7)), ("text", .text("t")),
            ("bytea", .bytes([1])), ("uuid", .identifier(high: 1, low: 2)),
        ]
        try await withRig(connections: 1) { rig in
            for (type, value) in values {
                try await rig.engine.write { try $0.script("CREATE TABLE of_\(type) (value \(type))") }
                for argument in [SQLValue.null, value, .null, value] {
                    let outcome = await failure {
                        try await rig.engine.write {
                            try $0.execute("INSERT INTO of_\(type) (value) VALUES ($1)", [argument])
                        }
                    }
                    #expect(outcome == nil, "\(argument) as \(type)")
                }
            }
        }
    }

    /// PostgreSQL's details quote the row, which holds personal data.
    @Test func tellsNoValueOfTheRowThatWasRefused() async throws {
        try await withRig { rig in
            for sql in [
                "INSERT INTO notes VALUES (771177, 'first')", "INSERT INTO notes VALUES (771177, '')",
                "INSERT INTO replies VALUES (1, 771177)", "INSERT INTO replies VALUES (771177), (771177)",
            ] {
                let error = await #expect(throws: SQLError.self) { try await rig.engine.write { try $0.execute(sql) } }
                #expect(error?.message.contains("771177") == false, "\(error?.message ?? "")")
            }
        }
    }

    /// The server stops reading while it cannot send, and so must not be waited for with all that it has sent unread.
    @Test(arguments: [false, true])
    func readsWhileItSends(_ readsBeforeItCommits: Bool) async throws {
        try await withRig { rig in
            let text = String(repeating: "x", count: 20_000)
            let runs = Counter()
            try await rig.engine.write { session in
                runs.add()
                for _ in 0..<1_500 { try session.execute("SELECT $1::text || $1::text", [.text(text)]) }
                try session.execute("INSERT INTO notes VALUES (1, 'a')")
                if readsBeforeItCommits { _ = try session.count("SELECT length($1)", [.text(text)]) }
            }
            #expect(runs.count == 1)
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1, 1])
        }
    }
}

extension PostgresRig {
    fileprivate func texts(of numbers: [Int]) async throws -> [String?] {
        try await engine.read { session in
            try numbers.map { number in
                try session.row("SELECT text FROM notes WHERE number = \(number)") { $0.text(0) ?? "" }
            }
        }
    }
}
