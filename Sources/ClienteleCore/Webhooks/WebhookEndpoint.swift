/// Where an organization's news is sent.
public struct WebhookEndpoint: Sendable, Equatable {
    public typealias ID = Identifier<WebhookEndpoint>

    /// What the body is for: a program, or a room in which people talk.
    public enum Format: String, Sendable, CaseIterable { case raw, discord, slack }

    /// By what lists are sorted.
    public enum Key: String, Sendable, CaseIterable { case createdAt = "created_at" }

    public let id: ID
    public let organization: Organization.ID
    /// Whose form the deliveries have.
    public let dialect: Dialect
    public let createdAt: Timestamp
    public package(set) var modifiedAt: Timestamp?
    public package(set) var url: WebhookURL
    public package(set) var name: String?
    public package(set) var format: Format
    /// What it is told, by the dialect's names.
    public package(set) var events: [String]
    public package(set) var isEnabled: Bool
    /// Oldest first, those that have expired too.
    public package(set) var secrets: [WebhookSecret]
    /// The last change that it is not told of.
    package var since: FeedEntry.Sequence
    /// The last change that was made into events for it, where it is behind the others.
    package let behind: FeedEntry.Sequence?

    package init(
        id: ID,
        organization: Organization.ID,
        dialect: Dialect,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        url: WebhookURL,
        name: String?,
        format: Format = .raw,
        events: [String],
        isEnabled: Bool = true,
        secrets: [WebhookSecret],
        since: FeedEntry.Sequence = 0,
        behind: FeedEntry.Sequence? = nil
    ) {
        self.id = id
        self.organization = organization
        self.dialect = dialect
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.url = url
        self.name = name
        self.format = format
        self.events = events
        self.isEnabled = isEnabled
        self.secrets = secrets
        self.since = since
        self.behind = behind
    }

    /// The secrets that sign at that moment, the newest first.
    public func activeSecrets(at now: Timestamp) -> [WebhookSecret] {
        secrets.reversed().filter { secret in secret.expiresAt.map { now < $0 } ?? true }
    }
}

/// What deliveries to one endpoint are signed with.
public struct WebhookSecret: Sendable, Equatable {
    public typealias ID = Identifier<WebhookSecret>

    public let id: ID
    public let text: String
    public let createdAt: Timestamp
    /// Nil for one that signs until it is replaced.
    public package(set) var expiresAt: Timestamp?

    package init(id: ID, text: String, createdAt: Timestamp, expiresAt: Timestamp? = nil) {
        self.id = id
        self.text = text
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    package init(_ text: String?, at now: Timestamp, _ surroundings: Surroundings) {
        self.init(
            id: surroundings.newIdentifier(),
            text: text ?? TokenSecret.newWebhookSecret(surroundings),
            createdAt: now
        )
    }
}
