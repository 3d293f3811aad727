public import ClienteleCore
import ClienteleJSON

extension SQLStore {
    public func ingest(
        _ drafts: [EventDraft],
        in organization: Organization.ID,
        at now: Timestamp,
        _ surroundings: Surroundings,
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError) -> EventsReceipt {
        // A call with an idempotency key keeps its answer all the same.
        guard !drafts.isEmpty || call != nil else { return EventsReceipt(inserted: 0, duplicates: 0) }
        // What needs no transaction is done before it: others wait for that.
        let ids = Event.newIDs(drafts.count, at: now, surroundings)
        let events = zip(drafts, ids).map { NewEvent(draft: $0, id: $1, metadata: $0.metadata.text) }
        return try await write { session in
            try EventIngestion(session: session, organization: organization, now: now).run(events, change)
        }
    }
}

/// An event that has an id, and its metadata as text.
private struct NewEvent: Sendable {
    let draft: EventDraft
    let id: Event.ID
    let metadata: String
}

/// One batch of events on its way into the store.
private struct EventIngestion {
    let session: any SQLSession
    let organization: Organization.ID
    let now: Timestamp

    /// An event that is not a duplicate, and the customer that it is of, if there is one.
    struct Arrival {
        let event: NewEvent
        let number: Int64?
        var parent: Event.ID?

        var draft: EventDraft { event.draft }
    }

    func run(
        _ events: [NewEvent],
        _ change: @escaping (inout Account, any AccountSources) throws -> Void
    ) throws -> EventsReceipt {
        // First of all locks, so that who changes a meter is waited for by those who hold none.
        try session.lockMeters(of: organization, shared: true)
        let drafts = events.map(\.draft)
        let customers = try customers(of: drafts)
        let refusals = drafts.enumerated().compactMap { index, draft -> Refusal? in
            guard case .id(let id) = draft.customer, customers[draft.customer] == nil else { return nil }
            return Refusal(.eventCustomerUnknown(index: index), input: id.text)
        }
        guard refusals.isEmpty else { throw DomainError.refused(refusals) }
        var arrivals = try withoutDuplicates(events).map { event in
            Arrival(event: event, number: customers[event.draft.customer]?.number)
        }
        try setParents(&arrivals, drafts)
        try settle(Set(arrivals.compactMap(\.number)), change)
        try insert(arrivals)
        try count(arrivals, of: customers.values)
        try wait(for: arrivals)
        return EventsReceipt(inserted: arrivals.count, duplicates: drafts.count - arrivals.count)
    }

    /// The live customers that the events name, under lock.
    private func customers(of drafts: [EventDraft]) throws -> [CustomerKey: EventCustomer] {
        var found: [CustomerKey: EventCustomer] = [:]
        var ids: Set<Customer.ID> = []
        var externalIDs: Set<String> = []
        for draft in drafts {
            switch draft.customer {
            case .id(let id): ids.insert(id)
            case .externalID(let text): externalIDs.insert(text)
            }
        }
        // In one order, so that two batches do not wait for each other.
        let lock = session.dialect == .postgres ? "ORDER BY number FOR NO KEY UPDATE" : ""
        try eachChunk(ids.sorted().map { SQLValue($0) }) { list, arguments in
            try session.run(
                """
                SELECT \(EventCustomer.columns) FROM customers
                WHERE organization_id = $1 AND id IN (\(list)) AND deleted_at IS NULL \(lock)
                """,
                arguments
            ) { row in
                let customer = try EventCustomer(row: row)
                found[.id(customer.id)] = customer
            }
        }
        try eachChunk(externalIDs.sorted().map { .text($0) }) { list, arguments in
            try session.run(
                """
                SELECT \(EventCustomer.columns), external_id FROM customers
                WHERE organization_id = $1 AND external_id IN (\(list)) AND deleted_at IS NULL \(lock)
                """,
                arguments
            ) { found[.externalID(try $0.string(3))] = try EventCustomer(row: $0) }
        }
        return found
    }

    /// The events whose external ids are new, to the store and in the batch.
    private func withoutDuplicates(_ events: [NewEvent]) throws -> [NewEvent] {
        var known: Set<String> = []
        try eachChunk(events.compactMap(\.draft.externalID).map { .text($0) }) { list, arguments in
            try session.run(
                "SELECT external_id FROM events WHERE organization_id = $1 AND external_id IN (\(list))",
                arguments
            ) { known.insert(try $0.string(0)) }
        }
        return events.filter { event in event.draft.externalID.map { known.insert($0).inserted } ?? true }
    }

    private func setParents(_ arrivals: inout [Arrival], _ drafts: [EventDraft]) throws {
        guard drafts.contains(where: { $0.parent != nil }) else { return }
        var known: [String: Event.ID] = [:]
        for arrival in arrivals { if let text = arrival.draft.externalID { known[text] = arrival.event.id } }
        var refusals: [Refusal] = []
        for (index, draft) in drafts.enumerated() {
            guard let parent = draft.parent, known[parent] == nil else { continue }
            known[parent] = try session.row(
                "SELECT id FROM events WHERE organization_id = $1 AND (external_id = $2 OR id = $3)",
                [SQLValue(organization), .text(parent), Event.ID(parent).map { SQLValue($0) } ?? .null]
            ) { try $0.id(0) }
            if known[parent] == nil { refusals.append(Refusal(.eventParentUnknown(index: index), input: parent)) }
        }
        guard refusals.isEmpty else { throw DomainError.refused(refusals) }
        for index in arrivals.indices { arrivals[index].parent = arrivals[index].draft.parent.flatMap { known[$0] } }
    }

