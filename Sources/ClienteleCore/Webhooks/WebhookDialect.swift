/// How one dialect tells news: its words, bodies, headers and patience.
public protocol WebhookDialect: Sendable {
    /// The name of the event for a change; nil where it has none.
    func eventName(of kind: FeedEntry.Kind) -> String?
    /// The body for a change; nil where there is nothing to tell.
    func body(of entry: FeedEntry, format: WebhookEndpoint.Format) -> String?

    /// The name of the event that tells a customer's whole state; nil where it has none.
    var stateEventName: String? { get }
    /// The body for a customer's state.
    func body(of state: CustomerState, at now: Timestamp, format: WebhookEndpoint.Format) -> String

    /// What is sent with an attempt, which is counted from 1.
    func headers(
        of event: WebhookEvent,
        body: String,
        attempt: Int,
        secrets: [String],
        at now: Timestamp
    ) -> [(name: String, value: String)]

    /// What follows from the answer to an attempt.
    func verdict(on answer: WebhookAnswer, attempt: Int, chance: Double) -> WebhookVerdict

    /// Events that fail one after the other before an endpoint is turned off.
    var failuresMax: Int { get }
}

/// What came back from an endpoint.
public struct WebhookAnswer: Sendable, Equatable {
    /// Nil where no answer came.
    public let status: Int?
    /// The beginning of the answer, or why there was none.
    public let text: String?
    /// How long the endpoint asked to be left alone.
    public let retryAfterSeconds: Int?

    public init(status: Int?, text: String?, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.text = text
        self.retryAfterSeconds = retryAfterSeconds
    }

    public var isSuccess: Bool { status.map { 200...299 ~= $0 } ?? false }
}

public enum WebhookVerdict: Sendable, Equatable {
    case done
    case retry(afterSeconds: Double)
    /// It is not sent again by itself.
    case failed
}
