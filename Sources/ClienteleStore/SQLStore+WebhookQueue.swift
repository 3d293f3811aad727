public import ClienteleCore

extension SQLStore: WebhookQueue {
    public func webhookQueue(
        of organization: Organization.ID,
        knowing known: WebhookQueueState?
    ) async throws(DomainError) -> WebhookQueueState {
        try await readPoint { session in
            let found = try session.row(
                "SELECT made, version FROM webhook_queues WHERE organization_id = $1",
                [SQLValue(organization)]
            ) { (made: try $0.required(0), version: try $0.required(1)) }
            guard let found else { return WebhookQueueState(made: 0, version: 0, endpoints: []) }
            if let known, known.version == found.version {
                return WebhookQueueState(made: found.made, version: known.version, endpoints: known.endpoints)
            }
            // Endpoints that are newer than the version are no harm: what is made of them is refused, and made again.
            let endpoints = try session.enabledEndpoints(of: organization)
            return WebhookQueueState(made: found.made, version: found.version, endpoints: endpoints)
        }
    }

    public func leaveBehind(
        _ endpoints: [WebhookEndpoint.ID],
        of organization: Organization.ID,
        by worker: Identifier<WebhookWorker>
    ) async throws(DomainError) {
        try await transact { session in
            try session.lockQueue(of: organization, shared: false)
            let made = try session.row(
                """
                UPDATE webhook_queues SET version = version + 1
                WHERE organization_id = $1 AND leased_by = $2 RETURNING made
                """,
                [SQLValue(organization), SQLValue(worker)]
            ) { try $0.required(0) }
            guard let made else { return }
            for endpoint in endpoints {
                try session.execute(
                    """
                    UPDATE webhook_endpoints SET behind = $3
                    WHERE organization_id = $1 AND id = $2 AND is_enabled = 1 AND behind IS NULL
                    """,
                    [SQLValue(organization), SQLValue(endpoint), .integer(made)]
                )
            }
        }
    }

    public func add(_ batch: WebhookBatch, at now: Timestamp) async throws(DomainError) -> [WebhookEvent]? {
        try await transact { session in
            try session.lockQueue(of: batch.organization, shared: false)
            guard try session.advance(batch) else { return nil }
            for state in batch.told { try session.remove(state, of: batch.organization) }
            for state in batch.states { try session.add(state, of: batch.organization) }
            return try batch.events.compactMap { try session.add($0, of: batch.organization, at: now) }
        }
    }

    public func dueWebhookStates(
        of organization: Organization.ID,
        at now: Timestamp,
        limit: Int
    ) async throws(DomainError) -> [DueWebhookState] {
        try await readPoint { session in
            try session.rows(
                """
                SELECT s.endpoint_id, s.customer_id, s.sequence FROM webhook_states s
                JOIN webhook_endpoints e ON e.organization_id = s.organization_id AND e.id = s.endpoint_id
                WHERE s.organization_id = $1 AND s.due_at <= $2 AND e.behind IS NULL ORDER BY s.due_at LIMIT $3
                """,
                [SQLValue(organization), SQLValue(now), .integer(Int64(limit))]
            ) { DueWebhookState(endpoint: try $0.id(0), customer: try $0.id(1), sequence: try $0.required(2)) }
        }
    }

    public func dueWebhookEvents(
        of endpoint: WebhookEndpoint.ID,
        in organization: Organization.ID,
        at now: Timestamp,
        limit: Int
    ) async throws(DomainError) -> [WebhookEvent] {
        try await readPoint { session in
            try session.rows(
                """
                SELECT \(WebhookEvent.shape.selected("w")) FROM webhook_events w
                WHERE w.organization_id = $1 AND w.endpoint_id = $2 AND w.due_at <= $3
                ORDER BY w.due_at LIMIT $4
                """,
                [SQLValue(organization), SQLValue(endpoint), SQLValue(now), .integer(Int64(limit))],
                WebhookEvent.init(row:)
            )
        }
    }

