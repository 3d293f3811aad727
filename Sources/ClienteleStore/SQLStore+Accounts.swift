public import ClienteleCore
import ClienteleJSON

extension SQLStore: AccountStore {
    public func changeSubscription(
        _ id: Subscription.ID,
        of key: AccountKey,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError) -> SubscriptionDetails {
        try await write { session in
            try session.changeAccount(key, in: organizations, change)
            return try session.subscription(id, in: organizations)
        }
    }

    public func changeAccount<Value: Sendable>(
        _ key: AccountKey,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Value
    ) async throws(DomainError) -> Value {
        try await write { try $0.changeAccount(key, in: organizations, change) }
    }

    public func changeDueAccounts(
        of organizations: [Organization.ID]?,
        at now: Timestamp,
        limit: Int,
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError) -> Int {
        // Nearly always there is nothing, which a read tells without taking the writer's time.
        let isAnythingDue = try await readPoint { session in
            try !session.dueCustomers(of: organizations, at: now, limit: 1, locked: false).isEmpty
        }
        guard isAnythingDue else { return 0 }
        return try await write { session in
            let due = try session.dueCustomers(of: organizations, at: now, limit: limit, locked: organizations == nil)
            for (organization, number) in due {
                guard let customer = try session.lockedCustomer(number, in: organization) else { continue }
                try session.changeAndRecord(customer, change)
            }
            return due.count
        }
    }
}

extension SQLSession {
    @discardableResult fileprivate func changeAccount<Value>(
        _ key: AccountKey,
        in organizations: [Organization.ID],
        _ change: (inout Account, any AccountSources) throws -> Value
    ) throws -> Value {
        switch key {
        case .customer(let key): try changeAndRecord(try lockedCustomer(key, in: organizations), change)
        case .subscription(let id): try changeAndRecord(try lockedCustomer(with: id, in: organizations), change)
        }
    }

    /// As `changeAccount`, and writes what changed into the feed.
    @discardableResult func changeAndRecord<Value>(
        _ customer: Customer,
        _ change: (inout Account, any AccountSources) throws -> Value
    ) throws -> Value {
        let (value, changes) = try changeAccount(of: customer, change)
        try record(changes, of: customer)
        return value
    }

    /// Reads a customer's account, changes it, and writes back what changed, which it gives; the customer is under lock.
    func changeAccount<Value>(
        of customer: Customer,
        _ change: (inout Account, any AccountSources) throws -> Value
    ) throws -> (value: Value, changes: [AccountDifference]) {
        let number = try number(of: customer)
        try claimEvents(for: customer, number)
        let before = try account(of: customer, number)
        var account = before
        let value = try change(
            &account,
            SessionSources(session: self, organization: customer.organization, customer: number)
        )
        if try store(account, over: before, number) {
            try raiseVersion(of: number, in: customer.organization)
        }
        return (value, account.changes(since: before))
    }

    /// Customers with a subscription that is due, or for whom events wait.
    ///
    /// With `locked`, those alone that no other transaction has locked, which this one then has.
    fileprivate func dueCustomers(
        of organizations: [Organization.ID]?,
        at now: Timestamp,
        limit: Int,
        locked: Bool
    ) throws -> [(organization: Organization.ID, number: Int64)] {
        var arguments: [SQLValue] = [SQLValue(now)]
        func only(_ table: String) -> String {
            guard let organizations else { return "" }
            return "AND \(table).organization_id IN (\(arguments.placeholders(organizations.map { SQLValue($0) })))"
        }
        let lock = locked && dialect == .postgres ? "FOR NO KEY UPDATE OF c SKIP LOCKED" : ""
        let due = try rows(
            """
            SELECT c.organization_id, c.number FROM subscriptions s
            JOIN customers c ON c.organization_id = s.organization_id AND c.number = s.customer_number
            WHERE s.due_at <= $1 \(only("s")) LIMIT \(limit) \(lock)
            """,
            arguments
        ) { (organization: try $0.id(0) as Organization.ID, number: try $0.required(1)) }
        arguments = []
        let waitedFor = try rows(
            """
            SELECT c.organization_id, c.number FROM waiting_events w
            JOIN customers c ON c.organization_id = w.organization_id AND c.external_id = w.external_customer_id
                AND c.deleted_at IS NULL
            WHERE 1 = 1 \(only("w")) LIMIT \(limit) \(lock)
            """,
            arguments
        ) { (organization: try $0.id(0) as Organization.ID, number: try $0.required(1)) }
        return due + waitedFor
    }

    /// The customer of that number, live or not, under lock.
    func lockedCustomer(_ number: Int64, in organization: Organization.ID) throws -> Customer? {
        let key: [SQLValue] = [SQLValue(organization), .integer(number)]
        switch dialect {
        case .sqlite: break  // It has one writer at a time.
        case .postgres:
            try execute("SELECT 1 FROM customers WHERE organization_id = $1 AND number = $2 FOR NO KEY UPDATE", key)
        }
        return try anyCustomer(number, in: organization)
    }

