/// Something that one endpoint is, or was, to be told.
public struct WebhookEvent: Sendable {
    public typealias ID = Identifier<WebhookEvent>

    public let id: ID
    public let organization: Organization.ID
    public let endpoint: WebhookEndpoint.ID
    /// Its place among all that was ever to be sent.
    package let number: Int64
    /// Events of one lane are sent one after the other: those of a customer, or of another record.
    package let lane: Identifier<Never>
    /// By the dialect's name.
    public let kind: String
    /// The change that it tells of; of several, the last.
    public let sequence: FeedEntry.Sequence
    public let stateVersion: Int64?
    public let createdAt: Timestamp
    public let modifiedAt: Timestamp?
    /// The body; nil once it is kept no longer.
    public let payload: String?
    /// How often it was sent.
    public let attempts: Int
    /// How the last attempt ended; nil before the event has been settled.
    public let succeeded: Bool?
    /// Whether it was never to be sent any more: its endpoint went, or was turned off.
    public let isSkipped: Bool
    public let httpCode: Int?

    /// Where it stands in a list.
    public var place: Int64 { number }
    /// Whether it is still to be sent, or to be sent again.
    public var isPending: Bool { dueAt != nil || isWaiting }
    /// When it is to be sent next; it tells one sending of an event from another.
    package private(set) var dueAt: Timestamp?
    /// Whether others of its lane are sent first.
    package private(set) var isWaiting: Bool

    package init(
        id: ID,
        organization: Organization.ID,
        endpoint: WebhookEndpoint.ID,
        number: Int64,
        lane: Identifier<Never>,
        kind: String,
        sequence: FeedEntry.Sequence,
        stateVersion: Int64?,
        createdAt: Timestamp,
        modifiedAt: Timestamp?,
        payload: String?,
        attempts: Int,
        succeeded: Bool?,
        isSkipped: Bool,
        httpCode: Int?,
        dueAt: Timestamp?,
        isWaiting: Bool = false
    ) {
        self.dueAt = dueAt
        self.isWaiting = isWaiting
        self.id = id
        self.organization = organization
        self.endpoint = endpoint
        self.number = number
        self.lane = lane
        self.kind = kind
        self.sequence = sequence
        self.stateVersion = stateVersion
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.payload = payload
        self.attempts = attempts
        self.succeeded = succeeded
        self.isSkipped = isSkipped
        self.httpCode = httpCode
    }

    /// The event once it may be sent.
    package func due(at now: Timestamp) -> WebhookEvent {
        var event = self
        event.dueAt = now
        event.isWaiting = false
        return event
    }
}

/// One attempt to send an event.
public struct WebhookDelivery: Sendable {
    public typealias ID = Identifier<WebhookDelivery>

    public let id: ID
    public let createdAt: Timestamp
    public let succeeded: Bool
    /// Nil where no answer came.
    public let httpCode: Int?
    /// The beginning of the answer, or why there was none.
    public let response: String?
    public let event: WebhookEvent

    package init(
        id: ID,
        createdAt: Timestamp,
        succeeded: Bool,
        httpCode: Int?,
        response: String?,
        event: WebhookEvent
    ) {
        self.id = id
        self.createdAt = createdAt
        self.succeeded = succeeded
        self.httpCode = httpCode
        self.response = response
        self.event = event
    }
}

/// Which deliveries a list shows, newest first.
public struct WebhookDeliveryQuery: Sendable {
    public var organizations: [Organization.ID]
    public var dialect: Dialect
    public var endpoints: [WebhookEndpoint.ID]?
    public var from: Timestamp?
    public var before: Timestamp?
    public var succeeded: Bool?
    /// The delivery's id, the event's id, or a part of the code of the answer.
    public var search: String?
    /// 2 for the codes from 200 to 299.
    public var codeClass: Int?
    public var kinds: [String]?
    /// Counted from 1.
    public var page: Int
    /// Deliveries a page.
    public var limit: Int

    public init(organizations: [Organization.ID], dialect: Dialect, page: Int = 1, limit: Int = 10) {
        self.organizations = organizations
        self.dialect = dialect
        self.page = page
        self.limit = limit
    }
}
