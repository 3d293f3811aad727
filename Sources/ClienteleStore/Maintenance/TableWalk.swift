import ClienteleCore

/// A walk over a table in the order of an index, some rows at a time, so that a large table takes little memory.
struct TableWalk {
    let source: String
    /// The columns that order the rows, the same in no two of them.
    let key: [String]
    let columns: [String]

    /// Hands over each row: the columns of the key, then the others.
    func run(in session: any SQLSession, rowsPerPage: Int, _ body: (any SQLRow) throws -> Void) throws {
        let order = key.joined(separator: ", ")
        let placeholders = key.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let selection = "SELECT \((key + columns).joined(separator: ", ")) FROM \(source)"
        let end = "ORDER BY \(order) LIMIT \(rowsPerPage)"
        var last: [SQLValue] = []
        while true {
            let condition = last.isEmpty ? "" : "WHERE (\(order)) > (\(placeholders))"
            var count = 0
            try session.run("\(selection) \(condition) \(end)", last) { row in
                count += 1
                last = key.indices.map { row.value($0) }
                try body(row)
            }
            if count < rowsPerPage { return }
        }
    }
}

extension TableWalk {
    static let members = TableWalk(
        source: "members",
        key: ["organization_id", "customer_number", "id"],
        columns: ["email", "email_key"]
    )

    /// The pairs that are kept for filters, each with the customer that it should be of.
    static let metadata = TableWalk(
        source: """
            customer_metadata m
            LEFT JOIN customers c ON c.organization_id = m.organization_id AND c.number = m.customer_number
            """,
        key: ["m.organization_id", "m.name", "m.value", "m.customer_number"],
        columns: ["c.id", "c.metadata", "c.deleted_at"]
    )

    /// All customers, each with some columns beside those that `Customer` is made of.
    static func customers(_ dialect: SQLDialect, with columns: [String]) -> TableWalk {
        let key =
            switch dialect {
            case .sqlite: ["number"]
            case .postgres: ["organization_id", "number"]
            }
        return TableWalk(source: "customers", key: key, columns: columns + [Customer.columns])
    }
}

extension SQLRow {
    /// An id in its canonical form; what is none, as it is.
    func idText(_ column: Int) -> String {
        if let (high, low) = identifier(column) { return Identifier<Never>(high: high, low: low).text }
        return integer(column).map { String($0) } ?? text(column) ?? "none"
    }
}

/// A row without its first columns.
struct RowTail: SQLRow {
    let row: any SQLRow
    let start: Int

    func integer(_ column: Int) -> Int64? { row.integer(start + column) }
    func number(_ column: Int) -> Double? { row.number(start + column) }
    func text(_ column: Int) -> String? { row.text(start + column) }
    func identifier(_ column: Int) -> (high: UInt64, low: UInt64)? { row.identifier(start + column) }
    func value(_ column: Int) -> SQLValue { row.value(start + column) }
}
