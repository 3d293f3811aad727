public import ClienteleCore

extension SQLStore: WebhookStore {
    public func webhookEndpoints(
        _ query: RecordQuery<WebhookEndpoint.Key>,
        _ dialect: Dialect
    ) async throws(DomainError) -> Page<WebhookEndpoint> {
        try await read { session in
            var filter = RecordFilter(query, of: "e")
            filter.add("e.deleted_at IS NULL")
            filter.add("dialect", in: [dialect])
            return try session.page(
                query,
                filter,
                select: WebhookEndpoint.shape.selected("e"),
                from: "webhook_endpoints e",
                orderedBy: query.sorting.map { orderTerm("e.created_at", descending: $0.descending) } + ["e.id"],
                WebhookEndpoint.init(row:)
            ).mapItems(session.withSecrets)
        }
    }

    public func webhookEndpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect
    ) async throws(DomainError) -> WebhookEndpoint {
        try await readPoint { try $0.webhookEndpoint(id, in: organizations, dialect) }
    }

    public func insert(_ endpoint: WebhookEndpoint) async throws(DomainError) -> WebhookEndpoint {
        try await write { session in
            var endpoint = endpoint
            endpoint.since = try session.beginQueue(of: endpoint.organization)
            let count = try session.count(
                "SELECT count(*) FROM webhook_endpoints WHERE organization_id = $1 AND deleted_at IS NULL",
                [SQLValue(endpoint.organization)]
            )
            guard count < Webhooks.endpointsMax else { throw DomainError.refused([Refusal(.webhookEndpoints)]) }
            try session.execute(WebhookEndpoint.shape.insertion, endpoint.columnValues)
            try session.storeSecrets(of: endpoint)
            return endpoint
        }
    }

    public func updateWebhookEndpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect,
        at now: Timestamp,
        _ change: @escaping @Sendable (inout WebhookEndpoint) throws(DomainError) -> Void
    ) async throws(DomainError) -> WebhookEndpoint {
        try await write { session in
            let found = try session.webhookEndpoint(id, in: organizations, dialect)
            let last = try session.beginQueue(of: found.organization)
            let before = try session.webhookEndpoint(id, in: organizations, dialect)
            var endpoint = before
            try change(&endpoint)
            guard endpoint != before else { return before }
            if endpoint.isEnabled, !before.isEnabled {
                // It is told of nothing that happened meanwhile, and begins with a clean record.
                endpoint.since = last
                try session.execute(
                    "UPDATE webhook_endpoints SET failures = 0 WHERE organization_id = $1 AND id = $2",
                    [SQLValue(endpoint.organization), SQLValue(id)]
                )
            }
            if before.isEnabled, !endpoint.isEnabled {
                try session.skipEvents(of: id, in: endpoint.organization, at: now)
            }
            try session.execute(WebhookEndpoint.shape.replacement, endpoint.columnValues)
            if endpoint.secrets != before.secrets { try session.storeSecrets(of: endpoint) }
            return endpoint
        }
    }

    public func deleteWebhookEndpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect,
        at now: Timestamp
    ) async throws(DomainError) {
        try await write { session in
            let found = try session.webhookEndpoint(id, in: organizations, dialect)
            _ = try session.beginQueue(of: found.organization)
            try session.skipEvents(of: id, in: found.organization, at: now)
            try session.execute(
                """
                UPDATE webhook_endpoints SET deleted_at = $3, is_enabled = 0
                WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
                """,
                [SQLValue(found.organization), SQLValue(id), SQLValue(now)]
            )
        }
    }

    public func webhookDeliveries(_ query: WebhookDeliveryQuery) async throws(DomainError) -> Page<WebhookDelivery> {
        try await read { session in
            let list = RecordQuery<WebhookEndpoint.Key>(
                organizations: query.organizations,
                sorting: [],
                page: query.page,
                limit: query.limit
            )
            return try session.page(
                list,
                query.filter(list),
                select: "\(WebhookEvent.shape.selected("w")), d.id, d.created_at, d.succeeded, d.http_code, d.response",
                from: deliverySource,
                orderedBy: ["d.number DESC"]
            ) { try WebhookDelivery(row: $0) }
        }
    }

    public func webhookEvents(
        of organization: Organization.ID,
        endpoint: WebhookEndpoint.ID?,
        _ dialect: Dialect,
        before number: Int64?,
        limit: Int
    ) async throws(DomainError) -> [WebhookEvent] {
        try await read { session in
            var arguments: [SQLValue] = [
                SQLValue(organization), .text(dialect.rawValue), .integer(number ?? .max), .integer(Int64(limit)),
            ]
            let only = endpoint.map { "AND w.endpoint_id = \(arguments.placeholder(SQLValue($0)))" } ?? ""
            return try session.rows(
                """
                SELECT \(WebhookEvent.shape.selected("w")) FROM webhook_events w
                JOIN webhook_endpoints e ON e.organization_id = w.organization_id AND e.id = w.endpoint_id
                WHERE w.organization_id = $1 AND e.dialect = $2 AND w.number < $3 \(only)
                ORDER BY w.number DESC LIMIT $4
                """,
                arguments,
                WebhookEvent.init(row:)
            )
        }
    }

    public func redeliverWebhookEvent(
        _ id: WebhookEvent.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect,
        at now: Timestamp
    ) async throws(DomainError) -> WebhookEvent {
        try await write { session in
            try session.first(.webhookEvent, of: organizations) { organization in
                try session.lockQueue(of: organization)
                return try session.row(
                    """
                    UPDATE webhook_events SET is_pending = 1, due_at = $3, attempts = 0, skipped = 0
                    WHERE organization_id = $1 AND id = $2 AND payload IS NOT NULL AND EXISTS (
                        SELECT 1 FROM webhook_endpoints e WHERE e.organization_id = webhook_events.organization_id
                            AND e.id = webhook_events.endpoint_id AND e.dialect = $4 AND e.is_enabled = 1
                    ) RETURNING \(WebhookEvent.shape.selected("webhook_events"))
                    """,
                    [SQLValue(organization), SQLValue(id), SQLValue(now), .text(dialect.rawValue)],
                    WebhookEvent.init(row:)
                )
            }
        }
    }
}