    public func settle(_ attempt: WebhookAttempt) async throws(DomainError) -> WebhookEvent? {
        try await transact { session in
            try session.lockQueue(of: attempt.event.organization, shared: true)
            guard try session.note(attempt) else { return nil }
            switch attempt.verdict {
            case .retry: return nil
            case .done: try session.clearFailures(of: attempt)
            case .failed: try session.countFailure(of: attempt)
            }
            return try session.nextEvent(after: attempt)
        }
    }

    public func webhookBacklogs() async throws(DomainError) -> [WebhookBacklog] {
        try await read { session in
            try session.rows(
                """
                SELECT e.id, (
                    SELECT count(*) FROM webhook_events w
                    WHERE w.organization_id = e.organization_id AND w.endpoint_id = e.id AND w.is_pending = 1
                ) + CASE WHEN e.behind IS NULL THEN 0 ELSE (
                    SELECT count(*) FROM (
                        SELECT c.kind FROM changes c
                        WHERE c.organization_id = e.organization_id AND c.sequence > e.behind
                        ORDER BY c.sequence LIMIT \(changesCountedMax)
                    ) AS missed WHERE ' ' || e.events || ' ' LIKE '% ' || missed.kind || ' %'
                ) END, (
                    SELECT w.created_at FROM webhook_events w
                    WHERE w.organization_id = e.organization_id AND w.endpoint_id = e.id AND w.is_pending = 1
                    ORDER BY w.number LIMIT 1
                )
                FROM webhook_endpoints e WHERE e.deleted_at IS NULL
                """
            ) { WebhookBacklog(endpoint: try $0.id(0), events: Int(try $0.required(1)), oldest: $0.moment(2)) }
        }
    }
}

/// Changes that are looked at to tell what waits for one endpoint that was left behind.
private let changesCountedMax = 10_000

extension SQLSession {
    fileprivate func enabledEndpoints(of organization: Organization.ID) throws -> [WebhookEndpoint] {
        let endpoints = try rows(
            """
            SELECT \(WebhookEndpoint.shape.selected("e")) FROM webhook_endpoints e
            WHERE e.organization_id = $1 AND e.is_enabled = 1
            """,
            [SQLValue(organization)],
            WebhookEndpoint.init(row:)
        )
        return try withSecrets(endpoints)
    }

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

