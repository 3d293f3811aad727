public import ClienteleCore

/// How events that are to be sent are added.
extension SQLStore {
    public func add(_ batch: WebhookBatch, at now: Timestamp) async throws(DomainError) -> [WebhookEvent]? {
        try await transact { session -> [WebhookEvent]? in
            try session.lockQueue(of: batch.organization)
            guard try session.advance(batch) else { return nil }
            for state in batch.told { try session.remove(state, of: batch.organization) }
            for state in batch.states { try session.add(state, of: batch.organization) }
            return try session.add(batch.events, of: batch.organization, at: now)
        }
    }
}

extension SQLSession {
    /// Notes how far a batch goes; tells whether what it was made of still holds.
    fileprivate func advance(_ batch: WebhookBatch) throws -> Bool {
        let isStraggler = batch.straggler != nil
        let isCurrent = try row(
            """
            UPDATE webhook_queues SET made = $2, version = version + \(isStraggler ? 1 : 0)
            WHERE organization_id = $1 AND made = $3 AND version = $4 AND leased_by = $5 RETURNING 1
            """,
            [
                SQLValue(batch.organization), .integer(isStraggler ? batch.state.made : batch.made),
                .integer(batch.state.made), .integer(batch.state.version), SQLValue(batch.worker),
            ]
        ) { _ in true }
        guard isCurrent == true, let straggler = batch.straggler else { return isCurrent == true }
        // One that has come up with the others goes on with them.
        try execute(
            "UPDATE webhook_endpoints SET behind = $3 WHERE organization_id = $1 AND id = $2",
            [
                SQLValue(batch.organization), SQLValue(straggler.id),
                batch.made < batch.state.made ? .integer(batch.made) : .null,
            ]
        )
        return true
    }

    /// Adds events, and gives those that are due: of which nothing of their lane waits before them.
    fileprivate func add(
        _ events: [NewWebhookEvent],
        of organization: Organization.ID,
        at now: Timestamp
    ) throws -> [WebhookEvent] {
        guard !events.isEmpty else { return [] }
        var waiting = try waitingLanes(of: events, in: organization)
        let due = events.filter { waiting.insert(EndpointLane(endpoint: $0.endpoint, lane: $0.lane)).inserted }
        let dueIDs = Set(due.map(\.id))
        let rows = events.map { event -> [SQLValue] in
            [
                SQLValue(organization), SQLValue(event.endpoint), SQLValue(event.id), SQLValue(event.lane),
                .text(event.kind), .integer(event.sequence), SQLValue(event.stateVersion), SQLValue(now),
                .text(event.payload), .integer(1), dueIDs.contains(event.id) ? SQLValue(now) : .null,
            ]
        }
        try eventInsertion.insert(rows, by: self)
        let numbers = try numbers(of: due, in: organization)
        return due.compactMap { event in
            numbers[event.id].map { WebhookEvent(event, of: organization, number: $0, at: now) }
        }
    }

    /// The lanes of which an event has not ended.
    private func waitingLanes(
        of events: [NewWebhookEvent],
        in organization: Organization.ID
    ) throws -> Set<EndpointLane> {
        var arguments = [SQLValue(organization)]
        let endpoints = arguments.placeholders(Set(events.map(\.endpoint)).map { SQLValue($0) }.padded)
        let lanes = Set(events.map(\.lane)).map { SQLValue($0) }.padded.map { lane in
            let placeholder = arguments.placeholder(lane)
            return dialect == .postgres ? "(CAST(\(placeholder) AS uuid))" : "(\(placeholder))"
        }
        let found = try rows(
            """
            SELECT e.id, l.column1 FROM webhook_endpoints e CROSS JOIN (VALUES \(lanes.joined(separator: ", "))) AS l
            WHERE e.organization_id = $1 AND e.id IN (\(endpoints)) AND EXISTS (
                SELECT 1 FROM webhook_events w
                WHERE w.organization_id = $1 AND w.endpoint_id = e.id AND w.lane = l.column1 AND w.is_pending = 1
            )
            """,
            arguments
        ) { EndpointLane(endpoint: try $0.id(0), lane: try $0.id(1)) }
        return Set(found)
    }

    private func numbers(
        of events: [NewWebhookEvent],
        in organization: Organization.ID
    ) throws -> [WebhookEvent.ID: Int64] {
        var numbers: [WebhookEvent.ID: Int64] = [:]
        try eachChunk(events.map { SQLValue($0.id) }, in: organization) { ids, arguments in
            try run("SELECT id, number FROM webhook_events WHERE organization_id = $1 AND id IN (\(ids))", arguments) {
                numbers[try $0.id(0)] = try $0.required(1)
            }
        }
        return numbers
    }

    /// Notes that an endpoint is to be told a customer's state: once it has been quiet, and not too late.
    fileprivate func add(_ state: NewWebhookState, of organization: Organization.ID) throws {
        let quiet = NewWebhookState.quietSeconds * 1_000_000
        let wait = NewWebhookState.waitSecondsMax * 1_000_000
        try execute(
            """
            INSERT INTO webhook_states AS s (organization_id, endpoint_id, customer_id, sequence, first_at, due_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (organization_id, endpoint_id, customer_id) DO UPDATE SET
                sequence = excluded.sequence,
                due_at = CASE WHEN s.first_at + \(wait) < excluded.due_at THEN s.first_at + \(wait)
                    ELSE excluded.due_at END
            """,
            [
                SQLValue(organization), SQLValue(state.endpoint), SQLValue(state.customer), .integer(state.sequence),
                SQLValue(state.at), .integer(state.at.microseconds + quiet),
            ]
        )
    }

    fileprivate func remove(_ state: DueWebhookState, of organization: Organization.ID) throws {
        try execute(
            "DELETE FROM webhook_states WHERE organization_id = $1 AND endpoint_id = $2 AND customer_id = $3",
            [SQLValue(organization), SQLValue(state.endpoint), SQLValue(state.customer)]
        )
    }
}

private let eventInsertion = RowInsertion(
    into: "webhook_events",
    [
        "organization_id", "endpoint_id", "id", "lane", "kind", "sequence", "state_version", "created_at", "payload",
        "is_pending", "due_at",
    ]
)

/// Events of an endpoint that are sent one after the other.
private struct EndpointLane: Hashable {
    let endpoint: WebhookEndpoint.ID
    let lane: Identifier<Never>
}

extension WebhookEvent {
    /// A new event that is due.
    fileprivate init(_ event: NewWebhookEvent, of organization: Organization.ID, number: Int64, at now: Timestamp) {
        self.init(
            id: event.id,
            organization: organization,
            endpoint: event.endpoint,
            number: number,
            lane: event.lane,
            kind: event.kind,
            sequence: event.sequence,
            stateVersion: event.stateVersion,
            createdAt: now,
            modifiedAt: nil,
            payload: event.payload,
            attempts: 0,
            succeeded: nil,
            isSkipped: false,
            httpCode: nil,
            dueAt: now
        )
    }
}
