/// The use cases of webhooks, in one dialect.
public struct Webhooks: KeyedUseCases {
    /// Secrets that sign at once at the most.
    public static let secretsMax = 10
    /// Endpoints that an organization may have at once.
    public static let endpointsMax = 1_000
    /// How long the secret before goes on signing after another was made, in seconds.
    public static let overlapSeconds: Int64 = 86_400
    private var store: any WebhookStore
    private let surroundings: Surroundings
    private let dialect: Dialect
    /// Whether endpoints may be at private addresses, and without TLS.
    public let allowsPrivate: Bool

    public init(
        store: any WebhookStore,
        dialect: Dialect,
        allowsPrivate: Bool = false,
        surroundings: Surroundings = .system
    ) {
        self.store = store
        self.dialect = dialect
        self.allowsPrivate = allowsPrivate
        self.surroundings = surroundings
    }

    public func keyed(_ call: KeyedCall) -> Webhooks {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    public func list(
        _ query: RecordQuery<WebhookEndpoint.Key>
    ) async throws(DomainError) -> Page<WebhookEndpoint> {
        try await store.webhookEndpoints(query, dialect)
    }

    public func endpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> WebhookEndpoint {
        try await store.webhookEndpoint(id, in: organizations, dialect)
    }

    public func create(
        _ draft: WebhookDraft,
        in organization: Organization.ID
    ) async throws(DomainError) -> WebhookEndpoint {
        let now = surroundings.now()
        return try await store.insert(
            WebhookEndpoint(
                id: surroundings.newIdentifier(),
                organization: organization,
                dialect: dialect,
                createdAt: now,
                url: draft.url,
                name: draft.name,
                format: draft.format,
                events: draft.events,
                secrets: [WebhookSecret(draft.secret, at: now, surroundings)]
            )
        )
    }

    public func update(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        by patch: WebhookPatch
    ) async throws(DomainError) -> WebhookEndpoint {
        let allowsPrivate = allowsPrivate
        return try await change(id, in: organizations) { endpoint, _ throws(DomainError) in
            if let url = patch.url { endpoint.url = url }
            if let name = patch.name { endpoint.name = name }
            if let format = patch.format { endpoint.format = format }
            if let events = patch.events { endpoint.events = events }
            guard let isEnabled = patch.isEnabled else { return }
            if isEnabled, !endpoint.isEnabled {
                do throws(WebhookURL.Fault) {
                    _ = try WebhookURL(endpoint.url.text, allowsPrivate: allowsPrivate)
                } catch {
                    throw .refused([Refusal(.webhookURL(error), input: endpoint.url.text)])
                }
            }
            endpoint.isEnabled = isEnabled
        }
    }

    /// Gives an endpoint another secret; the one before signs beside it for a while.
    public func resetSecret(
        of id: WebhookEndpoint.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> WebhookEndpoint {
        let surroundings = surroundings
        return try await change(id, in: organizations) { endpoint, now throws(DomainError) in
            // Of too many, the oldest signs no more: who resets a secret wants the new one.
            endpoint.secrets.removeFirst(max(0, endpoint.secrets.count + 1 - Self.secretsMax))
            try endpoint.add(WebhookSecret(nil, at: now, surroundings), overlapSeconds: Self.overlapSeconds, at: now)
        }
    }

    /// As `resetSecret`, with another overlap, and refused where there are too many; gives the secret that is new.
    public func addSecret(
        to id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        overlapSeconds: Int64
    ) async throws(DomainError) -> WebhookEndpoint {
        let surroundings = surroundings
        return try await change(id, in: organizations) { endpoint, now throws(DomainError) in
            try endpoint.add(WebhookSecret(nil, at: now, surroundings), overlapSeconds: overlapSeconds, at: now)
        }
    }

    public func delete(_ id: WebhookEndpoint.ID, in organizations: [Organization.ID]) async throws(DomainError) {
        try await store.deleteWebhookEndpoint(id, in: organizations, dialect, at: surroundings.now())
    }

    public func deliveries(_ query: WebhookDeliveryQuery) async throws(DomainError) -> Page<WebhookDelivery> {
        try await store.webhookDeliveries(query)
    }

    /// Events of an organization before one of them, newest first.
    public func events(
        of organization: Organization.ID,
        endpoint: WebhookEndpoint.ID?,
        before place: Int64?,
        limit: Int
    ) async throws(DomainError) -> [WebhookEvent] {
        try await store.webhookEvents(of: organization, endpoint: endpoint, dialect, before: place, limit: limit)
    }

    public func redeliver(
        _ id: WebhookEvent.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> WebhookEvent {
        try await store.redeliverWebhookEvent(id, in: organizations, dialect, at: surroundings.now())
    }

    private func change(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ body: @escaping @Sendable (inout WebhookEndpoint, Timestamp) throws(DomainError) -> Void
    ) async throws(DomainError) -> WebhookEndpoint {
        let now = surroundings.now()
        return try await store.updateWebhookEndpoint(id, in: organizations, dialect, at: now) {
            endpoint throws(DomainError) in
            let before = endpoint
            try body(&endpoint, now)
            if endpoint != before { endpoint.modifiedAt = now }
        }
    }
}

extension WebhookEndpoint {
    /// Adds a secret; those before it go on signing for a while only.
    fileprivate mutating func add(
        _ secret: WebhookSecret,
        overlapSeconds: Int64,
        at now: Timestamp
    ) throws(DomainError) {
        let end = now.adding(seconds: overlapSeconds)
        for index in secrets.indices {
            secrets[index].expiresAt = min(secrets[index].expiresAt ?? end, end)
        }
        secrets.removeAll { secret in secret.expiresAt.map { $0 <= now } ?? false }
        guard secrets.count < Webhooks.secretsMax else { throw .refused([Refusal(.webhookSecrets)]) }
        secrets.append(secret)
    }
}

/// An endpoint that is to be made.
public struct WebhookDraft: Sendable {
    public let url: WebhookURL
    public let name: String?
    public let format: WebhookEndpoint.Format
    public let events: [String]
    /// Nil for one that is made.
    public let secret: String?

    public init(
        url: WebhookURL,
        name: String?,
        format: WebhookEndpoint.Format = .raw,
        events: [String],
        secret: String? = nil
    ) {
        self.url = url
        self.name = name
        self.format = format
        self.events = events
        self.secret = secret
    }
}

/// What an update asks of an endpoint; what is nil stays.
public struct WebhookPatch: Sendable {
    public var url: WebhookURL?
    public var name: String?
    public var format: WebhookEndpoint.Format?
    public var events: [String]?
    public var isEnabled: Bool?

    public init() {}
}
