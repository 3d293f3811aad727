public import ClienteleCore
import ClienteleJSON

extension SQLStore: MeterStore {
    public func events(_ query: EventQuery) async throws(DomainError) -> Page<Event> {
        try await read { session in
            var list = query.list
            list.metadata = []
            var filter = RecordFilter(list, of: "e")
            filter.add(customers: query.customers, externalIDs: nil)
            if let ids = query.externalCustomerIDs {
                let list = filter.arguments.placeholders(ids.map { .text($0) })
                filter.add("(e.external_customer_id IN (\(list)) OR c.external_id IN (\(list)))")
            }
            filter.add("name", in: query.names.map { $0.map { .text($0) } })
            filter.add("source", in: query.sources)
            filter.add("timestamp", ">=", query.from.map { SQLValue($0) })
            filter.add("timestamp", "<", query.before.map { SQLValue($0) })
            filter.add("parent_id", "=", query.parent.map { SQLValue($0) })
            filter.addName(containing: query.search)
            let order = query.list.sorting.map { orderTerm("e.timestamp", descending: $0.descending) }
            let last = query.list.sorting.first?.descending == false ? "e.number" : "e.number DESC"
            if query.meter != nil || !query.list.metadata.isEmpty {
                return try session.testedEvents(query, filter, orderedBy: order + [last])
            }
            return try session.page(
                list,
                filter,
                select: eventColumns,
                from: eventSource,
                orderedBy: order + [last],
                EventRecord.init(row:)
            ).mapItems { try $0.map(session.event) }
        }
    }

    public func event(_ id: Event.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Event {
        try await readPoint { session in
            let found = try session.first(.event, of: organizations) { organization in
                try session.row(
                    "SELECT \(eventColumns) FROM \(eventSource) WHERE e.organization_id = $1 AND e.id = $2",
                    [SQLValue(organization), SQLValue(id)],
                    EventRecord.init(row:)
                )
            }
            return try session.event(found)
        }
    }
}

private let eventColumns = """
    e.organization_id, e.id, e.timestamp, e.name, e.source, e.customer_number, e.external_customer_id, e.external_id,
    e.parent_id, e.metadata, (
        SELECT count(*) FROM events k WHERE k.organization_id = e.organization_id AND k.parent_id = e.id
    )
    """

private let eventSource = """
    events e
    LEFT JOIN customers c ON c.organization_id = e.organization_id AND c.number = e.customer_number
    """

/// An event as it is kept.
private struct EventRecord {
    let organization: Organization.ID
    let id: Event.ID
    let timestamp: Timestamp
    let name: String
    let source: Event.Source
    let number: Int64?
    let externalCustomerID: String?
    let externalID: String?
    let parent: Event.ID?
    let metadata: Metadata
    let childCount: Int

    init(row: any SQLRow) throws {
        self.organization = try row.id(0)
        self.id = try row.id(1)
        self.timestamp = try row.requiredMoment(2)
        self.name = try row.string(3)
        self.source = try row.choice(4)
        self.number = row.integer(5)
        self.externalCustomerID = row.text(6)
        self.externalID = row.text(7)
        self.parent = row.identifier(8).map { Event.ID(high: $0.high, low: $0.low) }
        self.metadata = Metadata(stored: try row.string(9))
        self.childCount = Int(try row.required(10))
    }
}

extension EventRecord {
    fileprivate func has(_ filters: [(name: String, values: [String])]) throws -> Bool {
        guard !filters.isEmpty else { return true }
        let members = metadata.members
        return filters.allSatisfy { filter in
            members.contains { (member: JSON.Member) -> Bool in
                member.name == filter.name && filter.values.contains(Metadata.filterText(member.value))
            }
        }
    }
}

extension Meter {
    fileprivate func counts(_ record: EventRecord) throws -> Bool {
        guard record.organization == organization else { return false }
        return filter.matches(
            MeteredEvent(
                name: record.name,
                source: record.source.rawValue,
                timestamp: record.timestamp,
                metadata: .object(record.metadata.members)
            )
        )
    }
}

extension RecordFilter {
    fileprivate mutating func addName(containing text: String?) {
        guard let text, !text.isEmpty else { return }
        let pattern = arguments.placeholder(.text("%" + text.lowercased().escapedForLike + "%"))
        add("lower(e.name) LIKE \(pattern) ESCAPE '\\'")
    }
}

extension SQLSession {
    /// A page of the events that a meter counts, or that have some metadata: no index knows them, so each is tested.
    fileprivate func testedEvents(
        _ query: EventQuery,
        _ filter: RecordFilter,
        orderedBy terms: [String]
    ) throws -> Page<Event> {
        let list = query.list
        guard !list.organizations.isEmpty else { return Page(items: [], totalCount: 0) }
        var meter: Meter?
        if let id = query.meter {
            for organization in list.organizations where meter == nil { meter = try self.meter(id, in: organization) }
            guard meter != nil else { return Page(items: [], totalCount: 0) }
        }
        var total = 0
        var found: [EventRecord] = []
        let (first, overflow) = (list.page - 1).multipliedReportingOverflow(by: list.limit)
        try run(
            "SELECT \(eventColumns) FROM \(eventSource) WHERE \(filter.sql) ORDER BY \(terms.joined(separator: ", "))",
            filter.arguments
        ) { row in
            let record = try EventRecord(row: row)
            guard try record.has(list.metadata), try meter?.counts(record) ?? true else { return }
            if !overflow, total >= first, found.count < list.limit { found.append(record) }
            total += 1
        }
        return Page(items: try found.map(event), totalCount: total)
    }

    fileprivate func event(_ record: EventRecord) throws -> Event {
        let customer = try record.number.flatMap { try anyCustomer($0, in: record.organization) }
        return Event(
            id: record.id,
            organization: record.organization,
            timestamp: record.timestamp,
            name: record.name,
            source: record.source,
            customer: customer,
            externalCustomerID: record.externalCustomerID ?? customer?.externalID,
            externalID: record.externalID,
            parent: record.parent,
            childCount: record.childCount,
            metadata: record.metadata
        )
    }
}
