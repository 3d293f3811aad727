import ClienteleCore
import ClienteleJSON
import Crypto
import NIOCore

/// How Kirim's dialect tells news.
struct KirimWebhooks: WebhookDialect {
    /// Every event that a subscription may be for; those of onboarding have no cause here.
    static let events = [
        "customer.created", "customer.updated", "customer.archived", "customer.onboarded",
        "customer.setup_link.created", "customer.setup_link.consumed",
    ]

    let failuresMax = 20
    /// How long it waits before each attempt after the first, in seconds.
    private static let waits: [Double] = [10, 30, 120, 600, 3_600, 21_600, 86_400]
    /// By how much a wait may differ from that.
    private static let spread = 0.2

    func eventName(of kind: FeedEntry.Kind) -> String? {
        switch kind {
        case .customerCreated, .customerUpdated, .customerArchived: kind.rawValue
        // There, a customer that leaves is archived.
        case .customerDeleted: FeedEntry.Kind.customerArchived.rawValue
        case .memberCreated, .memberUpdated, .memberDeleted, .subscriptionCreated, .subscriptionActive,
            .subscriptionUpdated, .subscriptionCanceled, .subscriptionUncanceled, .subscriptionCycled,
            .subscriptionRevoked, .grantCreated, .grantUpdated, .grantCycled, .grantRevoked, .customerMeterUpdated,
            .benefitCreated, .benefitUpdated, .productCreated, .productUpdated:
            nil
        }
    }

    var stateEventName: String? { nil }

    func body(of entry: FeedEntry, format: WebhookEndpoint.Format) -> String? {
        guard let name = eventName(of: entry.kind), case .customer(let customer)? = entry.subject else { return nil }
        let buffer = ByteBuffer(capacity: 1_024) { writer in
            writer.beginObject()
            writer.member("id", Self.eventID(entry.organization, entry.sequence))
            writer.member("type", name)
            writer.member("created_at", entry.at.kirimText)
            writer.name("data")
            writer.beginObject()
            writer.name("customer")
            writer.kirimCustomer(customer)
            writer.endObject()
            writer.endObject()
        }
        return String(buffer: buffer)
    }

    func body(of state: CustomerState, at now: Timestamp, format: WebhookEndpoint.Format) -> String { "{}" }

    func headers(
        of event: WebhookEvent,
        body: String,
        attempt: Int,
        secrets: [String],
        at now: Timestamp
    ) -> [(name: String, value: String)] {
        let seconds = now.microseconds / 1_000_000
        let signatures = webhookCodes(of: "\(seconds).\(body)", by: secrets).map { ",v1=" + $0.hexadecimal }
        return [
            ("content-type", "application/json"), ("user-agent", "Kirim-Webhook/1.0"), ("x-kirim-source", "kirim"),
            ("x-kirim-event", event.kind), ("x-kirim-event-id", Self.eventID(event.organization, event.sequence)),
            ("x-kirim-delivery-id", KirimID.text("wbd", event.id)), ("x-kirim-attempt", "\(attempt)"),
            ("x-kirim-signature", "t=\(seconds)" + signatures.joined()),
        ] + event.placeHeaders
    }

    /// Codes from 400 on are final, but for those that say that it is too early.
    func verdict(on answer: WebhookAnswer, attempt: Int, chance: Double) -> WebhookVerdict {
        if answer.isSuccess { return .done }
        let isFinal = answer.status.map { 400...499 ~= $0 && $0 != 408 && $0 != 429 } ?? false
        guard !isFinal, attempt <= Self.waits.count else { return .failed }
        let wait = Self.waits[attempt - 1] * (1 - Self.spread + 2 * Self.spread * chance)
        let asked = answer.status == 429 ? answer.retryAfterSeconds.map(Double.init) ?? 0 : 0
        return .retry(afterSeconds: max(wait, min(asked, Self.waits[Self.waits.count - 1])))
    }

    /// The id of what happened, the same for every subscription that is told of it.
    static func eventID(_ organization: Organization.ID, _ sequence: FeedEntry.Sequence) -> String {
        let digest = Array(SHA256.hash(data: Array("\(organization.text) \(sequence)".utf8)))
        func half(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return KirimID.text("evt", WebhookEvent.ID(high: half(digest[..<8]), low: half(digest[8..<16])))
    }
}
