public import ClienteleCore

/// How a customer's state is read: the customer, then all that it holds in one statement.
///
/// In SQLite the two are one snapshot. In PostgreSQL, where a transaction costs trips, the second also tells the customer's
/// version: where that is another than the first saw, a write came between, and both are read again.
extension SQLStore {
    public func state(
        of key: CustomerKey,
        in organizations: [Organization.ID],
        at now: Timestamp
    ) async throws(DomainError) -> StateReading {
        try await readPoint { session in
            switch session.dialect {
            case .sqlite:
                return try session.snapshot {
                    let subject = try session.subject(key, in: organizations)
                    return try session.holdings(of: subject, at: now).reading(subject)
                }
            case .postgres:
                while true {
                    let subject = try session.subject(key, in: organizations)
                    let held = try session.holdings(of: subject, at: now)
                    guard held.version == subject.customer.stateVersion else { continue }
                    return held.reading(subject)
                }
            }
        }
    }

    public func states(
        of keys: [CustomerKey],
        in organizations: [Organization.ID],
        at now: Timestamp
    ) async throws(DomainError) -> StatesReading {
        try await read { session in
            var states: [CustomerKey: CustomerState] = [:]
            var behind: [Customer.ID] = []
            for organization in organizations {
                let subjects = try session.subjects(keys, in: organization)
                let holdings = try session.holdings(of: subjects, in: organization, at: now)
                for subject in subjects {
                    let held = holdings[subject.number] ?? Holdings()
                    let customer = subject.customer
                    if held.isBehind || subject.isAwaited { behind.append(customer.id) }
                    let state = held.state(of: customer)
                    states[.id(customer.id)] = state
                    if let externalID = customer.externalID { states[.externalID(externalID)] = state }
                }
            }
            var known: Set<Customer.ID> = []
            let found = keys.compactMap { states[$0] }.filter { known.insert($0.customer.id).inserted }
            return StatesReading(states: found, behind: behind)
        }
    }

    public func lastState(
        of customer: Customer.ID,
        in organization: Organization.ID
    ) async throws(DomainError) -> CustomerState {
        try await readPoint { session in
            try session.snapshot {
                let found = try session.row(
                    "SELECT \(Customer.columns) FROM customers WHERE organization_id = $1 AND id = $2",
                    [SQLValue(organization), SQLValue(customer)],
                    StateSubject.init(row:)
                )
                guard let found else { throw DomainError.notFound(.customer) }
                return try session.holdings(of: found, at: found.customer.createdAt).state(of: found.customer)
            }
        }
    }

    public func checkedSubject(
        _ name: String,
        in organization: Organization.ID
    ) async throws(DomainError) -> BenefitCheck.Subject {
        try await readPoint { session in
            if let id = Benefit.ID(name), let benefit = try session.benefit(id, in: organization) {
                return .benefit(benefit.id, benefit.kind)
            }
            if let id = Meter.ID(name), try session.meter(id, in: organization) != nil { return .meter(id) }
            let key: [SQLValue] = [SQLValue(organization), .text(name)]
            let benefit = try session.row(
                """
                SELECT id, kind FROM benefits WHERE organization_id = $1 AND key = $2 AND deleted_at IS NULL
                ORDER BY created_at LIMIT 1
                """,
                key
            ) { BenefitCheck.Subject.benefit(try $0.id(0), try $0.choice(1)) }
            if let benefit { return benefit }
            let meter = try session.row(
                """
                SELECT id FROM meters WHERE organization_id = $1 AND key = $2 AND archived_at IS NULL
                ORDER BY created_at LIMIT 1
                """,
                key
            ) { BenefitCheck.Subject.meter(try $0.id(0)) }
            guard let meter else { throw DomainError.notFound(.benefit) }
            return meter
        }
    }
}

/// A customer whose state is read.
private struct StateSubject {
    let customer: Customer
    let number: Int64
    /// Whether events wait for it.
    let isAwaited: Bool

    init(row: any SQLRow) throws {
        self.customer = try Customer(row: row)
        self.number = try row.required(Customer.numberColumn)
        self.isAwaited = row.integer(Customer.waitingColumn) != nil
    }
}

/// What one customer holds, as it is read.
private struct Holdings {
    var version: Int64 = 0
    var isBehind = false
    var subscriptions: [Subscription] = []
    var grants: [StateGrant] = []
    var meters: [StateMeter] = []

