public import ClienteleCore

extension SQLStore: ChangeStore {
    public func changes(
        of organization: Organization.ID,
        after last: FeedEntry.Sequence?,
        limit: Int
    ) async throws(DomainError) -> ChangePage {
        try await placeChanges(of: organization)
        // Nearly always who asks again and again finds nothing, which takes no time.
        let isAnyThere = try await readPoint { session in
            try session.row(
                "SELECT 1 FROM changes WHERE organization_id = $1 AND sequence > $2 LIMIT 1",
                [SQLValue(organization), .integer(last ?? 0)]
            ) { _ in true } == true
        }
        guard isAnyThere else { return ChangePage(changes: [], hasMore: false) }
        return try await read { try $0.changes(of: organization, after: last, limit: limit) }
    }

    public func lastChange(of organization: Organization.ID) async throws(DomainError) -> FeedEntry.Sequence {
        try await placeChanges(of: organization)
        return try await readPoint { try $0.lastChange(of: organization) }
    }

    public func placeChanges() async throws(DomainError) {
        switch engine.dialect {
        case .sqlite: return
        case .postgres: break
        }
        let organizations = try await readPoint { session in
            // One probe of the index for each organization.
            try session.rows(
                """
                WITH RECURSIVE fresh (id) AS (
                    (SELECT organization_id FROM changes WHERE sequence IS NULL ORDER BY organization_id LIMIT 1)
                    UNION ALL
                    SELECT (SELECT c.organization_id FROM changes c
                        WHERE c.sequence IS NULL AND c.organization_id > fresh.id ORDER BY c.organization_id LIMIT 1)
                    FROM fresh WHERE fresh.id IS NOT NULL
                )
                SELECT id FROM fresh WHERE id IS NOT NULL
                """
            ) { try $0.id(0) as Organization.ID }
        }
        for organization in organizations { try await placeChanges(of: organization) }
    }

    public func forgetChanges(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int {
        let organizations = try await read { session in
            try session.rows(
                """
                SELECT o.id FROM organizations o WHERE (
                    SELECT c.at FROM changes c
                    WHERE c.organization_id = o.id AND c.sequence IS NOT NULL ORDER BY c.sequence LIMIT 1
                ) < $1
                """,
                [SQLValue(moment)]
            ) { try $0.id(0) as Organization.ID }
        }
        var forgotten = 0
        for organization in organizations where forgotten < limit {
            let room = limit - forgotten
            forgotten += try await transact { session in
                try session.forgetChanges(of: organization, before: moment, limit: room)
            }
        }
        return forgotten
    }

    /// Gives what was committed of an organization its places, where it has none yet.
    private func placeChanges(of organization: Organization.ID) async throws(DomainError) {
        switch engine.dialect {
        case .sqlite: return
        case .postgres: break
        }
        let isAnyFresh = try await readPoint { session in
            try session.row(
                "SELECT 1 FROM changes WHERE organization_id = $1 AND sequence IS NULL LIMIT 1",
                [SQLValue(organization)]
            ) { _ in true } == true
        }
        guard isAnyFresh else { return }
        try await transact { try $0.placeChanges(of: organization) }
    }
}

extension SQLSession {
    /// Gives all changes of an organization that were committed by now their places.
    ///
    /// One process does so at a time. What a transaction commits that is still under way comes after them, whatever its
    /// number; and among them, what changed one customer later has the greater number, since it waited for the customer.
    func placeChanges(of organization: Organization.ID) throws {
        switch dialect {
        case .sqlite: return  // Its writer gives them as it writes.
        case .postgres: break
        }
        try lock(organization, for: .places, shared: false)
        // Those that come meanwhile are left to the next one who reads.
        let last = try freshChange(of: organization, "max")
        while let last, let first = try freshChange(of: organization, "min"), first <= last {
            try execute(
                """
                UPDATE changes SET sequence = placed.sequence
                FROM (
                    SELECT number, coalesce(
                        (SELECT max(sequence) FROM changes WHERE organization_id = $1 AND sequence IS NOT NULL), 0
                    ) + row_number() OVER (ORDER BY number) AS sequence
                    FROM (
                        SELECT number FROM changes WHERE organization_id = $1 AND sequence IS NULL
                        ORDER BY number LIMIT \(placedAtOnce)
                    ) AS fresh
                ) AS placed
                WHERE changes.organization_id = $1 AND changes.number = placed.number
                """,
                [SQLValue(organization)]
            )
        }
    }

    /// The first or the last number that has no place yet.
    private func freshChange(of organization: Organization.ID, _ end: String) throws -> Int64? {
        try row(
            "SELECT \(end)(number) FROM changes WHERE organization_id = $1 AND sequence IS NULL",
            [SQLValue(organization)]
        ) { $0.integer(0) } ?? nil
    }

    func lastChange(of organization: Organization.ID) throws -> FeedEntry.Sequence {
        try row(
            """
            SELECT sequence FROM changes WHERE organization_id = $1 AND sequence IS NOT NULL
            ORDER BY sequence DESC LIMIT 1
            """,
            [SQLValue(organization)]
        ) { try $0.required(0) } ?? 0
    }

    func changes(of organization: Organization.ID, after last: FeedEntry.Sequence?, limit: Int) throws -> ChangePage {
        var reader = ChangeReader(session: self, organization: organization)
        let rows = try rows(
            """
            SELECT \(ChangeReader.columns) FROM changes
            WHERE organization_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
            """,
            [SQLValue(organization), .integer(last ?? 0), .integer(Int64(limit) + 1)],
            ChangeReader.Row.init(row:)
        )
        if let last, let first = rows.first?.sequence, first > last + 1 { throw DomainError.changesGone(first: first) }
        return ChangePage(changes: try rows.prefix(limit).map { try reader.change($0) }, hasMore: rows.count > limit)
    }

