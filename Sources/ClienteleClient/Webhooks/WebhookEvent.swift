public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something that happened, as a webhook tells it.
public struct WebhookEvent: Sendable, Hashable {
    /// The event's id, the same each time that it is told: drop those that were seen.
    public let id: String
    /// What happened.
    public let type: WebhookEventType
    /// When it happened.
    public let timestamp: Date
    /// The record that it is about, as it was when the event was written.
    public let payload: Payload
    /// The number of the change that it tells of, in its organization; nil where the server tells none.
    ///
    /// With it a reader can tell an old event from a new one, and go on with ``ChangesClient/feed(after:organizationID:options:)``.
    /// Like the version it is told in a header, which the signature does not cover. Only Clientele tells it.
    public let sequence: Int64?
    /// The version that the customer had then; nil where the event is of none, or the server tells none.
    public let stateVersion: Int64?

    /// The record of an event.
    public enum Payload: Sendable, Hashable {
        /// Of `customer.created`, `customer.updated` and `customer.deleted`.
        case customer(Customer)
        /// Of `customer.state_changed`.
        case customerState(CustomerState)
        /// Of `customer_meter.updated`.
        case customerMeter(StateMeter)
        /// Of `member.…`.
        case member(Member)
        /// Of `subscription.…`.
        case subscription(Subscription)
        /// Of `benefit.…`.
        case benefit(Benefit)
        /// Of `benefit_grant.…`.
        case benefitGrant(BenefitGrant)
        /// Of `product.…`.
        case product(Product)
        /// Of a type that this SDK does not know, or a change of one that it cannot read: ignore it, or read the JSON.
        case unknown(JSON)
    }
}

/// A kind of event.
public struct WebhookEventType: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A customer was made.
    public static let customerCreated: Self = "customer.created"
    /// A customer was changed.
    public static let customerUpdated: Self = "customer.updated"
    /// A customer was deleted.
    public static let customerDeleted: Self = "customer.deleted"
    /// What a customer is, pays for or may use has changed.
    public static let customerStateChanged: Self = "customer.state_changed"
    /// What a customer has used of a meter, or has left, has changed; only in changes, not in webhooks.
    public static let customerMeterUpdated: Self = "customer_meter.updated"
    /// A member was made.
    public static let memberCreated: Self = "member.created"
    /// A member was changed.
    public static let memberUpdated: Self = "member.updated"
    /// A member was deleted.
    public static let memberDeleted: Self = "member.deleted"
    /// A subscription was made.
    public static let subscriptionCreated: Self = "subscription.created"
    /// A subscription was changed.
    public static let subscriptionUpdated: Self = "subscription.updated"
    /// A subscription may be used.
    public static let subscriptionActive: Self = "subscription.active"
    /// A subscription is to end.
    public static let subscriptionCanceled: Self = "subscription.canceled"
    /// A subscription is not to end any more.
    public static let subscriptionUncanceled: Self = "subscription.uncanceled"
    /// A period of a subscription began.
    public static let subscriptionCycled: Self = "subscription.cycled"
    /// A subscription has ended.
    public static let subscriptionRevoked: Self = "subscription.revoked"
    /// A payment of a subscription is late.
    public static let subscriptionPastDue: Self = "subscription.past_due"
    /// A subscription rests.
    public static let subscriptionPaused: Self = "subscription.paused"
    /// A subscription goes on.
    public static let subscriptionResumed: Self = "subscription.resumed"
    /// A benefit was made.
    public static let benefitCreated: Self = "benefit.created"
    /// A benefit was changed.
    public static let benefitUpdated: Self = "benefit.updated"
    /// A benefit was given.
    public static let benefitGrantCreated: Self = "benefit_grant.created"
    /// A benefit was given for another period.
    public static let benefitGrantCycled: Self = "benefit_grant.cycled"
    /// What a customer has of a benefit was changed.
    public static let benefitGrantUpdated: Self = "benefit_grant.updated"
    /// A benefit was taken.
    public static let benefitGrantRevoked: Self = "benefit_grant.revoked"
    /// A product was made.
    public static let productCreated: Self = "product.created"
    /// A product was changed.
    public static let productUpdated: Self = "product.updated"
}

extension WebhookEventType {
    /// Whether this SDK reads the records of such events.
    package var isKnown: Bool {
        // No record is null: only a type that is not known takes it.
        (try? WebhookEvent.Payload(self, .null)) == nil
    }
}

extension WebhookEvent.Payload {
    /// Reads the record of an event, by its type.
    init(_ type: WebhookEventType, _ data: JSON) throws(DecodingError) {
        switch type {
        case .customerCreated, .customerUpdated, .customerDeleted: self = .customer(try data.decoded())
        case .customerStateChanged: self = .customerState(try data.decoded())
        case .customerMeterUpdated: self = .customerMeter(try data.decoded())
        case .memberCreated, .memberUpdated, .memberDeleted: self = .member(try data.decoded())
        case .subscriptionCreated, .subscriptionUpdated, .subscriptionActive, .subscriptionCanceled,
            .subscriptionUncanceled, .subscriptionCycled, .subscriptionRevoked, .subscriptionPastDue,
            .subscriptionPaused, .subscriptionResumed:
            self = .subscription(try data.decoded())
        case .benefitCreated, .benefitUpdated: self = .benefit(try data.decoded())
        case .benefitGrantCreated, .benefitGrantCycled, .benefitGrantUpdated, .benefitGrantRevoked:
            self = .benefitGrant(try data.decoded())
        case .productCreated, .productUpdated: self = .product(try data.decoded())
        default: self = .unknown(data)
        }
    }
}
