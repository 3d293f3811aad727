import ClienteleStore
import ClienteleTestSupport
import Testing

/// Reads that wait for a connection at the same moment make one trip together, which none of them may notice.
@Suite("Reads of PostgreSQL that go together", .timeLimit(.minutes(10)))
struct PostgresReadsTests {
    private struct Refused: Error {}
    private struct Wrong: Error { let number: Int, answer: String }

    @Test func areEachAnsweredForThemselves() async throws {
        try await withRig(connections: 2) { rig in
            try await rig.engine.write { session in
                for number in 0..<400 { try session.execute("INSERT INTO notes VALUES (\(number), 'text \(number)')") }
            }
            let outcomes = await failures(400) { number in
                let found = try await rig.engine.readPoint { try Self.read(number, $0) }
                guard found == (number % 8 == 3 ? "nothing" : "text \(number)") else {
                    throw Wrong(number: number, answer: found)
                }
            }
            #expect(outcomes.count { $0 == nil } == 300, "\(outcomes)")
            #expect(outcomes.count { $0 == .other("Refused()") } == 50)
            let refused = outcomes.count { if case .other(let text)? = $0 { text.contains("42P01") } else { false } }
            #expect(refused == 50)
            let again = await failures(20) { _ in try await rig.engine.readPoint { try $0.count("SELECT 1", []) } }
            #expect(again.allSatisfy { $0 == nil })
        }
    }

    /// A read of each kind: of one statement and of two, of none and with none found, in a snapshot, and with what fails.
    private static func read(_ number: Int, _ session: any SQLSession) throws -> String {
        func text(_ number: Int) throws -> String {
            try session.row("SELECT text FROM notes WHERE number = $1", [.integer(Int64(number))]) { $0.text(0) ?? "" }
                ?? "nothing"
        }
        switch number % 8 {
        case 0: return try text(number)
        case 1:
            guard try session.count("SELECT count(*) FROM notes WHERE number = \(number)", []) == 1 else { return "" }
            return try text(number)
        case 2: return try session.snapshot { try text(number) }
        case 3: return try text(-number)
        case 4: return "text \(number)"
        case 5:
            return try text(number) + (try session.rows("SELECT 1 FROM notes WHERE number < -1") { _ in "" }).joined()
        case 6:
            _ = try text(number)
            throw Refused()
        default: return try session.row("SELECT text FROM nowhere") { $0.text(0) ?? "" } ?? ""
        }
    }

    @Test func doNotSufferFromOneThatTakesTooLong() async throws {
        try await withRig(connections: 1, statementTimeoutSeconds: 1) { rig in
            let outcomes = try await together(10, rig) { number, session in
                try session.count(number == 3 ? "SELECT 1 FROM pg_sleep(20)" : "SELECT \(number)", [])
            }
            #expect(outcomes.count { $0 == nil } == 9, "\(outcomes)")
        }
    }

    @Test func mayTakeLongerTogetherThanOneMayAlone() async throws {
        try await withRig(connections: 1, statementTimeoutSeconds: 1) { rig in
            let outcomes = try await together(6, rig) { number, session in
                try session.count("SELECT \(number) FROM pg_sleep(0.6)", [])
            }
            #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
        }
    }

    @Test func runAgainWhenTheirConnectionIsLost() async throws {
        try await withRig(connections: 1) { rig in
            let runs = Counter()
            let outcomes = try await together(10, rig) { number, session in
                let first = try session.count("SELECT \(number)", [])
                if number == 5, runs.add() == 1 {
                    _ = try session.count("SELECT pg_terminate_backend(pg_backend_pid())", [])
                }
                return first
            }
            #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
            #expect(runs.count == 2)
        }
    }

    /// Makes so many reads while the only connection is busy, and tells how each failed; one is wrong to get another's answer.
    private func together(
        _ count: Int,
        _ rig: PostgresRig,
        _ body: @escaping @Sendable (Int, any SQLSession) throws -> Int
    ) async throws -> [Failure?] {
        let gate = Gate()
        async let busy: Void = rig.engine.write { try gate.pass($0) }
        _ = try await gate.arrival()
        let outcomes = await withTaskGroup(of: Failure?.self) { group in
            for number in 0..<count {
                // Waits in the queue when `addImmediateTask` returns: it runs until it waits for its answer.
                group.addImmediateTask {
                    await failure {
                        let answer = try await rig.engine.readPoint { try body(number, $0) }
                        guard answer == number else { throw Refused() }
                    }
                }
            }
            gate.open()
            return await group.reduce(into: [Failure?]()) { $0.append($1) }
        }
        try await busy
        return outcomes
    }
}
