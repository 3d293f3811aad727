import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any session")
struct SQLSessionContract {
    private struct Refused: Error {}

    @Test(arguments: TestEngine.allCases)
    func givesEveryValueBackAsItWas(_ engine: TestEngine) async throws {
        let integers: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 32, .max - 1, .max]
        let texts = [
            "", " ", "a", "'; --", "\\", "\u{1}", "\u{7F}", "\u{E9}", "e\u{301}", "\u{FEFF}x", "\u{FFFF}", "\u{10FFFF}",
            "\u{1F600}", String(repeating: "x", count: 1_000_000), String(repeating: "\u{E9}\n", count: 400_000),
        ]
        let bytes: [[UInt8]] = [[], [0], [255], [0, 0, 0], Array(0...255), [UInt8](repeating: 0, count: 1_000_000)]
        let identifiers: [(UInt64, UInt64)] = [(0, 0), (1, 2), (.max, .max), (1 << 63, 1), (.max, 0), (0, .max)]
        let fractions = [0, -0.5, 0.1, 1e300, -1e-300, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 12]
        let values =
            [SQLValue.null] + integers.map { .integer($0) } + texts.map { .text($0) } + bytes.map { .bytes($0) }
            + identifiers.map { .identifier(high: $0, low: $1) } + fractions.map { .real($0) }
        try await withValues(engine) { database in
            for value in values {
                let stored = try await database.write { session in
                    try session.execute("DELETE FROM kept")
                    try session.keep(value)
                    return try session.kept(as: value)
                }
                #expect(stored?.isExactly(value) == true, "\(String("\(value)".prefix(80)))")
                let read = try await database.read { try $0.kept(as: value) }
                #expect(read?.isExactly(value) == true, "\(String("\(value)".prefix(80)))")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func takesTheArgumentsOfOneStatementInAnyMixture(_ engine: TestEngine) async throws {
        let mixtures: [[SQLValue]] = [
            [.null, .null, .null, .null], [.integer(1), .null, .null, .null], [.null, .text(""), .null, .null],
            [.null, .null, .bytes([]), .null], [.null, .null, .null, .identifier(high: 1, low: 2)],
            [.integer(.max), .text("t"), .bytes([1]), .identifier(high: .max, low: 0)],
            [.integer(-1), .text(""), .bytes([]), .identifier(high: 0, low: 0)], [.null, .null, .null, .null],
        ]
        try await withValues(engine) { database in
            for mixture in mixtures {
                let stored = try await database.write { session in
                    try session.execute("DELETE FROM kept")
                    try session.execute(
                        "INSERT INTO kept (number, text, bytes, id) VALUES ($1, $2, $3, $4)",
                        mixture
                    )
                    return try session.row("SELECT number, text, bytes, id FROM kept") { row in
                        [
                            row.integer(0).map { SQLValue.integer($0) } ?? .null, SQLValue(row.text(1)), row.value(2),
                            row.identifier(3).map { SQLValue.identifier(high: $0.high, low: $0.low) } ?? .null,
                        ]
                    }
                }
                #expect(stored == mixture)
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func handsOverARowAtATimeHoweverManyThereAre(_ engine: TestEngine) async throws {
        let series = """
            WITH RECURSIVE series (number) AS (
                SELECT 1 UNION ALL SELECT number + 1 FROM series WHERE number < 100000
            ) SELECT number, 'row ' || number FROM series
            """
        try await withStore(engine) { store in
            let counted = try await store.engine.read { session in
                var next: Int64 = 1
                try session.run(series, []) { row in
                    guard row.integer(0) == next, row.text(1) == "row \(next)" else { throw Refused() }
                    next += 1
                }
                return next - 1
            }
            #expect(counted == 100_000)
            let halfway = await failure {
                try await store.engine.read { session in
                    try session.run(series, []) { if $0.integer(0) == 500 { throw Refused() } }
                }
            }
            #expect(halfway == .other("Refused()"))
            let after = try await store.engine.read { try $0.count("SELECT 7", []) }
            #expect(after == 7)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func runsTenThousandStatementsInOneWrite(_ engine: TestEngine) async throws {
        let text = String(repeating: "long enough to fill what the system buffers ", count: 40)
        try await withNotes(engine) { database in
            try await database.write { session in
                for number in 0..<10_000 {
                    try session.execute(
                        "INSERT INTO notes (number, text) VALUES ($1, $2)",
                        [.integer(Int64(number)), .text(text)]
                    )
                }
            }
            let numbers = try await database.numbers()
            #expect(numbers == [-1] + Array(0..<10_000))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func runsMoreDistinctStatementsThanItKeeps(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            for _ in 0..<2 {
                for first in stride(from: 0, to: 900, by: 300) {
                    let found = try await database.write { session in
                        for number in first..<first + 300 {
                            try session.execute("INSERT INTO notes (number, text) VALUES (\(number), 'a')")
                        }
                        return try (first..<first + 300).map { number in
                            try session.count("SELECT max(number) FROM notes WHERE number = \(number)", [])
                        }
                    }
                    #expect(found == Array(first..<first + 300))
                }
            }
            let numbers = try await database.numbers()
            #expect(numbers == [-1] + (0..<900).flatMap { [$0, $0] })
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesTheFirstRowAndNilWhereThereIsNone(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let found = try await database.read { session in
                [
                    try session.row("SELECT number FROM notes UNION SELECT -2 ORDER BY 1") { $0.integer(0) ?? 0 },
                    try session.row("SELECT number FROM notes WHERE number = $1", [.integer(5)]) { $0.integer(0) ?? 0 },
                    try session.row("SELECT number FROM notes WHERE number = $1", [.integer(-1)]) {
                        $0.integer(0) ?? 0
                    },
                ]
            }
            #expect(found == [-2, nil, -1])
            let count = try await database.read { try $0.count("SELECT number FROM notes WHERE number = 5", []) }
            #expect(count == 0)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func seesInsideATransactionWhatItHasWritten(_ engine: TestEngine) async throws {
        try await withNotes(engine) { database in
            let counts = try await database.write { session in
                try (0..<5).map { number in
                    try session.execute("INSERT INTO notes (number, text) VALUES (\(number), 'a')")
                    return try session.snapshot { try session.count("SELECT count(*) FROM notes", []) }
                }
            }
            #expect(counts == [2, 3, 4, 5, 6])
        }
    }

    /// Runs `body` with an engine that has a table with a column of every kind.
    private func withValues(_ engine: TestEngine, _ body: (any SQLEngine) async throws -> Void) async throws {
        try await withStore(engine) { store in
            let (bytes, id) = engine == .postgres ? ("bytea", "uuid") : ("blob", "blob")
            try await store.engine.write { session in
                try session.script(
                    "CREATE TABLE kept (number bigint, text text, bytes \(bytes), id \(id), fraction double precision)"
                )
            }
            try await body(store.engine)
        }
    }
}

extension SQLSession {
    /// Puts a value into the column of its kind.
    fileprivate func keep(_ value: SQLValue) throws {
        try execute("INSERT INTO kept (\(value.column)) VALUES ($1)", [value])
    }

    /// What the column of the kind of `value` holds.
    fileprivate func kept(as value: SQLValue) throws -> SQLValue? {
        try row("SELECT \(value.column) FROM kept WHERE \(value.column) = $1 OR $1 IS NULL", [value]) {
            row -> SQLValue in
            switch value {
            case .identifier: row.identifier(0).map { .identifier(high: $0.high, low: $0.low) } ?? .null
            case .null, .integer, .real, .text, .bytes: row.value(0)
            }
        }
    }
}

extension SQLValue {
    /// Whether it is the same, to the byte: Swift takes two spellings of a letter for one.
    fileprivate func isExactly(_ other: SQLValue) -> Bool {
        guard case .text(let text) = self, case .text(let otherText) = other else { return self == other }
        return text.utf8.elementsEqual(otherText.utf8)
    }

    fileprivate var column: String {
        switch self {
        case .null, .text: "text"
        case .integer: "number"
        case .real: "fraction"
        case .bytes: "bytes"
        case .identifier: "id"
        }
    }
}