    /// Does what was to happen to these customers before, so that each event counts for the period that it is in.
    private func settle(
        _ numbers: Set<Int64>,
        _ change: (inout Account, any AccountSources) throws -> Void
    ) throws {
        let due = try session.rows(
            "SELECT DISTINCT customer_number FROM subscriptions WHERE organization_id = $1 AND due_at <= $2",
            [SQLValue(organization), SQLValue(now)]
        ) { try $0.required(0) }
        for number in due.sorted() where numbers.contains(number) {
            guard let customer = try session.lockedCustomer(number, in: organization) else { continue }
            try session.changeAndRecord(customer, change)
        }
    }

    private static let insertion = RowInsertion(
        into: "events",
        [
            "organization_id", "id", "timestamp", "name", "source", "customer_number", "external_customer_id",
            "external_id", "parent_id", "metadata",
        ]
    )

    private func insert(_ arrivals: [Arrival]) throws {
        try Self.insertion.insert(arrivals.map { $0.columnValues(organization) }, by: session)
    }

    private func count(_ arrivals: [Arrival], of customers: some Sequence<EventCustomer>) throws {
        var batch = try MeteredBatch(session: session, organization: organization, customers: customers, now: now)
        for arrival in arrivals {
            guard let number = arrival.number else { continue }
            batch.add(arrival.draft.metered, of: number)
        }
        try batch.store()
    }

    /// Notes the external ids that nobody has yet.
    private func wait(for arrivals: [Arrival]) throws {
        var first: [String: Timestamp] = [:]
        for arrival in arrivals where arrival.number == nil {
            guard case .externalID(let text) = arrival.draft.customer else { continue }
            first[text] = min(first[text] ?? arrival.draft.timestamp, arrival.draft.timestamp)
        }
        for (text, moment) in first.sorted(by: { $0.key < $1.key }) {
            try session.execute(
                """
                INSERT INTO waiting_events AS w (organization_id, external_customer_id, first_at) VALUES ($1, $2, $3)
                ON CONFLICT (organization_id, external_customer_id) DO UPDATE
                SET first_at = CASE WHEN w.first_at < excluded.first_at THEN w.first_at ELSE excluded.first_at END
                """,
                [SQLValue(organization), .text(text), SQLValue(moment)]
            )
        }
    }

    /// Runs `body` with some of the values at a time, as a list of placeholders after the organization's.
    private func eachChunk(
        _ values: [SQLValue],
        _ body: (_ list: String, _ arguments: [SQLValue]) throws -> Void
    ) throws {
        try session.eachChunk(values, in: organization, body)
    }
}

extension EventIngestion.Arrival {
    fileprivate func columnValues(_ organization: Organization.ID) -> [SQLValue] {
        var externalCustomerID: String?
        if case .externalID(let text) = draft.customer { externalCustomerID = text }
        return [
            SQLValue(organization), SQLValue(event.id), SQLValue(draft.timestamp), .text(draft.name),
            .text(Event.Source.user.rawValue), SQLValue(number), SQLValue(externalCustomerID),
            SQLValue(draft.externalID), parent.map { SQLValue($0) } ?? .null, .text(event.metadata),
        ]
    }
}

extension EventDraft {
    fileprivate var metered: MeteredEvent {
        MeteredEvent(name: name, source: Event.Source.user.rawValue, timestamp: timestamp, metadata: metadata)
    }
}

extension SQLSession {
    /// Makes events that waited for a customer its own.
    func claimEvents(for customer: Customer, _ number: Int64) throws {
        guard customer.deletedAt == nil, let externalID = customer.externalID else { return }
        let key: [SQLValue] = [SQLValue(customer.organization), .text(externalID)]
        let isAwaited = try row(
            "SELECT 1 FROM waiting_events WHERE organization_id = $1 AND external_customer_id = $2",
            key
        ) { _ in true }
        guard isAwaited == true else { return }
        // The note goes first: whoever adds an event meanwhile waits for it, and then makes another.
        try execute("DELETE FROM waiting_events WHERE organization_id = $1 AND external_customer_id = $2", key)
        var batch = try MeteredBatch(
            session: self,
            organization: customer.organization,
            customers: [EventCustomer(customer, number)],
            now: customer.createdAt
        )
        try run(
            """
            UPDATE events SET customer_number = $3
            WHERE organization_id = $1 AND external_customer_id = $2 AND customer_number IS NULL
            RETURNING name, source, timestamp, metadata
            """,
            key + [.integer(number)]
        ) { batch.add(try MeteredEvent(row: $0), of: number) }
        try batch.store()
    }
}