private let deliverySource = """
    webhook_deliveries d
    JOIN webhook_events w ON w.organization_id = d.organization_id AND w.number = d.event_number
    JOIN webhook_endpoints e ON e.organization_id = d.organization_id AND e.id = d.endpoint_id
    """

extension WebhookDeliveryQuery {
    fileprivate func filter(_ list: RecordQuery<WebhookEndpoint.Key>) -> RecordFilter {
        var filter = RecordFilter(list, of: "d")
        filter.add("e.dialect = \(filter.arguments.placeholder(.text(dialect.rawValue)))")
        filter.add("endpoint_id", in: endpoints)
        filter.add("created_at", ">=", from.map { SQLValue($0) })
        filter.add("created_at", "<=", before.map { SQLValue($0) })
        filter.add("succeeded", "=", succeeded.map { SQLValue($0) })
        if let codeClass {
            filter.add("d.http_code / 100 = \(filter.arguments.placeholder(.integer(Int64(codeClass))))")
        }
        if let kinds {
            let names = filter.arguments.placeholders(kinds.map { .text($0) })
            filter.add(kinds.isEmpty ? "1 = 0" : "w.kind IN (\(names))")
        }
        guard let search else { return filter }
        // An id is kept as a number: of its text, only the whole can be looked for.
        let code = filter.arguments.placeholder(.text("%" + search.escapedForLike + "%"))
        var terms = [#"CAST(d.http_code AS text) LIKE \#(code) ESCAPE '\'"#]
        if let id = Identifier<Never>(search) {
            let id = filter.arguments.placeholder(SQLValue(id))
            terms += ["d.id = \(id)", "w.id = \(id)"]
        }
        filter.add("(\(terms.joined(separator: " OR ")))")
        return filter
    }
}

extension SQLSession {
    fileprivate func webhookEndpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect
    ) throws -> WebhookEndpoint {
        try first(.webhookEndpoint, of: organizations) { organization in
            let found = try rows(
                """
                SELECT \(WebhookEndpoint.shape.selected("e")) FROM webhook_endpoints e
                WHERE e.organization_id = $1 AND e.id = $2 AND e.dialect = $3 AND e.deleted_at IS NULL
                """,
                [SQLValue(organization), SQLValue(id), .text(dialect.rawValue)],
                WebhookEndpoint.init(row:)
            )
            return try withSecrets(found).first
        }
    }