    func reading(_ subject: StateSubject) -> StateReading {
        isBehind || subject.isAwaited ? .behind : .current(state(of: subject.customer))
    }

    /// The rows come in the order of their ids, which stays where they were made at one moment.
    func state(of customer: Customer) -> CustomerState {
        CustomerState(
            customer: customer,
            subscriptions: subscriptions.inOrder(\.createdAt),
            grants: grants.inOrder(\.createdAt),
            meters: meters.inOrder(\.createdAt)
        )
    }
}

extension Array {
    /// The elements, oldest first; nearly always they are so already.
    fileprivate func inOrder(_ moment: (Element) -> Timestamp) -> [Element] {
        guard zip(self, dropFirst()).contains(where: { moment($1) < moment($0) }) else { return self }
        return sorted { moment($0) < moment($1) }
    }
}

extension SQLSession {
    fileprivate func subject(_ key: CustomerKey, in organizations: [Organization.ID]) throws -> StateSubject {
        var found: StateSubject?
        for organization in organizations {
            let subject =
                switch key {
                case .id(let id):
                    try row(Customer.byID, [SQLValue(organization), SQLValue(id)], StateSubject.init(row:))
                case .externalID(let externalID):
                    try row(
                        Customer.byExternalID,
                        [SQLValue(organization), .text(externalID)],
                        StateSubject.init(row:)
                    )
                }
            guard let subject else { continue }
            guard found == nil else { throw DomainError.ambiguousExternalID }
            found = subject
        }
        guard let found else { throw DomainError.notFound(.customer) }
        return found
    }

    fileprivate func subjects(_ keys: [CustomerKey], in organization: Organization.ID) throws -> [StateSubject] {
        var ids: [SQLValue] = []
        var externalIDs: [SQLValue] = []
        for key in keys {
            switch key {
            case .id(let id): ids.append(SQLValue(id))
            case .externalID(let text): externalIDs.append(.text(text))
            }
        }
        func subjects(_ column: String, _ values: [SQLValue]) throws -> [StateSubject] {
            guard !values.isEmpty else { return [] }
            var arguments = [SQLValue(organization)]
            let list = arguments.placeholders(values.padded)
            return try rows(
                """
                SELECT \(Customer.columns) FROM customers
                WHERE organization_id = $1 AND \(column) IN (\(list)) AND deleted_at IS NULL
                """,
                arguments,
                StateSubject.init(row:)
            )
        }
        let found = try subjects("id", ids) + subjects("external_id", externalIDs)
        return Dictionary(found.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first }).values.map(\.self)
    }

    fileprivate func holdings(of subject: StateSubject, at now: Timestamp) throws -> Holdings {
        var found = Holdings()
        let customer = subject.customer
        try run(holdingsStatement(1, dialect), [SQLValue(customer.organization), .integer(subject.number)]) { row in
            try found.add(row, customer.organization, customer.id, at: now)
        }
        return found
    }

    fileprivate func holdings(
        of subjects: [StateSubject],
        in organization: Organization.ID,
        at now: Timestamp
    ) throws -> [Int64: Holdings] {
        guard !subjects.isEmpty else { return [:] }
        let customers = Dictionary(uniqueKeysWithValues: subjects.map { ($0.number, $0.customer.id) })
        var found: [Int64: Holdings] = [:]
        let numbers = subjects.map { SQLValue.integer($0.number) }.padded
        try run(holdingsStatement(numbers.count, dialect), [SQLValue(organization)] + numbers) { row in
            let number = try row.required(1)
            guard let customer = customers[number] else { return }
            try found[number, default: Holdings()].add(row, organization, customer, at: now)
        }
        return found
    }
}

/// Selects all that some customers hold, in columns that mean another thing for each kind of row.
///
/// PostgreSQL takes the types of the columns from the first part, so that one names them all.
private func holdingsStatement(_ count: Int, _ dialect: SQLDialect) -> String {
    switch (count, dialect) {
    case (1, .sqlite): holdingsOfOneInSQLite
    case (1, .postgres): holdingsOfOneInPostgres
    default: makeHoldingsStatement(count, dialect)
    }
}

private let holdingsOfOneInSQLite = makeHoldingsStatement(1, .sqlite)
private let holdingsOfOneInPostgres = makeHoldingsStatement(1, .postgres)

