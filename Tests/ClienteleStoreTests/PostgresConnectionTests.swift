import ClienteleTestSupport
import Testing

@testable import ClienteleStore

/// One connection to PostgreSQL, by itself.
struct PostgresConnectionTests {
    /// A plan that was made for a small table is not kept when the table has grown, and reads go on as before.
    @Test func plansAnewForATableThatHasGrown() async throws {
        try await withSchema { address in
            let configuration = try PostgresConfiguration(address: address, connections: 1)
            var reader = try GrownTableReader(configuration)
            // Changes of the schema by tests beside this one may have every plan made anew: then another one tries again.
            for _ in 0..<20 where try !reader.plan().contains("Seq Scan") {
                reader = try GrownTableReader(configuration)
            }
            let before = try reader.plan()
            #expect(before.contains("Seq Scan"))
            try reader.connection.renewPlans(after: .zero)
            #expect(try reader.read() == [7])
            #expect(try reader.plan().contains("grown_key"))
        }
    }
}

/// A connection whose plan is of when its table had one row.
private struct GrownTableReader {
    let connection: PostgresConnection
    private let query = "SELECT value FROM grown WHERE key = $1"

    init(_ configuration: PostgresConfiguration) throws {
        self.connection = try PostgresConnection(configuration)
        try connection.transaction("BEGIN") { session in
            try session.execute("DROP TABLE IF EXISTS grown")
            try session.execute("CREATE TABLE grown (key bigint, value bigint) WITH (autovacuum_enabled = false)")
            try session.execute("CREATE INDEX grown_key ON grown (key)")
            try session.execute("INSERT INTO grown VALUES (0, 0)")
            try session.execute("ANALYZE grown")
        }
        // After some runs a plan for any arguments is kept.
        for _ in 0..<10 { #expect(try read() == []) }
        try connection.transaction("BEGIN") { session in
            try session.execute("INSERT INTO grown SELECT number, number FROM generate_series(1, 50000) AS number")
        }
        // The plan is not old, so this keeps it.
        try connection.renewPlans(after: .seconds(3_600))
    }

    func read() throws -> [Int64] {
        try connection.snapshot { try connection.rows(query, [.integer(7)]) { try $0.required(0) } }
    }

    func plan() throws -> String {
        let name = try #require(
            try connection.row("SELECT name FROM pg_prepared_statements WHERE statement = $1", [.text(query)]) {
                try $0.string(0)
            }
        )
        return try connection.rows("EXPLAIN EXECUTE \(name)(7)") { try $0.string(0) }.joined(separator: "\n")
    }
}
