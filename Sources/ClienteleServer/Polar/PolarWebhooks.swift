import ClienteleCore
import ClienteleJSON
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How Polar's dialect tells news: the bodies and headers of Standard Webhooks, with the whole secret as the key.
struct PolarWebhooks: WebhookDialect {
    /// Every event that an endpoint may be subscribed to; some have no cause here.
    static let events: [String] = [
        "checkout.created", "checkout.updated", "checkout.expired", "customer.created", "customer.updated",
        "customer.deleted", "customer.state_changed", "customer_seat.assigned", "customer_seat.claimed",
        "customer_seat.revoked", "member.created", "member.updated", "member.deleted", "order.created",
        "order.updated", "order.paid", "order.refunded", "subscription.created", "subscription.updated",
        "subscription.active", "subscription.canceled", "subscription.uncanceled", "subscription.cycled",
        "subscription.revoked", "subscription.past_due", "subscription.paused", "subscription.resumed",
        "refund.created", "refund.updated", "product.created", "product.updated", "benefit.created",
        "benefit.updated", "benefit_grant.created", "benefit_grant.cycled", "benefit_grant.updated",
        "benefit_grant.revoked", "discount.created", "discount.updated", "discount.deleted", "organization.updated",
    ]
    private static let known = Set(events)

    let failuresMax = 10
    /// Attempts to send one event at the most.
    private static let attemptsMax = 10
    /// The longest wait between two attempts, in seconds.
    private static let waitSecondsMax = 1_200.0

    func eventName(of kind: FeedEntry.Kind) -> String? {
        let name = kind.polarName
        return Self.known.contains(name) ? name : nil
    }

    var stateEventName: String? { "customer.state_changed" }

    func body(of entry: FeedEntry, format: WebhookEndpoint.Format) -> String? {
        guard let name = eventName(of: entry.kind), let subject = entry.subject else { return nil }
        switch format {
        case .raw: return Self.raw(name, entry.at) { $0.polarSubject(subject, .unversioned) }
        case .discord, .slack: return Self.message(name, subject.recordID, entry.organization, format)
        }
    }

    func body(of state: CustomerState, at now: Timestamp, format: WebhookEndpoint.Format) -> String {
        let name = "customer.state_changed"
        switch format {
        case .raw: return Self.raw(name, now) { $0.polarState(state.told, .unversioned) }
        case .discord, .slack:
            return Self.message(name, state.customer.id.text, state.customer.organization, format)
        }
    }

    func headers(
        of event: WebhookEvent,
        body: String,
        attempt: Int,
        secrets: [String],
        at now: Timestamp
    ) -> [(name: String, value: String)] {
        let seconds = now.microseconds / 1_000_000
        let signatures = webhookCodes(of: "\(event.id.text).\(seconds).\(body)", by: secrets)
            .map { "v1," + Data($0).base64EncodedString() }
        return [
            ("user-agent", "clientele webhooks"), ("content-type", "application/json"),
            ("webhook-id", event.id.text), ("webhook-timestamp", "\(seconds)"),
            ("webhook-signature", signatures.joined(separator: " ")),
        ] + event.placeHeaders
    }

    func verdict(on answer: WebhookAnswer, attempt: Int, chance: Double) -> WebhookVerdict {
        if answer.isSuccess { return .done }
        guard attempt < Self.attemptsMax else { return .failed }
        let most = Double(1 << (attempt + 1))
        let wait = most * (1 + chance)
        return .retry(
            afterSeconds: wait > Self.waitSecondsMax ? Self.waitSecondsMax * (0.5 + chance / 2) : wait
        )
    }

    private static func raw(
        _ name: String,
        _ moment: Timestamp,
        _ data: (inout JSONWriter<BoundedOutput>) -> Void
    ) -> String {
        let buffer = ByteBuffer(capacity: 4_096) { writer in
            writer.beginObject()
            writer.member("type", name)
            writer.member("timestamp", moment)
            writer.name("data")
            data(&writer)
            writer.endObject()
        }
        return String(buffer: buffer)
    }

    /// What people read in a room: what happened, and to what.
    private static func message(
        _ name: String,
        _ record: String,
        _ organization: Organization.ID,
        _ format: WebhookEndpoint.Format
    ) -> String {
        let title = JSON.string(name)
        let fields: [(String, String)] = [("Object", record), ("Organization", organization.text)]
        guard format == .discord else {
            let texts = fields.map { JSON.object([.init("type", "mrkdwn"), .init("text", .string("*\($0)*\n\($1)"))]) }
            let section: JSON = [
                "type": "section", "text": ["type": "mrkdwn", "text": .string("*\(name)*")], "fields": .array(texts),
            ]
            return JSON.object([.init("text", title), .init("blocks", [section])]).text
        }
        let parts = fields.map { JSON.object([.init("name", .string($0)), .init("value", .string($1))]) }
        let embed: JSON = ["title": title, "description": title, "fields": .array(parts)]
        return JSON.object([.init("content", title), .init("embeds", [embed])]).text
    }
}

extension WebhookEvent {
    /// By which a receiver tells old news: the place in the feed, and the version of the customer's state.
    var placeHeaders: [(name: String, value: String)] {
        [("x-clientele-sequence", "\(sequence)")]
            + (stateVersion.map { [("x-clientele-state-version", "\($0)")] } ?? [])
    }
}

extension FeedEntry.Subject {
    /// The id of the record that changed.
    fileprivate var recordID: String {
        switch self {
        case .customer(let customer): customer.id.text
        case .member(let member): member.id.text
        case .subscription(let details): details.subscription.id.text
        case .grant(let details, _): details.grant.id.text
        case .customerMeter(let meter): meter.id.text
        case .benefit(let benefit): benefit.id.text
        case .product(let product): product.id.text
        }
    }
}
