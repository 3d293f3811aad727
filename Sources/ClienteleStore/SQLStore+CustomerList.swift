public import ClienteleCore

extension SQLStore {
    public func customers(_ query: CustomerQuery) async throws(DomainError) -> Page<Customer> {
        let body = { @Sendable (session: any SQLSession) in try session.snapshot { try session.customers(query) } }
        return query.isQuick ? try await readPoint(body) : try await read(body)
    }
}

extension CustomerQuery {
    /// Rows that an index may be walked over on a thread that answers others.
    private static let quickRows = 500

    /// Whether the list is read within about a millisecond.
    fileprivate var isQuick: Bool {
        let isOneIndexWalk = organizations.count == 1 && active == nil && metadata.isEmpty && (search ?? "").isEmpty
        return isOneIndexWalk && page <= Self.quickRows / limit
    }

    /// Rows before the page; nil when no table can have so many.
    fileprivate var offset: Int64? {
        let (offset, overflow) = Int64(page - 1).multipliedReportingOverflow(by: Int64(limit))
        return overflow ? nil : offset
    }

    /// The order asked for, made total by the number, so that pages neither repeat nor skip a customer.
    fileprivate var order: String {
        (sorting.map { $0.term(ofOne: email != nil) } + [sorting.first?.descending == true ? "number DESC" : "number"])
            .joined(separator: ", ")
    }
}

extension CustomerQuery.Sorting {
    /// Customers without a value come last ascending, and first descending.
    ///
    /// With `ofOne` e-mail address there are so few that the index which finds them goes before the one of the order: the sign
    /// keeps the planner from the other.
    fileprivate func term(ofOne isOne: Bool) -> String {
        let direction = descending ? "DESC NULLS FIRST" : "ASC NULLS LAST"
        switch key {
        case .createdAt: return (isOne ? "+" : "") + (descending ? "created_at DESC" : "created_at")
        case .email: return "email_key \(direction), email_share\(descending ? " DESC" : "")"
        case .name: return "name_key \(direction)"
        }
    }
}

extension SQLSession {
    /// Above so many matches, a page is found by walking the order's index and testing each customer.
    private static var manyMatches: Int { 5_000 }

    func customers(_ walk: CustomerWalk) throws -> [Customer] {
        var arguments = [SQLValue(walk.organization)]
        var conditions = ["organization_id = $1", "deleted_at IS NULL"]
        if let status = walk.status {
            conditions.append("status = \(arguments.placeholder(.text(status.rawValue)))")
            // What the index of the others demands.
            if status != .active { conditions.append("status <> 'active'") }
        }
        if let team = walk.team {
            let isStandard = team == Team.standardID(of: walk.organization)
            conditions.append(isStandard ? "team_id IS NULL" : "team_id = \(arguments.placeholder(SQLValue(team)))")
        }
        if let last = walk.last {
            let (moment, id) = (
                arguments.placeholder(SQLValue(last.createdAt)), arguments.placeholder(SQLValue(last.id))
            )
            conditions.append(
                """
                (created_at, number) < (
                    \(moment), coalesce((SELECT number FROM customers WHERE organization_id = $1 AND id = \(id)), 0)
                )
                """
            )
        }
        return try rows(
            """
            SELECT \(Customer.columns) FROM customers WHERE \(conditions.joined(separator: " AND "))
            ORDER BY created_at DESC, number DESC LIMIT \(walk.limit)
            """,
            arguments,
            Customer.init(row:)
        )
    }

    fileprivate func customers(_ query: CustomerQuery) throws -> Page<Customer> {
        guard !query.organizations.isEmpty else { return Page(items: [], totalCount: 0) }
        var filter = CustomerFilter(query, dialect: dialect, ordered: false)
        let total = try count(filter.count, filter.arguments)
        guard let offset = query.offset, offset < total else { return Page(items: [], totalCount: total) }
        if total > Self.manyMatches { filter = CustomerFilter(query, dialect: dialect, ordered: true) }
        let items = try rows(
            """
            SELECT \(Customer.columns) FROM customers WHERE \(filter.sql)
            ORDER BY \(query.order) LIMIT \(query.limit) OFFSET \(offset)
            """,
            filter.arguments,
            Customer.init(row:)
        )
        return Page(items: items, totalCount: total)
    }
}
