import ClienteleStore
import ClienteleTestSupport
import Testing

/// What is promised of time, connections and moments on PostgreSQL.
@Suite("The connections to PostgreSQL", .timeLimit(.minutes(10)))
struct PostgresPoolTests {
    @Test func areNeverMoreThanAllowedHoweverManyCallsThereAre() async throws {
        try await withRig(connections: 3) { rig in
            let (ended, running) = (Counter(), Counter())
            async let calls = failures(64) { number in
                defer { ended.add() }
                let sql = "SELECT 1 FROM pg_sleep(0.05)"
                let body: @Sendable (any SQLSession) throws -> Int = { session in
                    running.add()
                    return try session.count(sql, [])
                }
                switch number % 3 {
                case 0: return try await rig.engine.write(body)
                case 1: return try await rig.engine.read(body)
                default: return try await rig.engine.readPoint(body)
                }
            }
            var most = 0
            while ended.count < 64 { most = max(most, try await rig.backends().count) }
            #expect(most == 3)
            let outcomes = await calls
            #expect(outcomes.allSatisfy { $0 == nil })
            // A read may look ahead for what it will ask, and so run its body twice.
            #expect(running.count >= 64)
        }
    }

    @Test func areNotWaitedForForever() async throws {
        try await withRig(connections: 1) { rig in
            let gate = Gate()
            async let first: Void = rig.engine.write { try gate.pass($0) }
            _ = try await gate.arrival()
            async let read: SQLError? = sqlError { try await rig.engine.readPoint { try $0.count("SELECT 1", []) } }
            async let write: SQLError? = sqlError {
                try await rig.engine.write { try $0.execute("INSERT INTO notes VALUES (1, 'a')") }
            }
            async let append: SQLError? = sqlError {
                try await rig.engine.append(inOrderOf: "") { try $0.execute("INSERT INTO notes VALUES (2, 'a')") }
            }
            // Longer than a call may wait.
            try await Task.sleep(for: .seconds(6))
            async let later: Void = rig.engine.append(inOrderOf: "") {
                try $0.execute("INSERT INTO notes VALUES (3, 'a')")
            }
            gate.open()
            try await first
            let kinds = await [read?.kind, write?.kind, append?.kind]
            #expect(kinds == [.unavailable, .unavailable, .unavailable])
            try await later
            let numbers = try await rig.engine.numbers()
            #expect(numbers == [-1, 3])
        }
    }

    @Test func areGoneOnceTheEngineIsClosed() async throws {
        try await withRig(connections: 3) { rig in
            let gate = Gate()
            async let last = rig.engine.write { session in
                try gate.pass(session)
                try session.execute("INSERT INTO notes VALUES (1, 'a')")
            }
            _ = try await gate.arrival()
            async let closed: Void = rig.store.close()
            while await sqlError({ try await rig.engine.readPoint { try $0.count("SELECT 1", []) } }) == nil {}
            gate.open()
            try await last
            try await closed
            for _ in 0..<3 {
                let calls: [() async throws -> Int] = [
                    { try await rig.engine.readPoint { try $0.count("SELECT 1", []) } },
                    { try await rig.engine.read { try $0.count("SELECT 1", []) } },
                    { try await rig.engine.write { try $0.count("SELECT 1", []) } },
                ]
                for call in calls { #expect(await sqlError(call)?.kind == .unavailable) }
            }
            #expect(try await rig.other.numbers() == [-1, 1])
            // A process of PostgreSQL ends a moment after its connection.
            let deadline = ContinuousClock.now + .seconds(5)
            while try await !rig.backends().isEmpty, ContinuousClock.now < deadline {}
            #expect(try await rig.backends() == [])
        }
    }

    @Test func areUsableAfterAStatementThatTookTooLong() async throws {
        try await withRig(connections: 1, statementTimeoutSeconds: 1) { rig in
            let backends = try await rig.backends()
            let calls: [() async throws -> Int] = [
                { try await rig.engine.readPoint { try $0.count("SELECT 1 FROM pg_sleep(10)", []) } },
                { try await rig.engine.read { try $0.count("SELECT 1 FROM pg_sleep(10)", []) } },
                { try await rig.engine.write { try $0.count("SELECT 1 FROM pg_sleep(10)", []) } },
            ]
            for call in calls {
                let start = ContinuousClock.now
                let error = await sqlError(call)
                #expect(error?.kind == .unavailable)
                #expect(ContinuousClock.now - start < .seconds(3))
                try await rig.engine.write { try $0.execute("INSERT INTO notes VALUES (1, 'a')") }
            }
            #expect(try await rig.engine.numbers() == [-1, 1, 1, 1])
            #expect(try await rig.backends() == backends)
        }
    }

    @Test func waitForTheLockOfAnotherOnlySoLong() async throws {
        try await withRig(connections: 1, statementTimeoutSeconds: 1) { rig in
            let gate = Gate()
            async let holder: Void = rig.other.write { session in
                _ = try session.count("UPDATE notes SET number = 5 RETURNING number", [])
                try gate.pass(session)
            }
            _ = try await gate.arrival()
            let start = ContinuousClock.now
            let waiter = await sqlError { try await rig.engine.write { try $0.execute("UPDATE notes SET number = 6") } }
            #expect(waiter?.kind == .unavailable)
            #expect(ContinuousClock.now - start < .seconds(3))
            gate.open()
            try await holder
            #expect(try await rig.engine.numbers() == [5])
        }
    }

    @Test func seeOneMomentInAReadAndTheNewestInEachStatementOfAPoint() async throws {
        try await withRig { rig in
            let (reading, pointing) = (Gate(), Gate())
            let count = "SELECT count(*) FROM notes"
            async let read = rig.engine.read { session in
                let first = try session.count(count, [])
                try reading.pass(session)
                return [first, try session.count(count, [])]
            }
            async let point = rig.engine.readPoint { session in
                let first = try session.count(count, [])
                try pointing.pass(session)
                let second = try session.count(count, [])
                let snapshot = try session.snapshot { try session.count(count, []) }
                return [first, second, snapshot]
            }
            _ = try await (reading.arrival(), pointing.arrival())
            try await rig.other.write { try $0.execute("INSERT INTO notes VALUES (1, 'a')") }
            reading.open()
            pointing.open()
            let (ofRead, ofPoint) = try await (read, point)
            #expect(ofRead == [1, 1])
            #expect(ofPoint == [1, 2, 2])
            #expect(try await rig.engine.read { try $0.count(count, []) } == 2)
        }
    }

    private func sqlError(_ call: () async throws -> some Any) async -> SQLError? {
        do {
            _ = try await call()
            return nil
        } catch {
            guard let error = error as? SQLError else {
                Issue.record("\(error)")
                return nil
            }
            return error
        }
    }
}
