public import ClienteleCore

extension SQLStore {
    public func meters(_ query: MeterQuery) async throws(DomainError) -> Page<Meter> {
        try await read { session in
            var filter = RecordFilter(query.list, of: "t")
            filter.add("name_key", containing: query.search)
            if let isArchived = query.isArchived { filter.add("t.archived_at IS \(isArchived ? "NOT " : "")NULL") }
            return try session.page(
                query.list,
                filter,
                select: Meter.shape.selected("t"),
                from: "meters t",
                orderedBy: query.list.sorting.map { sorting in
                    switch sorting.key {
                    case .createdAt: orderTerm("t.created_at", descending: sorting.descending)
                    case .name: orderTerm("t.name_key", descending: sorting.descending)
                    }
                } + ["t.id"],
                Meter.init(row:)
            )
        }
    }

    public func meter(_ id: Meter.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Meter {
        try await readPoint { try $0.meter(id, in: organizations) }
    }

    public func insert(_ meter: Meter) async throws(DomainError) -> Meter {
        try await write { session in
            try session.lockMeters(of: meter.organization, shared: false)
            try session.execute(Meter.shape.insertion, meter.columnValues)
            try session.setMetadata(meter.metadata, of: meter.id, in: meter.organization)
            try session.countAll(meter, at: meter.createdAt)
            return meter
        }
    }

    public func updateMeter(
        _ id: Meter.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Meter) -> Void
    ) async throws(DomainError) -> Meter {
        try await write { session in
            let found = try session.meter(id, in: organizations)
            try session.lockMeters(of: found.organization, shared: false)
            let before = try session.meter(id, in: organizations)
            var meter = before
            change(&meter)
            guard meter != before else { return meter }
            try session.execute(Meter.shape.replacement, meter.columnValues)
            try session.setMetadata(meter.metadata, of: meter.id, in: meter.organization)
            if meter.filter != before.filter || meter.aggregation != before.aggregation {
                try session.countAll(meter, at: now)
            }
            return meter
        }
    }

    public func customerMeters(
        _ query: CustomerMeterQuery
    ) async throws(DomainError) -> Page<CustomerMeterDetails> {
        try await read { session in
            var filter = RecordFilter(query.list, of: "u")
            filter.add(customers: query.customers, externalIDs: query.externalCustomerIDs)
            filter.add("meter_id", in: query.meters)
            if query.meters == nil { filter.add("t.archived_at IS NULL") }
            return try session.page(
                query.list,
                filter,
                select: CustomerMeter.shape.selected("u"),
                from: customerMeterSource,
                orderedBy: query.list.sorting.map { orderTerm($0.key.column, descending: $0.descending) } + ["u.id"],
                CustomerMeterRecord.init(row:)
            ).mapItems { try $0.map(session.details) }
        }
    }

    public func customerMeter(
        _ id: CustomerMeter.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> CustomerMeterDetails {
        try await readPoint { session in
            let found = try session.first(.customerMeter, of: organizations) { organization in
                try session.row(
                    """
                    SELECT \(CustomerMeter.shape.selected("u")) FROM \(customerMeterSource)
                    WHERE u.organization_id = $1 AND u.id = $2
                    """,
                    [SQLValue(organization), SQLValue(id)],
                    CustomerMeterRecord.init(row:)
                )
            }
            return try session.details(of: found)
        }
    }
}

/// The records of live customers.
private let customerMeterSource = """
    customer_meters u
    JOIN customers c ON c.organization_id = u.organization_id AND c.number = u.customer_number AND c.deleted_at IS NULL
    JOIN meters t ON t.organization_id = u.organization_id AND t.id = u.meter_id
    """

/// What a customer has used, and the number of the customer.
private struct CustomerMeterRecord {
    let meter: CustomerMeter
    let number: Int64

    init(row: any SQLRow) throws {
        self.meter = try CustomerMeter(row: row)
        self.number = try row.required(1)
    }
}

extension CustomerMeterQuery.Key {
    fileprivate var column: String {
        switch self {
        case .createdAt: "u.created_at"
        // What was never changed was last changed when it was made.
        case .modifiedAt: "coalesce(u.modified_at, u.created_at)"
        case .customerID: "c.id"
        case .customerName: "c.name_key"
        case .meterID: "u.meter_id"
        case .meterName: "t.name_key"
        case .consumedUnits: "u.consumed"
        case .creditedUnits: "u.credited"
        case .balance: "u.credited - u.consumed"
        }
    }
}

extension SQLSession {
    func meter(_ id: Meter.ID, in organizations: [Organization.ID]) throws -> Meter {
        try first(.meter, of: organizations) { try meter(id, in: $0) }
    }

    func meter(_ id: Meter.ID, in organization: Organization.ID) throws -> Meter? {
        try row(
            "SELECT \(Meter.shape.selected("t")) FROM meters t WHERE t.organization_id = $1 AND t.id = $2",
            [SQLValue(organization), SQLValue(id)],
            Meter.init(row:)
        )
    }

