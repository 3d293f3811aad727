public import ClienteleCore

/// Which process delivers which organization's webhooks.
extension SQLStore {
    public func leaseWebhookQueues(
        to worker: Identifier<WebhookWorker>,
        at now: Timestamp,
        until end: Timestamp
    ) async throws(DomainError) -> Set<Organization.ID> {
        // Where there is nothing to send, and that may be for years, nothing is written.
        guard try await readPoint({ try $0.hasWebhookEndpoints }) else { return [] }
        return try await transact { session in
            try session.renewLease(of: worker, at: now, until: end)
            for free in try session.freeQueues() { try session.take(free, for: worker) }
            let own = try session.rows(
                "SELECT organization_id FROM webhook_queues q WHERE leased_by = $1 AND \(hasEndpoint)",
                [SQLValue(worker)]
            ) { try $0.id(0) as Organization.ID }
            return Set(own)
        }
    }

    public func releaseWebhookQueues(of worker: Identifier<WebhookWorker>) async throws(DomainError) {
        try await transact { session in
            try session.execute("UPDATE webhook_queues SET leased_by = NULL WHERE leased_by = $1", [SQLValue(worker)])
            try session.execute("DELETE FROM webhook_workers WHERE id = $1", [SQLValue(worker)])
        }
    }

    public func webhookNews(
        of worker: Identifier<WebhookWorker>,
        at now: Timestamp
    ) async throws(DomainError) -> [WebhookNews] {
        try await readPoint { session in
            try session.rows(
                """
                SELECT q.organization_id, q.version, CASE WHEN EXISTS (
                    SELECT 1 FROM changes c WHERE c.organization_id = q.organization_id AND c.sequence > q.made
                ) OR EXISTS (
                    SELECT 1 FROM changes c WHERE c.organization_id = q.organization_id AND c.sequence IS NULL
                ) OR EXISTS (
                    SELECT 1 FROM webhook_states s
                    JOIN webhook_endpoints e ON e.organization_id = s.organization_id AND e.id = s.endpoint_id
                    WHERE s.organization_id = q.organization_id AND s.due_at <= $2 AND e.behind IS NULL
                ) THEN 1 ELSE 0 END
                FROM webhook_queues q WHERE q.leased_by = $1
                """,
                [SQLValue(worker), SQLValue(now)]
            ) { row in
                WebhookNews(
                    organization: try row.id(0),
                    version: try row.required(1),
                    hasChanges: row.integer(2) == 1
                )
            }
        }
    }
}

/// Whether anybody is to be told of an organization's changes.
private let hasEndpoint = """
    EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.organization_id = q.organization_id AND e.is_enabled = 1)
    """

extension SQLSession {
    fileprivate var hasWebhookEndpoints: Bool {
        get throws {
            try row("SELECT 1 FROM webhook_queues q WHERE \(hasEndpoint) LIMIT 1") { _ in true } == true
        }
    }

    /// Says that a worker lives, and forgets those that no longer say so.
    fileprivate func renewLease(of worker: Identifier<WebhookWorker>, at now: Timestamp, until end: Timestamp) throws {
        try execute(
            """
            INSERT INTO webhook_workers (id, leased_until) VALUES ($1, $2)
            ON CONFLICT (id) DO UPDATE SET leased_until = excluded.leased_until
            """,
            [SQLValue(worker), SQLValue(end)]
        )
        try execute("DELETE FROM webhook_workers WHERE leased_until < $1", [SQLValue(now)])
    }

    /// The organizations that have endpoints and nobody who sends to them, each with who did so last.
    fileprivate func freeQueues() throws -> [(organization: Organization.ID, owner: SQLValue)] {
        try rows(
            """
            SELECT q.organization_id, q.leased_by FROM webhook_queues q
            WHERE (q.leased_by IS NULL OR NOT EXISTS (SELECT 1 FROM webhook_workers k WHERE k.id = q.leased_by))
                AND \(hasEndpoint)
            """
        ) { row in
            (try row.id(0), row.identifier(1).map { SQLValue.identifier(high: $0.high, low: $0.low) } ?? .null)
        }
    }

    /// Takes an organization, unless another worker has done so meanwhile.
    fileprivate func take(
        _ free: (organization: Organization.ID, owner: SQLValue),
        for worker: Identifier<WebhookWorker>
    ) throws {
        let take = "UPDATE webhook_queues SET leased_by = $2 WHERE organization_id = $1 AND leased_by"
        let arguments = [SQLValue(free.organization), SQLValue(worker)]
        if case .null = free.owner {
            try execute("\(take) IS NULL", arguments)
        } else {
            try execute("\(take) = $3", arguments + [free.owner])
        }
    }
}