    /// Adds an event, and gives it where it is due: where nothing of its lane waits before it.
    fileprivate func add(
        _ event: NewWebhookEvent,
        of organization: Organization.ID,
        at now: Timestamp
    ) throws -> WebhookEvent? {
        let found = try row(
            """
            INSERT INTO webhook_events
                (organization_id, endpoint_id, id, lane, kind, sequence, state_version, created_at, payload, is_pending, due_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, CASE WHEN (
                SELECT w.is_pending FROM webhook_events w
                WHERE w.organization_id = $1 AND w.lane = $4 AND w.endpoint_id = $2 ORDER BY w.number DESC LIMIT 1
            ) = 1 THEN NULL ELSE CAST($8 AS bigint) END)
            RETURNING number, due_at
            """,
            [
                SQLValue(organization), SQLValue(event.endpoint), SQLValue(event.id), SQLValue(event.lane),
                .text(event.kind), .integer(event.sequence), SQLValue(event.stateVersion), SQLValue(now),
                .text(event.payload),
            ]
        ) { (number: try $0.required(0), isDue: $0.integer(1) != nil) }
        guard let found, found.isDue else { return nil }
        return WebhookEvent(
            id: event.id,
            organization: organization,
            endpoint: event.endpoint,
            number: found.number,
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

    /// Writes down an attempt, and what it makes of its event; tells whether it counts.
    ///
    /// It does not where the event was skipped, erased or settled meanwhile, or is to be sent again by now.
    fileprivate func note(_ attempt: WebhookAttempt) throws -> Bool {
        let event = attempt.event
        let code = SQLValue(attempt.answer.status.map(Int64.init))
        var due: Timestamp?
        if case .retry(let seconds) = attempt.verdict {
            due = Timestamp(microseconds: attempt.at.microseconds + Int64(seconds * 1_000_000))
        }
        let counts =
            try row(
                """
                UPDATE webhook_events SET attempts = attempts + 1, http_code = $3, modified_at = $4,
                    due_at = CAST($5 AS bigint),
                    is_pending = CASE WHEN CAST($5 AS bigint) IS NULL THEN 0 ELSE 1 END, succeeded = $6
                WHERE organization_id = $1 AND number = $2 AND is_pending = 1 AND due_at = $7 RETURNING 1
                """,
                [
                    SQLValue(event.organization), .integer(event.number), code, SQLValue(attempt.at), SQLValue(due),
                    due == nil ? SQLValue(attempt.answer.isSuccess) : event.succeeded.map { SQLValue($0) } ?? .null,
                    SQLValue(event.dueAt),
                ]
            ) { _ in true } == true
        // What came back may repeat what was sent, and is kept no longer than that.
        try execute(
            """
            INSERT INTO webhook_deliveries
                (organization_id, id, endpoint_id, event_number, created_at, succeeded, http_code, response)
            VALUES ($1, $2, $3, $4, $5, $6, $7, (
                SELECT CAST($8 AS text) FROM webhook_events w
                WHERE w.organization_id = $1 AND w.number = $4 AND w.payload IS NOT NULL
            ))
            """,
            [
                SQLValue(event.organization), SQLValue(attempt.id), SQLValue(event.endpoint), .integer(event.number),
                SQLValue(attempt.at), SQLValue(attempt.answer.isSuccess), code, SQLValue(attempt.answer.text),
            ]
        )
        return counts
    }

    fileprivate func clearFailures(of attempt: WebhookAttempt) throws {
        try execute(
            "UPDATE webhook_endpoints SET failures = 0 WHERE organization_id = $1 AND id = $2 AND failures > 0",
            [SQLValue(attempt.event.organization), SQLValue(attempt.event.endpoint)]
        )
    }

    /// Counts an event that failed for good, and turns its endpoint off where it is one too many.
    fileprivate func countFailure(of attempt: WebhookAttempt) throws {
        let event = attempt.event
        let key: [SQLValue] = [SQLValue(event.organization), SQLValue(event.endpoint)]
        let failures = try row(
            """
            UPDATE webhook_endpoints SET failures = failures + 1
            WHERE organization_id = $1 AND id = $2 AND is_enabled = 1 RETURNING failures
            """,
            key
        ) { try $0.required(0) }
        guard let failures, failures >= attempt.failuresMax else { return }
        try execute(
            "UPDATE webhook_endpoints SET is_enabled = 0, modified_at = $3 WHERE organization_id = $1 AND id = $2",
            key + [SQLValue(attempt.at)]
        )
        try renewQueue(of: event.organization)
        try skipEvents(of: event.endpoint, in: event.organization, at: attempt.at)
    }

    /// Lets the next event of the lane be sent.
    fileprivate func nextEvent(after attempt: WebhookAttempt) throws -> WebhookEvent? {
        let event = attempt.event
        return try row(
            """
            UPDATE webhook_events SET due_at = $4 WHERE organization_id = $1 AND number = (
                SELECT w.number FROM webhook_events w
                WHERE w.organization_id = $1 AND w.lane = $3 AND w.endpoint_id = $2 AND w.is_pending = 1
                    AND w.number > $5 ORDER BY w.number LIMIT 1
            ) AND is_pending = 1 AND due_at IS NULL RETURNING \(WebhookEvent.shape.selected("webhook_events"))
            """,
            [
                SQLValue(event.organization), SQLValue(event.endpoint), SQLValue(event.lane), SQLValue(attempt.at),
                .integer(event.number),
            ],
            WebhookEvent.init(row:)
        )
    }
}