    fileprivate func forgetChanges(
        of organization: Organization.ID,
        before moment: Timestamp,
        limit: Int
    ) throws -> Int {
        let key = SQLValue(organization)
        let end = try row(
            """
            SELECT max(sequence) FROM (
                SELECT sequence, at FROM changes WHERE organization_id = $1 AND sequence IS NOT NULL
                ORDER BY sequence LIMIT $3
            ) AS oldest
            WHERE at < $2 AND sequence < (
                SELECT max(sequence) FROM changes WHERE organization_id = $1 AND sequence IS NOT NULL
            )
            """,
            [key, SQLValue(moment), .integer(Int64(limit))]
        ) { $0.integer(0) }
        guard let end = end ?? nil else { return 0 }
        let count = try count(
            "SELECT count(*) FROM changes WHERE organization_id = $1 AND sequence <= $2",
            [key, .integer(end)]
        )
        try execute("DELETE FROM changes WHERE organization_id = $1 AND sequence <= $2", [key, .integer(end)])
        return count
    }
}

/// Changes that one statement gives their places: few enough for the time that a statement may take.
private let placedAtOnce = 5_000

/// Reads changes of one organization, with what is shown beside their records; each of that once.
struct ChangeReader {
    let session: any SQLSession
    let organization: Organization.ID
    private var customers: [Customer.ID: (number: Int64, customer: Customer)] = [:]
    private var products: [Product.ID: Product] = [:]

    init(session: any SQLSession, organization: Organization.ID) {
        self.session = session
        self.organization = organization
    }

    /// A change as it is kept.
    struct Row {
        let sequence: FeedEntry.Sequence
        let at: Timestamp
        let kind: FeedEntry.Kind
        let customer: Customer.ID?
        let stateVersion: Int64?
        let actor: AccessToken.ID?
        let record: String?

        init(row: any SQLRow) throws {
            self.sequence = try row.required(0)
            self.at = try row.requiredMoment(1)
            self.kind = try row.choice(2)
            self.customer = row.identifier(3).map { Customer.ID(high: $0.high, low: $0.low) }
            self.stateVersion = row.integer(4)
            self.actor = row.identifier(5).map { AccessToken.ID(high: $0.high, low: $0.low) }
            self.record = row.text(6)
        }
    }

    static let columns = "sequence, at, kind, customer_id, state_version, actor_id, record"

    mutating func change(_ row: Row) throws -> FeedEntry {
        FeedEntry(
            organization: organization,
            sequence: row.sequence,
            at: row.at,
            kind: row.kind,
            customer: row.customer,
            stateVersion: row.stateVersion,
            actor: row.actor,
            subject: try row.record.map { try subject(row.kind, row.customer, try KeptRow($0)) }
        )
    }

    private mutating func subject(
        _ kind: FeedEntry.Kind,
        _ customer: Customer.ID?,
        _ record: KeptRow
    ) throws -> FeedEntry.Subject {
        switch kind {
        case .customerCreated, .customerUpdated, .customerArchived, .customerDeleted:
            return .customer(try Customer(row: record))
        case .memberCreated, .memberUpdated, .memberDeleted: return .member(try Member(row: record))
        case .benefitCreated, .benefitUpdated: return .benefit(try Benefit(row: record))
        case .productCreated, .productUpdated:
            return .product(try session.completed([try Product(row: record)])[0])
        case .customerMeterUpdated: return .customerMeter(StateMeter(try CustomerMeter(row: record)))
        case .subscriptionCreated, .subscriptionActive, .subscriptionUpdated, .subscriptionCanceled,
            .subscriptionUncanceled, .subscriptionCycled, .subscriptionRevoked:
            let (number, customer) = try holder(customer)
            let subscription = try Subscription(row: record, customer: customer.id)
            let product = try products[subscription.product] ?? product(subscription.product)
            return .subscription(try session.details(of: subscription, number, customer, product))
        case .grantCreated, .grantUpdated, .grantCycled, .grantRevoked:
            let details = try session.details(of: try BenefitGrant(row: record), try holder(customer).number)
            return .grant(details, previous: try record.grantProperties(KeptRecord.previousProperties))
        }
    }

    private mutating func holder(_ id: Customer.ID?) throws -> (number: Int64, customer: Customer) {
        guard let id else { throw SQLError(.other, "a change of what a customer holds names none") }
        if let known = customers[id] { return known }
        let number = try session.row(
            "SELECT number FROM customers WHERE organization_id = $1 AND id = $2",
            [SQLValue(organization), SQLValue(id)]
        ) { try $0.required(0) }
        guard let number, let customer = try session.anyCustomer(number, in: organization) else {
            throw SQLError(.other, "a change names the customer \(id), who is not there")
        }
        customers[id] = (number, customer)
        return (number, customer)
    }

    private mutating func product(_ id: Product.ID) throws -> Product {
        guard let product = try session.product(id, in: organization) else {
            throw SQLError(.other, "a change names the product \(id), which is not there")
        }
        products[id] = product
        return product
    }
}

extension StateMeter {
    fileprivate init(_ meter: CustomerMeter) {
        self.init(
            id: meter.id,
            createdAt: meter.createdAt,
            modifiedAt: meter.modifiedAt,
            meter: meter.meter,
            consumed: meter.consumed,
            credited: meter.credited
        )
    }
}
