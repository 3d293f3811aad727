#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One attempt to tell an endpoint of an event.
///
/// Source: `GET /v1/webhooks/deliveries`.
public struct WebhookDelivery: WireModel, Identifiable {
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The server's id.
    public var id: UUID
    /// Whether the endpoint took it.
    public var succeeded: Bool
    /// The status that the endpoint answered; nil where it gave no answer.
    public var httpCode: Int?
    /// What the endpoint answered, at the most 2,048 characters of it, or why it gave no answer.
    public var response: String?
    /// What the endpoint was told.
    public var webhookEvent: Event

    /// An event as it is kept for one endpoint.
    public struct Event: WireModel, Identifiable {
        /// When it was made.
        public var createdAt: Date
        /// When it was last changed.
        public var modifiedAt: Date?
        /// The event's id, which ``WebhooksClient/redeliver(_:options:)`` takes.
        public var id: UUID
        /// The status of the last attempt.
        public var lastHTTPCode: Int?
        /// Whether the endpoint took it; nil while attempts are to come.
        public var succeeded: Bool?
        /// Whether it was given up because the endpoint was turned off.
        public var skipped: Bool
        /// The body as it was sent, or is to be; nil once it is archived.
        public var payload: String?
        /// What happened.
        public var type: WebhookEventType
        /// Whether its body is kept no longer, which is for 90 days: it cannot be sent again.
        public var isArchived: Bool

        private enum CodingKeys: String, CodingKey {
            case createdAt, modifiedAt, id
            // The name has two words of capitals in a row.
            case lastHTTPCode = "last_http_code"
            case succeeded, skipped, payload, type, isArchived
        }
    }
}

/// The hundred to which the status of an answer belongs.
public struct HTTPCodeClass: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// 200 to 299.
    public static let success: Self = "2xx"
    /// 300 to 399.
    public static let redirection: Self = "3xx"
    /// 400 to 499.
    public static let clientError: Self = "4xx"
    /// 500 to 599.
    public static let serverError: Self = "5xx"
}
