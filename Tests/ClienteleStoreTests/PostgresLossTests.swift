import ClienteleStore
import ClienteleTestSupport
import Synchronization
import Testing

/// What is promised when PostgreSQL, an operator or the network ends a connection.
@Suite("A lost connection to PostgreSQL", .timeLimit(.minutes(10)))
struct PostgresLossTests {
    private static let suicide = "SELECT pg_terminate_backend(pg_backend_pid())"

    @Test func isNotNoticedByTheNextCallWhenItWasIdle() async throws {
        try await withRig(connections: 4) { rig in
            for round in 1...3 {
                let warm = await failures(16) { _ in try await rig.engine.readPoint { try $0.count("SELECT 1", []) } }
                #expect(warm.allSatisfy { $0 == nil })
                let before = try await rig.backends()
                try await rig.endBackends()
                let outcomes = await failures(30) { number in
                    switch number % 3 {
                    case 0:
                        try await rig.engine.write {
                            try $0.execute("INSERT INTO notes VALUES (\(round * 100 + number), 'a')")
                        }
                    case 1: _ = try await rig.engine.read { try $0.count("SELECT count(*) FROM notes", []) }
                    default: _ = try await rig.engine.readPoint { try $0.count("SELECT count(*) FROM notes", []) }
                    }
                }
                #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
                let after = try await rig.backends()
                #expect(!before.isEmpty && Set(before).isDisjoint(with: after))
            }
            let numbers = try await rig.engine.numbers()
            #expect(numbers.count == 31 && Set(numbers).count == 31)
        }
    }

    @Test(arguments: ["a read", "a point"])
    func makesAReadRunAgain(_ kind: String) async throws {
        try await withRig(connections: 2) { rig in
            let (gate, runs) = (Gate(), Counter())
            let body: @Sendable (any SQLSession) throws -> [Int] = { session in
                let run = runs.add()
                let first = try session.count("SELECT count(*) FROM notes", [])
                if run == 1 { try gate.pass(session) }
                return [run, first, try session.count("SELECT min(number) FROM notes", [])]
            }
            async let answer = kind == "a read" ? rig.engine.read(body) : rig.engine.readPoint(body)
            try await rig.end(try await gate.arrival())
            gate.open()
            let found = try await answer
            #expect(found == [2, 1, -1])
        }
    }

    @Test(arguments: [false, true])
    func makesAWriteRunAgainThatWasNotCommitted(_ readsBeforeItCommits: Bool) async throws {
        try await withRig(connections: 2) { rig in
            let (gate, runs) = (Gate(), Counter())
            async let answer = rig.engine.write { session in
                let run = runs.add()
                try session.execute("INSERT INTO notes VALUES (\(run), 'a')")
                if run == 1 { try gate.pass(session) }
                try session.execute("INSERT INTO notes VALUES (\(run + 10), 'a')")
                if readsBeforeItCommits { _ = try session.count("SELECT 1", []) }
                return run
            }
            try await rig.end(try await gate.arrival())
            gate.open()
            let run = try await answer
            #expect(run == 2)
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1, 2, 12])
        }
    }

    /// The farewell comes as the answer to a statement before the commit, so the commit was not heeded.
    @Test func makesAWriteRunAgainWhoseStatementItEnded() async throws {
        try await withRig(connections: 2) { rig in
            let runs = Counter()
            try await rig.engine.write { session in
                let run = runs.add()
                try session.execute("INSERT INTO notes VALUES (\(run), 'a')")
                if run == 1 { try session.execute(Self.suicide) }
            }
            #expect(runs.count == 2)
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1, 2])
        }
    }

    @Test func letsNoWriteRunAgainThatMayHaveBeenCommitted() async throws {
        try await withRig(connections: 2) { rig in
            try await rig.engine.write { session in
                // Runs in the midst of the commit, which nobody outside can tell from its end.
                try session.script(
                    """
                    CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON replies DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION leave();
                    """
                )
            }
            let runs = Counter()
            let error = await #expect(throws: SQLError.self) {
                try await rig.engine.write { session in
                    runs.add()
                    try session.execute("INSERT INTO replies (number) VALUES (1)")
                }
            }
            #expect(error?.kind == .connectionLost)
            #expect(runs.count == 1)
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1])
        }
    }

    @Test func isNotTriedForEver() async throws {
        try await withRig(connections: 2) { rig in
            let runs = Counter()
            for sql in [Self.suicide, "SELECT 1 FROM notes, pg_terminate_backend(pg_backend_pid())"] {
                let error = await #expect(throws: SQLError.self) {
                    try await rig.engine.readPoint { session in
                        runs.add()
                        return try session.count(sql, [])
                    }
                }
                #expect(error?.kind == .connectionLost)
            }
            #expect(runs.count <= 20)
            let count = try await rig.engine.readPoint { try $0.count("SELECT count(*) FROM notes", []) }
            #expect(count == 1)
        }
    }

    @Test func neverMakesAWriteHappenTwiceNorLosesOneThatWasAnswered() async throws {
        try await withRig(connections: 4) { rig in
            let done = Counter()
            let answered = Mutex<[Int]>([])
            async let outcomes = failures(8) { writer in
                defer { done.add() }
                for number in writer * 1_000..<writer * 1_000 + 60 {
                    do {
                        try await rig.engine.write { session in
                            try session.execute("INSERT INTO notes VALUES (\(number), 'a')")
                            if number.isMultiple(of: 2) { _ = try session.count("SELECT count(*) FROM notes", []) }
                        }
                        answered.withLock { $0.append(number) }
                    } catch let error as SQLError where [.connectionLost, .connectionStale].contains(error.kind) {
                        // Whether it happened is not known; once at the most.
                    }
                }
            }
            while done.count < 8 {
                if let backend = try await rig.backends().randomElement() { try await rig.end(backend) }
            }
            let ended = await outcomes
            #expect(ended.allSatisfy { $0 == nil }, "\(ended)")
            let numbers = try await rig.engine.numbers().dropFirst()
            #expect(Set(numbers).count == numbers.count)
            let lost = answered.withLock { Set($0) }.subtracting(numbers)
            #expect(lost == [])
        }
    }
}
