import ClienteleCore

/// What a list is asked, as conditions of a statement on one table.
struct RecordFilter {
    var arguments: [SQLValue] = []
    private(set) var conditions: [String] = []
    private let table: String

    /// Begins with whose records are wanted, and what their metadata must have.
    init<Key>(_ query: RecordQuery<Key>, of table: String) {
        self.table = table
        add("organization_id", in: query.organizations.map { SQLValue($0) })
        for filter in query.metadata {
            let name = arguments.placeholder(.text(filter.name))
            let values = arguments.placeholders(filter.values.map { .text($0) })
            conditions.append(
                """
                EXISTS (SELECT 1 FROM record_metadata rm WHERE rm.organization_id = \(table).organization_id
                    AND rm.record_id = \(table).id AND rm.name = \(name) AND rm.value IN (\(values)))
                """
            )
        }
    }

    var sql: String { conditions.joined(separator: " AND ") }

    /// The column has one of the values; nil demands nothing.
    mutating func add(_ column: String, in values: [SQLValue]?) {
        guard let values else { return }
        conditions.append(
            values.isEmpty ? "1 = 0" : "\(table).\(column) IN (\(arguments.placeholders(values)))"
        )
    }

    mutating func add<Value: RawRepresentable>(_ column: String, in values: [Value]?) where Value.RawValue == String {
        add(column, in: values?.map { .text($0.rawValue) })
    }

    mutating func add<Entity>(_ column: String, in values: [Identifier<Entity>]?) {
        add(column, in: values?.map { SQLValue($0) })
    }

    mutating func add(_ column: String, _ comparison: String, _ value: SQLValue?) {
        guard let value else { return }
        conditions.append("\(table).\(column) \(comparison) \(arguments.placeholder(value))")
    }

    /// The column, a folded one, has the text anywhere.
    mutating func add(_ column: String, containing text: String?) {
        guard let text, !text.isEmpty else { return }
        let pattern = arguments.placeholder(.text("%" + text.lowercased().escapedForLike + "%"))
        conditions.append("\(table).\(column) LIKE \(pattern) ESCAPE '\\'")
    }

    /// Any condition on the table, or on one that the statement joins to it.
    mutating func add(_ condition: String) { conditions.append(condition) }

    /// The record's customer is one of these; `c` is the customers' name in the statement.
    mutating func add(customers: [Customer.ID]?, externalIDs: [String]?) {
        if let customers {
            conditions.append(
                customers.isEmpty ? "1 = 0" : "c.id IN (\(arguments.placeholders(customers.map { SQLValue($0) })))"
            )
        }
        if let externalIDs {
            conditions.append("c.external_id IN (\(arguments.placeholders(externalIDs.map { .text($0) })))")
        }
    }
}

extension SQLSession {
    /// A page of what a statement selects, and how many there are.
    func page<Key, Item>(
        _ query: RecordQuery<Key>,
        _ filter: RecordFilter,
        select columns: String,
        from source: String,
        orderedBy terms: [String],
        _ read: (any SQLRow) throws -> Item
    ) throws -> Page<Item> {
        guard !query.organizations.isEmpty else { return Page(items: [], totalCount: 0) }
        let total = try count("SELECT count(*) FROM \(source) WHERE \(filter.sql)", filter.arguments)
        let (offset, overflow) = Int64(query.page - 1).multipliedReportingOverflow(by: Int64(query.limit))
        guard !overflow, offset < total else { return Page(items: [], totalCount: total) }
        let items = try rows(
            """
            SELECT \(columns) FROM \(source) WHERE \(filter.sql)
            ORDER BY \(terms.joined(separator: ", ")) LIMIT \(query.limit) OFFSET \(offset)
            """,
            filter.arguments,
            read
        )
        return Page(items: items, totalCount: total)
    }
}

/// One term of an order: records without a value come last ascending, and first descending.
func orderTerm(_ column: String, descending: Bool) -> String {
    column + (descending ? " DESC NULLS FIRST" : " ASC NULLS LAST")
}

extension Page {
    /// The same page of other items.
    func mapItems<Other>(_ transform: ([Item]) throws -> [Other]) rethrows -> Page<Other> {
        Page<Other>(items: try transform(items), totalCount: totalCount)
    }
}
