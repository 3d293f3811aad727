/// A table's columns in one order for reading and writing; the first ones are its key.
struct TableShape: Sendable {
    let name: String
    let columns: [String]
    private let keyLength: Int

    init(_ name: String, key: Int, _ columns: [String]) {
        self.name = name
        self.columns = columns
        self.keyLength = key
    }

    /// Adds a row with a value for each column.
    var insertion: String { "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES (\(placeholders))" }

    /// Sets every column of the row that has the key.
    var replacement: String {
        let assignments = columns.enumerated().dropFirst(keyLength).map { "\($1) = $\($0 + 1)" }
        let key = columns.prefix(keyLength).enumerated().map { "\($1) = $\($0 + 1)" }
        return "UPDATE \(name) SET \(assignments.joined(separator: ", ")) WHERE \(key.joined(separator: " AND "))"
    }

    /// The columns as a statement selects them of the table under this name.
    func selected(_ alias: String) -> String { columns.map { "\(alias).\($0)" }.joined(separator: ", ") }

    private var placeholders: String { columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ") }
}
