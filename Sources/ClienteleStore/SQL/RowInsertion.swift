/// Adds rows to a table, on PostgreSQL many by one statement.
struct RowInsertion: Sendable {
    private let columns: Int
    private let one: String
    private let many: String

    /// Rows that one statement adds to PostgreSQL.
    private static let rowsPerStatement = 32

    init(into table: String, _ columns: [String]) {
        self.columns = columns.count
        self.one = Self.statement(table, columns, rows: 1)
        self.many = Self.statement(table, columns, rows: Self.rowsPerStatement)
    }

    /// Adds rows in their order, each with a value for each column.
    func insert(_ rows: [[SQLValue]], by session: any SQLSession) throws {
        // SQLite would copy the pages that a statement of several rows touches, to be able to take it back.
        let isOneByOne = session.dialect == .sqlite
        var rest = rows[...]
        while let first = rest.first {
            guard !isOneByOne, rest.count >= Self.rowsPerStatement else {
                try session.execute(one, first)
                rest = rest.dropFirst()
                continue
            }
            var arguments: [SQLValue] = []
            arguments.reserveCapacity(Self.rowsPerStatement * columns)
            for row in rest.prefix(Self.rowsPerStatement) { arguments += row }
            try session.execute(many, arguments)
            rest = rest.dropFirst(Self.rowsPerStatement)
        }
    }

    private static func statement(_ table: String, _ columns: [String], rows: Int) -> String {
        let values = (0..<rows).map { row in
            "(" + (1...columns.count).map { "$\(row * columns.count + $0)" }.joined(separator: ", ") + ")"
        }
        return "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES \(values.joined(separator: ", "))"
    }
}