    /// The customer, live or not, who has the subscription, under lock.
    fileprivate func lockedCustomer(
        with id: Subscription.ID,
        in organizations: [Organization.ID]
    ) throws -> Customer {
        try first(.subscription, of: organizations) { organization in
            let number = try row(
                "SELECT customer_number FROM subscriptions WHERE organization_id = $1 AND id = $2",
                [SQLValue(organization), SQLValue(id)]
            ) { try $0.required(0) }
            return try number.flatMap { try lockedCustomer($0, in: organization) }
        }
    }

    private func account(of customer: Customer, _ number: Int64) throws -> Account {
        let key: [SQLValue] = [SQLValue(customer.organization), .integer(number)]
        func records<Record>(_ shape: TableShape, _ read: (any SQLRow) throws -> Record) throws -> [Record] {
            try rows(
                """
                SELECT \(shape.selected("t")) FROM \(shape.name) t
                WHERE t.organization_id = $1 AND t.customer_number = $2
                """,
                key,
                read
            )
        }
        return Account(
            customer: customer,
            owner: try row(
                """
                SELECT id FROM members
                WHERE organization_id = $1 AND customer_number = $2 AND role = 'owner' AND deleted_at IS NULL
                """,
                key
            ) { try $0.id(0) },
            subscriptions: try records(Subscription.shape) { try Subscription(row: $0, customer: customer.id) }
                .sorted { $0.createdAt < $1.createdAt },
            grants: try records(BenefitGrant.shape, BenefitGrant.init(row:)),
            meters: try records(CustomerMeter.shape, CustomerMeter.init(row:))
        )
    }

    /// Writes what differs, and tells whether anything did.
    private func store(_ account: Account, over before: Account, _ number: Int64) throws -> Bool {
        func store<Record: Equatable>(
            _ records: [Record],
            over before: [Record],
            _ shape: TableShape,
            _ isSame: (Record, Record) -> Bool,
            _ values: (Record) -> [SQLValue],
            _ also: (_ record: Record, _ old: Record?) throws -> Void = { _, _ in }
        ) throws -> Bool {
            var isChanged = false
            for record in records {
                let old = before.first { isSame($0, record) }
                guard old != record else { continue }
                try execute(old == nil ? shape.insertion : shape.replacement, values(record))
                try also(record, old)
                isChanged = true
            }
            return isChanged
        }
        let changes = [
            try store(account.subscriptions, over: before.subscriptions, Subscription.shape, { $0.id == $1.id }) {
                $0.columnValues(customer: number)
            } _: { subscription, old in
                guard subscription.metadata != (old?.metadata ?? Metadata()) else { return }
                try setMetadata(subscription.metadata, of: subscription.id, in: subscription.organization)
            },
            try store(account.grants, over: before.grants, BenefitGrant.shape, { $0.id == $1.id }) {
                $0.columnValues(customer: number)
            },
            try store(account.meters, over: before.meters, CustomerMeter.shape, { $0.id == $1.id }) {
                $0.columnValues(customer: number)
            },
        ]
        return changes.contains(true)
    }

    /// Sets what filters find a record by.
    func setMetadata(_ metadata: Metadata, of id: Identifier<some Any>, in organization: Organization.ID) throws {
        let key: [SQLValue] = [SQLValue(organization), SQLValue(id)]
        try execute("DELETE FROM record_metadata WHERE organization_id = $1 AND record_id = $2", key)
        for pair in metadata.filterPairs {
            try execute(
                "INSERT INTO record_metadata (organization_id, record_id, name, value) VALUES ($1, $2, $3, $4)",
                key + [.text(pair.name), .text(pair.text)]
            )
        }
    }
}

/// What the rules look up while one account is changed.
private struct SessionSources: AccountSources {
    let session: any SQLSession
    let organization: Organization.ID
    let customer: Int64

    func product(_ id: Product.ID) throws -> Product {
        // Whoever changes what it gives must wait, or is waited for: no subscriber is missed.
        try session.lock("products", id, in: organization, shared: true)
        guard let product = try session.product(id, in: organization) else { throw DomainError.notFound(.product) }
        return product
    }

    func benefit(_ id: Benefit.ID) throws -> Benefit {
        guard let benefit = try session.anyBenefit(id, in: organization) else { throw DomainError.notFound(.benefit) }
        return benefit
    }

    func meter(_ id: Meter.ID) throws -> Meter {
        guard let meter = try session.meter(id, in: organization) else { throw DomainError.notFound(.meter) }
        return meter
    }

    func recount(_ id: Meter.ID, from start: Timestamp, before end: Timestamp?) throws -> MeterUsage {
        try session.recount(try meter(id), of: customer, from: start, before: end)
    }
}
