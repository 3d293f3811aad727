import Crypto

/// A table of an installation, as one engine's rows are compared with the other's.
struct StoredTable: Sendable {
    let name: String
    /// Columns that order the rows in SQLite by an index, whose values no two rows share.
    let sqliteKey: [String]
    /// The same for PostgreSQL.
    let postgresKey: [String]

    init(_ name: String, key: [String], sqliteKey: [String]? = nil) {
        self.name = name
        self.sqliteKey = sqliteKey ?? key
        self.postgresKey = key
    }

    /// All that are kept, each after those that it refers to.
    ///
    /// What follows from others is not here: counters, and what an engine keeps for search. Nor is what each installation
    /// has of its own: the key for cursors, the buckets of calls, the processes that send webhooks.
    static let all = [
        StoredTable("organizations", key: ["id"]),
        StoredTable("access_tokens", key: ["organization_id", "id"]),
        StoredTable("teams", key: ["organization_id", "id"]),
        StoredTable("customers", key: ["organization_id", "number"], sqliteKey: ["number"]),
        StoredTable("customer_metadata", key: ["organization_id", "name", "value", "customer_number"]),
        StoredTable("members", key: ["organization_id", "customer_number", "id"]),
        StoredTable("meters", key: ["organization_id", "id"]),
        StoredTable("benefits", key: ["organization_id", "id"]),
        StoredTable("products", key: ["organization_id", "id"]),
        StoredTable("product_benefits", key: ["organization_id", "product_id", "position"]),
        StoredTable("record_metadata", key: ["organization_id", "record_id", "name"]),
        StoredTable("subscriptions", key: ["organization_id", "customer_number", "id"]),
        StoredTable("benefit_grants", key: ["organization_id", "customer_number", "id"]),
        StoredTable("customer_meters", key: ["organization_id", "customer_number", "meter_id"]),
        StoredTable("customer_meter_values", key: ["organization_id", "customer_number", "meter_id", "value"]),
        StoredTable("events", key: ["organization_id", "number"], sqliteKey: ["number"]),
        StoredTable("waiting_events", key: ["organization_id", "external_customer_id"]),
        StoredTable("answers", key: ["organization_id", "key"]),
        StoredTable("call_limits", key: ["organization_id"]),
        StoredTable("changes", key: ["organization_id", "number"], sqliteKey: ["number"]),
        StoredTable("webhook_queues", key: ["organization_id"]),
        StoredTable("webhook_endpoints", key: ["organization_id", "id"]),
        StoredTable("webhook_secrets", key: ["organization_id", "endpoint_id", "id"]),
        StoredTable("webhook_events", key: ["organization_id", "number"], sqliteKey: ["number"]),
        StoredTable("webhook_deliveries", key: ["organization_id", "number"], sqliteKey: ["number"]),
        StoredTable("webhook_states", key: ["organization_id", "endpoint_id", "customer_id"]),
        // After customers, of which there may be more than a plan now has room for.
        StoredTable("plans", key: ["organization_id"]),
    ]

    func key(_ dialect: SQLDialect) -> [String] {
        switch dialect {
        case .sqlite: sqliteKey
        case .postgres: postgresKey
        }
    }
}

/// How many rows there are, and a sum of what is in them that no order changes.
struct TableSum: Equatable, Sendable, CustomStringConvertible {
    private(set) var rows = 0
    private var sum: UInt64 = 0

    mutating func add(_ row: [SQLValue]) {
        var bytes: [UInt8] = []
        for value in row { value.append(to: &bytes) }
        let first = SHA256.hash(data: bytes).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rows += 1
        sum &+= first
    }

    var description: String { "\(rows) rows with the checksum \(text)" }

    /// The sum as 16 hexadecimal digits.
    var text: String {
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension SQLValue {
    /// The value in a form that is the same for every engine and tells any two values apart.
    fileprivate func append(to bytes: inout [UInt8]) {
        func append(_ tag: Character, _ value: [UInt8]) {
            bytes.append(contentsOf: "\(tag)\(value.count):".utf8)
            bytes.append(contentsOf: value)
        }
        switch self {
        case .null: append("n", [])
        case .integer(let integer): append("i", Array(String(integer).utf8))
        case .real(let number): append("r", Array(String(number.bitPattern).utf8))
        case .text(let text): append("t", Array(text.utf8))
        case .bytes(let value): append("b", value)
        case .identifier(let high, let low):
            append("b", withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) })
        }
    }
}

extension SQLSession {
    /// The columns of a table, sorted by name, so that both engines give them in one order.
    func columns(of table: StoredTable) throws -> [String] {
        let sql =
            switch dialect {
            case .sqlite: "SELECT name FROM pragma_table_info($1) ORDER BY name"
            case .postgres:
                """
                SELECT CAST(column_name AS text) FROM information_schema.columns
                WHERE table_name = $1 AND table_schema = current_schema() ORDER BY column_name COLLATE "C"
                """
            }
        return try rows(sql, [.text(table.name)]) { try $0.string(0) }
    }

    /// The next rows of a table after the row with `last` as its key; from the first where it is nil.
    func rows(
        of table: StoredTable,
        columns: [String],
        after last: [SQLValue]?,
        limit: Int
    ) throws -> [[SQLValue]] {
        let key = table.key(dialect)
        let placeholders = key.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let list = key.joined(separator: ", ")
        return try rows(
            """
            SELECT \(columns.joined(separator: ", ")) FROM \(table.name)
            \(last == nil ? "" : "WHERE (\(list)) > (\(placeholders))") ORDER BY \(list) LIMIT \(limit)
            """,
            last ?? []
        ) { row in columns.indices.map { row.value($0) } }
    }

    /// Hands over all rows of a table after `last`, some thousands at a time.
    func eachBatch(
        of table: StoredTable,
        columns: [String],
        after last: [SQLValue]? = nil,
        _ body: ([[SQLValue]]) throws -> Void
    ) throws {
        let batchSize = 5_000
        let positions = table.key(dialect).compactMap { columns.firstIndex(of: $0) }
        var last = last
        while true {
            let batch = try rows(of: table, columns: columns, after: last, limit: batchSize)
            guard let final = batch.last else { return }
            try body(batch)
            last = positions.map { final[$0] }
        }
    }

    func sum(of table: StoredTable, columns: [String], onRows: (Int) -> Void) throws -> TableSum {
        var sum = TableSum()
        try eachBatch(of: table, columns: columns) { batch in
            for row in batch { sum.add(row) }
            onRows(batch.count)
        }
        return sum
    }
}