    /// The endpoints with their secrets, which are read together.
    func withSecrets(_ endpoints: [WebhookEndpoint]) throws -> [WebhookEndpoint] {
        guard !endpoints.isEmpty else { return [] }
        var arguments: [SQLValue] = []
        let organizations = arguments.placeholders(Set(endpoints.map(\.organization)).map { SQLValue($0) }.padded)
        let ids = arguments.placeholders(endpoints.map { SQLValue($0.id) }.padded)
        var secrets: [WebhookEndpoint.ID: [WebhookSecret]] = [:]
        try run(
            """
            SELECT id, secret, created_at, expires_at, endpoint_id FROM webhook_secrets
            WHERE organization_id IN (\(organizations)) AND endpoint_id IN (\(ids)) ORDER BY created_at, id
            """,
            arguments
        ) { secrets[try $0.id(4), default: []].append(try WebhookSecret(row: $0)) }
        return endpoints.map { endpoint in
            var endpoint = endpoint
            endpoint.secrets = secrets[endpoint.id] ?? []
            return endpoint
        }
    }

    fileprivate func storeSecrets(of endpoint: WebhookEndpoint) throws {
        let key: [SQLValue] = [SQLValue(endpoint.organization), SQLValue(endpoint.id)]
        try execute("DELETE FROM webhook_secrets WHERE organization_id = $1 AND endpoint_id = $2", key)
        for secret in endpoint.secrets {
            try execute(
                """
                INSERT INTO webhook_secrets (organization_id, endpoint_id, id, secret, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                key + [
                    SQLValue(secret.id), .text(secret.text), SQLValue(secret.createdAt), SQLValue(secret.expiresAt),
                ]
            )
        }
    }

    /// Keeps the organization's events as they are until the transaction ends, notes that its endpoints change, and gives the
    /// last change that was committed.
    fileprivate func beginQueue(of organization: Organization.ID) throws -> FeedEntry.Sequence {
        try lockQueue(of: organization)
        try placeChanges(of: organization)
        let last = try lastChange(of: organization)
        try execute(
            """
            INSERT INTO webhook_queues AS q (organization_id, made, version) VALUES ($1, $2, 1)
            ON CONFLICT (organization_id) DO UPDATE SET version = q.version + 1, made = CASE WHEN EXISTS (
                SELECT 1 FROM webhook_endpoints e WHERE e.organization_id = q.organization_id AND e.is_enabled = 1
            ) THEN q.made ELSE excluded.made END
            """,
            [SQLValue(organization), .integer(last)]
        )
        return last
    }

    /// Lets nothing that waits for an endpoint be sent.
    func skipEvents(of endpoint: WebhookEndpoint.ID, in organization: Organization.ID, at now: Timestamp) throws {
        let key: [SQLValue] = [SQLValue(organization), SQLValue(endpoint)]
        try execute(
            """
            UPDATE webhook_events SET is_pending = 0, due_at = NULL, skipped = 1, modified_at = $3
            WHERE organization_id = $1 AND endpoint_id = $2 AND is_pending = 1
            """,
            key + [SQLValue(now)]
        )
        try execute("DELETE FROM webhook_states WHERE organization_id = $1 AND endpoint_id = $2", key)
    }

    /// Lets those who add events, settle some or change endpoints go on one after the other, until the transaction ends.
    ///
    /// Otherwise an event could be added behind one that is settled at the same moment, and nobody would send it.
    func lockQueue(of organization: Organization.ID) throws {
        try lock(organization, for: .webhooks, shared: false)
    }

    /// Has all that is being made of the changes right now made anew.
    func renewQueue(of organization: Organization.ID) throws {
        try execute(
            "UPDATE webhook_queues SET version = version + 1 WHERE organization_id = $1",
            [SQLValue(organization)]
        )
    }
}
