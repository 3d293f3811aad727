import ClienteleCore

/// A customer query as conditions of a statement.
///
/// A condition that names its customers by a subquery is fast when they are few, or when they are tested one by one while an
/// index gives the order; `ordered` picks the second, for a list that shows a page of very many.
struct CustomerFilter {
    private(set) var arguments: [SQLValue] = []
    private var conditions: [String] = []
    private let organizations: String
    /// What keeps SQLite's planner from walking all customers of an organization to find the few that a subquery names.
    private var walkGuard = ""

    init(_ query: CustomerQuery, dialect: SQLDialect, ordered: Bool) {
        self.organizations = arguments.placeholders(query.organizations.map { SQLValue($0) })
        if let active = query.active {
            conditions.append(
                """
                \(active ? "" : "NOT ")EXISTS (SELECT 1 FROM subscriptions s
                    WHERE s.organization_id = customers.organization_id AND s.customer_number = customers.number
                        AND s.due_at IS NOT NULL)
                """
            )
        }
        if let email = query.email {
            conditions.append("email_key = \(arguments.placeholder(.text(email.lowercased())))")
        }
        for filter in query.metadata { addMetadata(filter.name, filter.values, ordered: ordered) }
        if let search = query.search, !search.isEmpty { addSearch(search.lowercased(), dialect, ordered: ordered) }
        let isNamedBySubquery =
            !query.metadata.isEmpty || (query.search ?? "").unicodeScalars.count >= Self.indexedLength
        switch dialect {
        case .sqlite: if isNamedBySubquery, query.email == nil, !ordered { walkGuard = "+" }
        case .postgres: break  // Its planner knows how many rows to expect.
        }
    }

    /// Whether every live customer of the organizations is wanted.
    var isEmpty: Bool { conditions.isEmpty }

    var sql: String {
        (["\(walkGuard)organization_id IN (\(organizations))", "deleted_at IS NULL"] + conditions).joined(
            separator: " AND "
        )
    }

    /// Counts the customers that match.
    var count: String {
        // The counters are kept with every change, so that nothing need be counted.
        isEmpty
            ? "SELECT CAST(coalesce(sum(live), 0) AS bigint) FROM customer_counts WHERE organization_id IN (\(organizations))"
            : "SELECT count(*) FROM customers WHERE \(sql)"
    }

    private mutating func addMetadata(_ name: String, _ values: [String], ordered: Bool) {
        let pair = """
            m.name = \(arguments.placeholder(.text(name)))
            AND m.value IN (\(arguments.placeholders(values.map { .text($0) })))
            """
        conditions.append(
            ordered
                ? """
                EXISTS (SELECT 1 FROM customer_metadata m WHERE m.organization_id = customers.organization_id
                    AND \(pair) AND m.customer_number = customers.number)
                """
                : """
                number IN (
                    SELECT m.customer_number FROM customer_metadata m
                    WHERE m.organization_id IN (\(organizations)) AND \(pair)
                )
                """
        )
    }

    private mutating func addSearch(_ text: String, _ dialect: SQLDialect, ordered: Bool) {
        let first = arguments.placeholder(.text(text))
        let last = arguments.placeholder(.text(text + "\u{10FFFF}"))
        let byExternalID = """
            organization_id IN (\(organizations)) AND deleted_at IS NULL AND external_id_key IS NOT NULL
            AND external_id_key >= \(first) AND external_id_key < \(last)
            """
        let texts = ["email_key", "name_key", "billing_name_key"]
        switch dialect {
        case .postgres:
            let pattern = arguments.placeholder(.text("%" + text.escapedForLike + "%"))
            let contained = texts.map { "\($0) LIKE \(pattern)" }.joined(separator: " OR ")
            conditions.append("(\(contained) OR (\(byExternalID)))")
        case .sqlite:
            guard text.unicodeScalars.count >= Self.indexedLength else {
                let contained = texts.map { "instr(\($0), \(first)) > 0" }.joined(separator: " OR ")
                conditions.append("(\(contained) OR (\(byExternalID)))")
                return
            }
            let phrase =
                "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            // The sign keeps the planner from walking the subquery's numbers instead of the order's index.
            conditions.append(
                """
                \(ordered ? "+" : "")number IN (
                    SELECT rowid FROM customers_search WHERE customers_search MATCH \(arguments.placeholder(.text(phrase)))
                    UNION SELECT number FROM customers WHERE \(byExternalID)
                )
                """
            )
        }
    }

    /// Characters that a text must have for the search index to find it.
    private static let indexedLength = 3
}

extension String {
    /// The text with the characters escaped that `LIKE` takes for patterns.
    var escapedForLike: String {
        unicodeScalars.reduce(into: "") { escaped, scalar in
            if ["%", "_", "\\"].contains(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
    }
}