private func makeHoldingsStatement(_ count: Int, _ dialect: SQLDialect) -> String {
    let numbers = (0..<count).map { "$\($0 + 2)" }.joined(separator: ", ")
    let version =
        switch dialect {
        case .sqlite: ""
        case .postgres:
            """
            UNION ALL
            SELECT 4, number, NULL, state_version, NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM customers WHERE organization_id = $1 AND number IN (\(numbers))
            """
        }
    return """
        SELECT 1, customer_number, id, created_at, modified_at, product_id, amount, current_period_start,
            current_period_end, trial_start, trial_end, canceled_at, started_at, ends_at, cancels_at_period_end, status,
            currency, metadata, interval_unit, prices, CAST(NULL AS double precision), interval_count
        FROM subscriptions
        WHERE organization_id = $1 AND customer_number IN (\(numbers)) AND due_at IS NOT NULL
        UNION ALL
        SELECT 2, g.customer_number, g.id, g.created_at, g.modified_at, g.benefit_id, g.granted_at, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, b.kind,
            CASE WHEN b.kind = 'license_keys' THEN g.properties END, b.metadata, NULL, NULL, NULL, NULL
        FROM benefit_grants g JOIN benefits b ON b.organization_id = g.organization_id AND b.id = g.benefit_id
        WHERE g.organization_id = $1 AND g.customer_number IN (\(numbers)) AND g.granted_at IS NOT NULL
        UNION ALL
        SELECT 3, customer_number, id, created_at, modified_at, meter_id, credited, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, consumed, NULL
        FROM customer_meters
        WHERE organization_id = $1 AND customer_number IN (\(numbers))
        \(version)
        """
}

extension Holdings {
    mutating func add(
        _ row: any SQLRow,
        _ organization: Organization.ID,
        _ customer: Customer.ID,
        at now: Timestamp
    ) throws {
        switch row.integer(0) {
        case 1:
            let subscription = try Subscription(holding: row, organization, customer)
            subscriptions.append(subscription)
            if subscription.isDue(at: now) { isBehind = true }
        case 2: grants.append(try StateGrant(holding: row))
        case 3: meters.append(try StateMeter(holding: row))
        default: version = try row.required(3)
        }
    }
}

extension Subscription {
    fileprivate init(holding row: any SQLRow, _ organization: Organization.ID, _ customer: Customer.ID) throws {
        guard let unit = CalendarInterval.Unit(rawValue: try row.string(18)) else {
            throw SQLError.malformed(column: 18)
        }
        self.init(
            id: try row.id(2),
            organization: organization,
            customer: customer,
            createdAt: try row.requiredMoment(3),
            modifiedAt: row.moment(4),
            product: try row.id(5),
            prices: try row.agreedPrices(19),
            amount: try row.required(6),
            currency: try row.string(16),
            status: try row.choice(15),
            interval: CalendarInterval(unit, count: Int(try row.required(21))),
            anchor: try row.requiredMoment(7),
            currentPeriodStart: try row.requiredMoment(7),
            currentPeriodEnd: try row.requiredMoment(8),
            trialStart: row.moment(9),
            trialEnd: row.moment(10),
            cancelsAtPeriodEnd: row.integer(14) == 1,
            canceledAt: row.moment(11),
            startedAt: row.moment(12),
            endsAt: row.moment(13),
            metadata: Metadata(stored: try row.string(17))
        )
    }
}

extension StateGrant {
    fileprivate init(holding row: any SQLRow) throws {
        self.init(
            id: try row.id(2),
            createdAt: try row.requiredMoment(3),
            modifiedAt: row.moment(4),
            grantedAt: try row.requiredMoment(6),
            licenseKey: row.text(16) == nil ? nil : try row.grantProperties(16).licenseKey,
            benefit: try row.id(5),
            kind: try row.choice(15),
            benefitMetadata: Metadata(stored: try row.string(17))
        )
    }
}

extension StateMeter {
    fileprivate init(holding row: any SQLRow) throws {
        self.init(
            id: try row.id(2),
            createdAt: try row.requiredMoment(3),
            modifiedAt: row.moment(4),
            meter: try row.id(5),
            consumed: row.number(20) ?? 0,
            credited: try row.required(6)
        )
    }
}
