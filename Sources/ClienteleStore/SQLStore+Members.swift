public import ClienteleCore

extension SQLStore: MemberStore {
    public func members(_ query: MemberQuery) async throws(DomainError) -> Page<Member> {
        try await read { session in
            guard !query.organizations.isEmpty else { return Page(items: [], totalCount: 0) }
            var arguments: [SQLValue] = []
            let filter = query.filter(&arguments)
            let total = try session.count("SELECT count(*) \(filter)", arguments)
            let (offset, overflow) = (query.page - 1).multipliedReportingOverflow(by: query.limit)
            guard !overflow, offset < total else { return Page(items: [], totalCount: total) }
            let items = try session.rows(
                "SELECT \(Member.columns) \(filter) ORDER BY \(query.order) LIMIT \(query.limit) OFFSET \(offset)",
                arguments,
                Member.init(row:)
            )
            return Page(items: items, totalCount: total)
        }
    }

    public func member(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> Member {
        try await readPoint { session in
            try session.members(of: try session.customer(customer, in: organizations)).member(key)
        }
    }

    public func addMember(
        to customer: CustomerKey,
        in organizations: [Organization.ID],
        _ make: @escaping @Sendable (Customer, [Member]) throws(DomainError) -> Member
    ) async throws(DomainError) -> Member {
        try await write { session in
            let customer = try session.lockedCustomer(customer, in: organizations)
            let members = try session.members(of: customer)
            let member = try make(customer, members)
            guard !members.contains(member) else { return member }
            try session.insert(member)
            try session.raiseVersion(of: try session.number(of: customer), in: customer.organization)
            try session.record(.memberCreated, member)
            return member
        }
    }

    public func updateMember(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Member, Customer, [Member]) throws(DomainError) -> Void
    ) async throws(DomainError) -> Member {
        try await write { session in
            let customer = try session.lockedCustomer(customer, in: organizations)
            let members = try session.members(of: customer)
            let member = try members.member(key)
            let others = members.filter { $0.id != member.id }
            var changed = member
            try change(&changed, customer, others)
            try session.raiseVersion(of: try session.number(of: customer), in: customer.organization)
            if changed.role == .owner, var former = others.first(where: { $0.role == .owner }) {
                former.role = .billingManager
                former.modifiedAt = changed.modifiedAt
                try session.store(former)
                try session.record(.memberUpdated, former)
            }
            try session.store(changed)
            try session.record(.memberUpdated, changed)
            return changed
        }
    }

    public func removeMember(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ check: @escaping @Sendable (Member) throws(DomainError) -> Void
    ) async throws(DomainError) {
        try await write { session in
            let customer = try session.lockedCustomer(customer, in: organizations)
            let member = try session.members(of: customer).member(key)
            try check(member)
            try session.store(member, deletedAt: now)
            try session.raiseVersion(of: try session.number(of: customer), in: customer.organization)
            try session.record(.memberDeleted, member)
        }
    }
}

extension MemberQuery {
    fileprivate func filter(_ arguments: inout [SQLValue]) -> String {
        let organizations = arguments.placeholders(organizations.map { SQLValue($0) })
        var conditions = ["m.organization_id IN (\(organizations))", "m.deleted_at IS NULL"]
        switch customer {
        case .id(let id): conditions.append("c.id = \(arguments.placeholder(SQLValue(id)))")
        case .externalID(let externalID):
            conditions.append("c.external_id = \(arguments.placeholder(.text(externalID))) AND c.deleted_at IS NULL")
        case nil: break
        }
        if let role { conditions.append("m.role = \(arguments.placeholder(.text(role.rawValue)))") }
        return "FROM \(Member.source) WHERE \(conditions.joined(separator: " AND "))"
    }

    fileprivate var order: String {
        // The sign keeps the planner from walking all members in order to find those of one customer.
        [customer == nil ? "m.created_at" : "+m.created_at", "m.id", "m.customer_number"]
            .map { $0 + (descending ? " DESC" : " ASC") }.joined(separator: ", ")
    }
}

extension [Member] {
    fileprivate func member(_ key: MemberKey) throws(DomainError) -> Member {
        let found =
            switch key {
            case .id(let id): first { $0.id == id }
            case .externalID(let externalID): first { $0.externalID?.hasSameBytes(as: externalID) == true }
            }
        guard let found else { throw .notFound(.member) }
        return found
    }
}

