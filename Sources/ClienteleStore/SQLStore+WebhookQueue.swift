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
            try session.lockQueue(of: organization)
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
                    SELECT min(w.created_at) FROM webhook_events w
                    WHERE w.organization_id = e.organization_id AND w.endpoint_id = e.id AND w.is_pending = 1
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
}
