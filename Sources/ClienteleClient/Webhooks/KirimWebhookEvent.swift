public import ClienteleJSON
import HTTPTypes

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something that happened, as a webhook of Kirim's dialect tells it.
public struct KirimWebhookEvent: Sendable, Hashable {
    /// The event's id, `evt_…`, the same each time that it is told: drop those that were seen.
    public let id: String
    /// What happened.
    public let type: KirimWebhookEventType
    /// When it happened.
    public let createdAt: Date
    /// The record that it is about, as it was when the event was written.
    public let payload: Payload
    /// The delivery's id, `wbd_…`; nil where the sender tells none.
    public let deliveryID: String?
    /// Which attempt it is, from 1; nil where the sender does not tell.
    public let attempt: Int?
    /// The number of the change that it tells of; nil where the sender tells none.
    ///
    /// Only Clientele tells it, in a header, which the signature does not cover.
    public let sequence: Int64?

    /// The record of an event.
    public enum Payload: Sendable, Hashable {
        /// Of `customer.created`, `customer.updated`, `customer.archived` and `customer.onboarded`.
        case customer(KirimCustomer)
        /// The event's data, where it is of a type that this SDK does not know, or has no customer.
        case unknown(JSON)
    }

    /// The customer, where the event is about one.
    public var customer: KirimCustomer? {
        switch payload {
        case .customer(let customer): customer
        case .unknown: nil
        }
    }
}

/// A kind of event of Kirim's dialect.
public struct KirimWebhookEventType: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A customer was made.
    public static let customerCreated: Self = "customer.created"
    /// A customer was changed.
    public static let customerUpdated: Self = "customer.updated"
    /// A customer was archived.
    public static let customerArchived: Self = "customer.archived"
    /// A customer has joined.
    public static let customerOnboarded: Self = "customer.onboarded"
}

/// A customer, as Kirim's dialect writes it.
public struct KirimCustomer: WireModel, Identifiable {
    /// The id, `cus_…`, which never changes.
    public var id: String
    /// What it is: `customer`.
    public var object: String
    /// The name, 1 to 200 characters.
    public var name: String
    /// The address.
    public var email: String?
    /// How far it is.
    public var status: KirimCustomerStatus
    /// The application's own pairs, at the most 64; the values may be any JSON.
    public var metadata: [String: JSON]?
    /// When it was archived; nil unless it is.
    public var archivedAt: Date?
    /// The team whose customer it is.
    public var teamID: String
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var updatedAt: Date
}

/// How far a customer of Kirim's dialect is.
public struct KirimCustomerStatus: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It has not joined yet.
    public static let pending: Self = "pending"
    /// It may be served.
    public static let active: Self = "active"
    /// It may not be served for now.
    public static let suspended: Self = "suspended"
    /// It was put away.
    public static let archived: Self = "archived"
}

extension KirimWebhookEvent {
    /// Reads a body whose sender is known.
    init(_ body: [UInt8], _ headers: HTTPFields) throws(WebhookError) {
        guard let json = try? JSON(parsing: body), let id = json["id"]?.string, let type = json["type"]?.string,
            let createdAt = json["created_at"]?.string.flatMap(WireDate.date), let data = json["data"]
        else { throw .malformedBody(path: "", reason: "is no event") }
        let kind = KirimWebhookEventType(rawValue: type)
        self.init(
            id: id,
            type: kind,
            createdAt: createdAt,
            payload: try Self.payload(kind, data),
            deliveryID: headers.value("X-Kirim-Delivery-Id"),
            attempt: headers.value("X-Kirim-Attempt").flatMap { Int($0) },
            sequence: headers.value("x-clientele-sequence").flatMap { Int64($0) }
        )
    }

    private static func payload(_ type: KirimWebhookEventType, _ data: JSON) throws(WebhookError) -> Payload {
        switch type {
        case .customerCreated, .customerUpdated, .customerArchived, .customerOnboarded:
            guard let customer = data["customer"] else { return .unknown(data) }
            do { return .customer(try customer.decoded()) } catch {
                let (path, reason) = error.place
                throw .malformedBody(path: path, reason: reason)
            }
        default: return .unknown(data)
        }
    }
}