extension SQLSession {
    /// The live members of a customer, oldest first.
    func members(of customer: Customer) throws -> [Member] {
        try rows(
            """
            SELECT \(Member.columns) FROM \(Member.source)
            WHERE c.organization_id = $1 AND c.id = $2 AND m.deleted_at IS NULL ORDER BY +m.created_at, m.id
            """,
            [SQLValue(customer.organization), SQLValue(customer.id)],
            Member.init(row:)
        )
    }

    func insert(_ member: Member) throws {
        try execute(
            """
            INSERT INTO members (organization_id, customer_number, id, created_at, modified_at, deleted_at, email,
                email_key, name, external_id, role)
            SELECT organization_id, number, $2, $4, $5, $6, $7, $8, $9, $10, $11
            FROM customers WHERE organization_id = $1 AND id = $3
            """,
            member.columnValues(deletedAt: nil)
        )
    }

    fileprivate func store(_ member: Member, deletedAt: Timestamp? = nil) throws {
        try execute(
            """
            UPDATE members SET modified_at = $5, deleted_at = $6, email = $7, email_key = $8, name = $9,
                external_id = $10, role = $11
            WHERE organization_id = $1 AND id = $2 AND created_at = $4
                AND customer_number = (SELECT number FROM customers WHERE organization_id = $1 AND id = $3)
            """,
            member.columnValues(deletedAt: deletedAt)
        )
    }

    func setOwnerEmail(_ email: EmailAddress, of customer: Customer) throws {
        guard var owner = try members(of: customer).first(where: { $0.role == .owner }) else { return }
        owner.email = EmailAddress(stored: email.key)
        owner.modifiedAt = customer.modifiedAt
        try store(owner)
        try record(.memberUpdated, owner)
    }

    /// Removes all members of a customer, and gives those who were.
    func removeMembers(of customer: Customer, anonymize: Bool, at now: Timestamp) throws -> [Member] {
        // Who had left before is a person too; read first, so that nobody is hashed twice.
        let former = anonymize ? try formerMembers(of: customer) : []
        var removed = try members(of: customer)
        for index in removed.indices {
            if anonymize { removed[index].anonymize() }
            try store(removed[index], deletedAt: now)
        }
        for (member, left) in former {
            var member = member
            member.anonymize()
            try store(member, deletedAt: left)
        }
        return removed
    }

    private func formerMembers(of customer: Customer) throws -> [(member: Member, left: Timestamp)] {
        try rows(
            """
            SELECT \(Member.columns), m.deleted_at FROM \(Member.source)
            WHERE c.organization_id = $1 AND c.id = $2 AND m.deleted_at IS NOT NULL
            """,
            [SQLValue(customer.organization), SQLValue(customer.id)]
        ) { (try Member(row: $0), try $0.requiredMoment(9)) }
    }
}

extension Member {
    static let columns = """
        m.organization_id, m.id, c.id, m.created_at, m.modified_at, m.email, m.name, m.external_id, m.role
        """

    /// What the columns are selected from: a member knows its customer by number.
    static let source = """
        members m JOIN customers c ON c.organization_id = m.organization_id AND c.number = m.customer_number
        """

    fileprivate func columnValues(deletedAt: Timestamp?) -> [SQLValue] {
        [
            SQLValue(organization), SQLValue(id), SQLValue(customer), SQLValue(createdAt), SQLValue(modifiedAt),
            SQLValue(deletedAt), .text(email.text), .text(email.key), SQLValue(name), SQLValue(externalID),
            .text(role.rawValue),
        ]
    }

    /// The columns in the order that `init(row:)` reads them in.
    var rowValues: [SQLValue] {
        [
            SQLValue(organization), SQLValue(id), SQLValue(customer), SQLValue(createdAt), SQLValue(modifiedAt),
            .text(email.text), SQLValue(name), SQLValue(externalID), .text(role.rawValue),
        ]
    }

    init(row: any SQLRow) throws {
        guard let role = Role(rawValue: try row.string(8)) else { throw SQLError.malformed(column: 8) }
        self.init(
            id: try row.id(1),
            customer: try row.id(2),
            organization: try row.id(0),
            createdAt: try row.requiredMoment(3),
            modifiedAt: row.moment(4),
            email: EmailAddress(stored: try row.string(5)),
            name: row.text(6),
            externalID: row.text(7),
            role: role
        )
    }
}
