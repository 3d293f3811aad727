#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An address that is told of events.
///
/// Source: `GET /v1/webhooks/endpoints/{id}`.
public struct WebhookEndpoint: WireModel, Identifiable {
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The server's id.
    public var id: UUID
    /// Where events are sent.
    public var url: String
    /// The name.
    public var name: String?
    /// How events are written.
    public var format: WebhookFormat
    /// What events are signed with, as ``Webhook`` takes it: `whsec_…`.
    public var secret: String
    /// The organization whose events it is told.
    public var organizationID: UUID
    /// Which events it is told.
    public var events: [WebhookEventType]
    /// Whether it is told of them; the server turns endpoints off that have failed for long.
    public var enabled: Bool
}

/// How events are written for an endpoint.
public struct WebhookFormat: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// As JSON that ``Webhook`` reads.
    public static let raw: Self = "raw"
    /// As messages for a channel of Discord.
    public static let discord: Self = "discord"
    /// As messages for a channel of Slack.
    public static let slack: Self = "slack"
}

/// An endpoint to be made: the body of `POST /v1/webhooks/endpoints`.
public struct WebhookEndpointCreate: Encodable, Sendable, Hashable {
    /// Where events are sent: `https`, at the most 2,083 characters, and no private address unless the server is told to allow it.
    public var url: String
    /// The name.
    public var name: String?
    /// How events are written.
    public var format: WebhookFormat
    /// Which events it is told; may be empty.
    public var events: [WebhookEventType]
    /// The organization; only for tokens of users.
    public var organizationID: UUID?

    /// Whatever is left out is the server's to choose.
    public init(
        url: String,
        name: String? = nil,
        format: WebhookFormat = .raw,
        events: [WebhookEventType],
        organizationID: UUID? = nil
    ) {
        self.url = url
        self.name = name
        self.format = format
        self.events = events
        self.organizationID = organizationID
    }
}

/// What is to change of an endpoint.
///
/// What is left out stays. Nothing of an endpoint can be cleared.
public struct WebhookEndpointUpdate: Encodable, Sendable, Hashable {
    /// Where events are sent.
    public var url: Patch<String>
    /// The name.
    public var name: Patch<String>
    /// How events are written.
    public var format: Patch<WebhookFormat>
    /// All of the events that it is told.
    public var events: Patch<[WebhookEventType]>
    /// Whether it is told of them.
    public var enabled: Patch<Bool>

    /// Changes nothing unless told.
    public init(
        url: Patch<String> = .unchanged,
        name: Patch<String> = .unchanged,
        format: Patch<WebhookFormat> = .unchanged,
        events: Patch<[WebhookEventType]> = .unchanged,
        enabled: Patch<Bool> = .unchanged
    ) {
        self.url = url
        self.name = name
        self.format = format
        self.events = events
        self.enabled = enabled
    }
}
