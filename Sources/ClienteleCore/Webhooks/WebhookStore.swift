/// Where endpoints are kept, and what was sent to them.
public protocol WebhookStore: KeyedStore {
    /// The live endpoints of a dialect, as a list shows them.
    func webhookEndpoints(
        _ query: RecordQuery<WebhookEndpoint.Key>,
        _ dialect: Dialect
    ) async throws(DomainError) -> Page<WebhookEndpoint>

    /// A live endpoint. A point read.
    func webhookEndpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect
    ) async throws(DomainError) -> WebhookEndpoint

    /// Adds an endpoint, which is told of what is committed from then on.
    func insert(_ endpoint: WebhookEndpoint) async throws(DomainError) -> WebhookEndpoint

    /// Changes one endpoint by `change`; what waited for one that is turned off is skipped.
    func updateWebhookEndpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect,
        at now: Timestamp,
        _ change: @escaping @Sendable (inout WebhookEndpoint) throws(DomainError) -> Void
    ) async throws(DomainError) -> WebhookEndpoint

    /// Removes one endpoint; what waited for it is skipped.
    func deleteWebhookEndpoint(
        _ id: WebhookEndpoint.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect,
        at now: Timestamp
    ) async throws(DomainError)

    func webhookDeliveries(_ query: WebhookDeliveryQuery) async throws(DomainError) -> Page<WebhookDelivery>

    /// Up to `limit` events of an organization before one of them, newest first.
    func webhookEvents(
        of organization: Organization.ID,
        endpoint: WebhookEndpoint.ID?,
        _ dialect: Dialect,
        before number: Int64?,
        limit: Int
    ) async throws(DomainError) -> [WebhookEvent]

    /// Has an event sent again, at once; throws `.notFound` where its body is not kept any more.
    func redeliverWebhookEvent(
        _ id: WebhookEvent.ID,
        in organizations: [Organization.ID],
        _ dialect: Dialect,
        at now: Timestamp
    ) async throws(DomainError) -> WebhookEvent
}

/// What those who deliver need of a store.
///
/// A worker is a process that delivers; an organization is the business of one at a time.
public protocol WebhookQueue: ChangeStore {
    /// Says that the worker lives until that moment, has it take the organizations that are nobody's, and gives all of its own.
    func leaseWebhookQueues(
        to worker: Identifier<WebhookWorker>,
        at now: Timestamp,
        until end: Timestamp
    ) async throws(DomainError) -> Set<Organization.ID>

    /// Which of the worker's organizations have news; all of them are told, with their version. A point read.
    func webhookNews(of worker: Identifier<WebhookWorker>, at now: Timestamp) async throws(DomainError) -> [WebhookNews]

    /// Lets the worker's organizations go.
    func releaseWebhookQueues(of worker: Identifier<WebhookWorker>) async throws(DomainError)

    /// How far an organization's changes were made into events, and for whom they are to be. A point read.
    ///
    /// What is known of the endpoints is not read again where they have not changed since.
    func webhookQueue(
        of organization: Organization.ID,
        knowing known: WebhookQueueState?
    ) async throws(DomainError) -> WebhookQueueState

    /// Leaves endpoints behind the others, where they are now: nothing is made for them before they are reached again.
    func leaveBehind(
        _ endpoints: [WebhookEndpoint.ID],
        of organization: Organization.ID,
        by worker: Identifier<WebhookWorker>
    ) async throws(DomainError)

    /// Adds events; gives those that are due at once, or nil, and does nothing, where `batch` was made of another state.
    func add(_ batch: WebhookBatch, at now: Timestamp) async throws(DomainError) -> [WebhookEvent]?

    /// Customers whose state is to be told, to each its endpoints. A point read.
    func dueWebhookStates(
        of organization: Organization.ID,
        at now: Timestamp,
        limit: Int
    ) async throws(DomainError) -> [DueWebhookState]

    /// The state of a customer, live or not. A point read.
    func lastState(
        of customer: Customer.ID,
        in organization: Organization.ID
    ) async throws(DomainError) -> CustomerState

    /// Events of an endpoint that are due, the longest first. A point read.
    func dueWebhookEvents(
        of endpoint: WebhookEndpoint.ID,
        in organization: Organization.ID,
        at now: Timestamp,
        limit: Int
    ) async throws(DomainError) -> [WebhookEvent]

    /// Notes how attempts ended, and gives the next event of each lane where it may be sent now.
    ///
    /// All are of one organization, each of another event.
    func settle(
        _ attempts: [WebhookAttempt],
        of organization: Organization.ID
    ) async throws(DomainError) -> [WebhookEvent]

    /// What waits for each endpoint.
    func webhookBacklogs() async throws(DomainError) -> [WebhookBacklog]