    func meters(_ ids: [Meter.ID], in organization: Organization.ID) throws -> [Meter] {
        try ids.compactMap { try meter($0, in: organization) }
    }

    /// Every meter of an organization, archived or not.
    func meters(in organization: Organization.ID) throws -> [Meter] {
        try rows(
            "SELECT \(Meter.shape.selected("t")) FROM meters t WHERE t.organization_id = $1",
            [SQLValue(organization)],
            Meter.init(row:)
        )
    }

    fileprivate func details(of record: CustomerMeterRecord) throws -> CustomerMeterDetails {
        guard let customer = try anyCustomer(record.number, in: record.meter.organization),
            let meter = try meter(record.meter.meter, in: record.meter.organization)
        else { throw SQLError(.other, "the record \(record.meter.id) is of nobody or of nothing") }
        return CustomerMeterDetails(record: record.meter, customer: customer, meter: meter)
    }

    /// Counts one customer's events of a stretch of time; where different values count, keeps them in place of those before.
    func recount(
        _ meter: Meter,
        of number: Int64,
        from start: Timestamp?,
        before end: Timestamp?
    ) throws -> MeterUsage {
        var usage = MeterUsage()
        var values: Set<String> = []
        try run(
            """
            SELECT name, source, timestamp, metadata FROM events
            WHERE organization_id = $1 AND customer_number = $2 AND timestamp >= $3 AND timestamp < $4
            ORDER BY timestamp, number
            """,
            [
                SQLValue(meter.organization), .integer(number), .integer(start?.microseconds ?? .min),
                .integer(end?.microseconds ?? .max),
            ]
        ) { row in
            guard let contribution = meter.contribution(of: try MeteredEvent(row: row)) else { return }
            usage.add(contribution)
            if case .value(let value) = contribution { values.insert(value.storedKey) }
        }
        guard meter.aggregation.function == .unique else { return usage }
        try execute(
            """
            DELETE FROM customer_meter_values
            WHERE organization_id = $1 AND customer_number = $2 AND meter_id = $3
            """,
            [SQLValue(meter.organization), .integer(number), SQLValue(meter.id)]
        )
        usage.distinct = try addValues(values, of: meter, number)
        return usage
    }

    /// Keeps values that a customer's events had, and tells how many of them were new.
    func addValues(_ values: Set<String>, of meter: Meter, _ number: Int64) throws -> Int64 {
        var added: Int64 = 0
        for value in values.sorted() {
            let isNew = try row(
                """
                INSERT INTO customer_meter_values (organization_id, customer_number, meter_id, value)
                VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1
                """,
                [SQLValue(meter.organization), .integer(number), SQLValue(meter.id), .text(value)]
            ) { _ in true }
            if isNew == true { added += 1 }
        }
        return added
    }

    /// Counts all events of an organization by a meter that is new or counts otherwise now.
    fileprivate func countAll(_ meter: Meter, at now: Timestamp) throws {
        let numbers = try rows(
            """
            SELECT DISTINCT customer_number FROM events WHERE organization_id = $1 AND customer_number IS NOT NULL
            UNION SELECT customer_number FROM customer_meters WHERE organization_id = $1 AND meter_id = $2
            ORDER BY 1
            """,
            [SQLValue(meter.organization), SQLValue(meter.id)]
        ) { try $0.required(0) }
        for number in numbers {
            guard let customer = try lockedCustomer(number, in: meter.organization) else { continue }
            let known = try customerMeter(meter.id, of: number, in: meter.organization)
            let usage = try recount(meter, of: number, from: known?.resetAt, before: nil)
            guard known != nil || usage.events > 0 else { continue }
            let record = CustomerMeter(
                id: CustomerMeter.id(of: customer.id, by: meter.id),
                organization: meter.organization,
                meter: meter.id,
                createdAt: known?.createdAt ?? now,
                modifiedAt: known == nil ? nil : now,
                resetAt: known?.resetAt,
                usage: usage,
                credited: known?.credited ?? 0,
                function: meter.aggregation.function
            )
            try execute(
                known == nil ? CustomerMeter.shape.insertion : CustomerMeter.shape.replacement,
                record.columnValues(customer: number)
            )
            guard customer.deletedAt == nil else { continue }
            try raiseVersion(of: number, in: meter.organization)
            try self.record(record, of: customer.id)
        }
    }

    private func customerMeter(
        _ meter: Meter.ID,
        of number: Int64,
        in organization: Organization.ID
    ) throws -> CustomerMeter? {
        try row(
            """
            SELECT \(CustomerMeter.shape.selected("u")) FROM customer_meters u
            WHERE u.organization_id = $1 AND u.customer_number = $2 AND u.meter_id = $3
            """,
            [SQLValue(organization), .integer(number), SQLValue(meter)],
            CustomerMeter.init(row:)
        )
    }
}

extension MeteredEvent {
    /// Reads name, source, timestamp and metadata.
    init(row: any SQLRow) throws {
        self.init(
            name: try row.string(0),
            source: try row.string(1),
            timestamp: try row.requiredMoment(2),
            metadata: try row.json(3)
        )
    }
}