    /// Lets what up to `limit` events of before that moment said go, and what was answered; tells how many there were.
    func archiveWebhookEvents(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int

    /// Lets up to `limit` events of before that moment go that say nothing more; tells how many there were.
    func forgetWebhookEvents(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int
}

/// A process that delivers.
public enum WebhookWorker {}

/// Whether an organization has anything to be sent that it has not been looked at for.
public struct WebhookNews: Sendable {
    package let organization: Organization.ID
    /// Grows with every change of the endpoints.
    package let version: Int64
    /// Whether there are changes that were not made into events, or states to be told.
    package let hasChanges: Bool

    package init(organization: Organization.ID, version: Int64, hasChanges: Bool) {
        self.organization = organization
        self.version = version
        self.hasChanges = hasChanges
    }
}

/// How far an organization's changes were made into events.
public struct WebhookQueueState: Sendable {
    /// The last change that was.
    package let made: FeedEntry.Sequence
    /// Grows with every change of the endpoints.
    package let version: Int64
    /// Those that are told anything.
    package let endpoints: [WebhookEndpoint]

    package init(made: FeedEntry.Sequence, version: Int64, endpoints: [WebhookEndpoint]) {
        self.made = made
        self.version = version
        self.endpoints = endpoints
    }
}

/// Events that are to be added, and by whom.
public struct WebhookBatch: Sendable {
    package let organization: Organization.ID
    package let worker: Identifier<WebhookWorker>
    /// What the batch was made of.
    package let state: WebhookQueueState
    /// The last change that has been made into events with it.
    package let made: FeedEntry.Sequence
    /// The one endpoint that it is for, which is behind the others; nil where it is for all the others.
    package let straggler: WebhookEndpoint?
    package var events: [NewWebhookEvent] = []
    /// Customers whose state is to be told later.
    package var states: [NewWebhookState] = []
    /// Those whose state is told by it.
    package var told: [DueWebhookState] = []

    package init(
        organization: Organization.ID,
        worker: Identifier<WebhookWorker>,
        state: WebhookQueueState,
        made: FeedEntry.Sequence,
        straggler: WebhookEndpoint? = nil
    ) {
        self.straggler = straggler
        self.organization = organization
        self.worker = worker
        self.state = state
        self.made = made
    }
}

/// An event that is to be added.
package struct NewWebhookEvent: Sendable {
    package let id: WebhookEvent.ID
    package let endpoint: WebhookEndpoint.ID
    package let lane: Identifier<Never>
    package let kind: String
    package let sequence: FeedEntry.Sequence
    package let stateVersion: Int64?
    package let payload: String

    package init(
        id: WebhookEvent.ID,
        endpoint: WebhookEndpoint.ID,
        lane: Identifier<Never>,
        kind: String,
        sequence: FeedEntry.Sequence,
        stateVersion: Int64?,
        payload: String
    ) {
        self.id = id
        self.endpoint = endpoint
        self.lane = lane
        self.kind = kind
        self.sequence = sequence
        self.stateVersion = stateVersion
        self.payload = payload
    }
}

/// A customer whose state one endpoint is to be told, once it has been quiet for a while.
package struct NewWebhookState: Sendable {
    package let endpoint: WebhookEndpoint.ID
    package let customer: Customer.ID
    package let sequence: FeedEntry.Sequence
    package let at: Timestamp

    /// How long there must be no change, and how long it may take at the most, in seconds.
    package static let (quietSeconds, waitSecondsMax): (Int64, Int64) = (1, 5)

    package init(
        endpoint: WebhookEndpoint.ID,
        customer: Customer.ID,
        sequence: FeedEntry.Sequence,
        at: Timestamp
    ) {
        self.endpoint = endpoint
        self.customer = customer
        self.sequence = sequence
        self.at = at
    }
}

/// A customer whose state one endpoint is to be told now.
public struct DueWebhookState: Sendable {
    package let endpoint: WebhookEndpoint.ID
    package let customer: Customer.ID
    /// The last change that it tells of.
    package let sequence: FeedEntry.Sequence

    package init(endpoint: WebhookEndpoint.ID, customer: Customer.ID, sequence: FeedEntry.Sequence) {
        self.endpoint = endpoint
        self.customer = customer
        self.sequence = sequence
    }
}

/// An attempt to send an event, and what followed from it.
public struct WebhookAttempt: Sendable {
    package let id: WebhookDelivery.ID
    package let event: WebhookEvent
    package let answer: WebhookAnswer
    package let verdict: WebhookVerdict
    package let at: Timestamp
    /// Events that fail one after the other before the endpoint is turned off.
    package let failuresMax: Int

    package init(
        id: WebhookDelivery.ID,
        event: WebhookEvent,
        answer: WebhookAnswer,
        verdict: WebhookVerdict,
        at: Timestamp,
        failuresMax: Int
    ) {
        self.id = id
        self.event = event
        self.answer = answer
        self.verdict = verdict
        self.at = at
        self.failuresMax = failuresMax
    }
}

/// What waits for one endpoint.
public struct WebhookBacklog: Sendable {
    public let endpoint: WebhookEndpoint.ID
    public let events: Int
    /// When the oldest of them was made; nil where there is none.
    public let oldest: Timestamp?

    package init(endpoint: WebhookEndpoint.ID, events: Int, oldest: Timestamp?) {
        self.endpoint = endpoint
        self.events = events
        self.oldest = oldest
    }
}
