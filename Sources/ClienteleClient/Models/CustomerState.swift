public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A customer with all that it pays for and may use.
///
/// Has the customer's own fields too: `state.email`. Source: `GET /v1/customers/{id}/state`.
@dynamicMemberLookup
public struct CustomerState: WireModel, Identifiable {
    /// The customer.
    public var customer: Customer
    /// What it is subscribed to; those whose payment is late are not among them.
    public var activeSubscriptions: [StateSubscription]
    /// What it may use.
    public var grantedBenefits: [StateGrant]
    /// What it has used of each meter.
    public var activeMeters: [StateMeter]

    /// The customer's id.
    public var id: UUID { customer.id }

    /// A field of the customer.
    public subscript<Value>(dynamicMember path: KeyPath<Customer, Value>) -> Value { customer[keyPath: path] }

    /// Whether the benefit is granted.
    public func has(benefit id: UUID) -> Bool { grantedBenefits.contains { $0.benefitID == id } }

    /// Whether a benefit is granted whose metadata has the pair `key` with this value.
    public func has(benefit key: String) -> Bool {
        grantedBenefits.contains { $0.benefitMetadata["key"]?.string == key }
    }

    /// What is left of a meter's credit; nil where the customer has none and used nothing.
    public func balance(ofMeter id: UUID) -> Double? { activeMeters.first { $0.meterID == id }?.balance }

    private enum CodingKeys: String, CodingKey {
        case activeSubscriptions, grantedBenefits, activeMeters
    }

    /// Reads the customer's members and the three lists from one object.
    public init(from decoder: any Decoder) throws {
        customer = try Customer(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        activeSubscriptions = try container.decode([StateSubscription].self, forKey: .activeSubscriptions)
        grantedBenefits = try container.decode([StateGrant].self, forKey: .grantedBenefits)
        activeMeters = try container.decode([StateMeter].self, forKey: .activeMeters)
    }

    /// Writes the customer's members and the three lists as one object.
    public func encode(to encoder: any Encoder) throws {
        try customer.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(activeSubscriptions, forKey: .activeSubscriptions)
        try container.encode(grantedBenefits, forKey: .grantedBenefits)
        try container.encode(activeMeters, forKey: .activeMeters)
    }
}

/// A subscription as a part of a customer's state.
public struct StateSubscription: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// Answers of the customer to questions of a checkout.
    public var customFieldData: [String: JSON]
    /// The application's own pairs.
    public var metadata: [String: JSON]
    /// `active` or `trialing`.
    public var status: SubscriptionStatus
    /// The price of a period, in the currency's smallest unit.
    public var amount: Int
    /// The currency, as an ISO 4217 code in lower case.
    public var currency: String
    /// The unit of a period.
    public var recurringInterval: RecurringInterval
    /// When the period began.
    public var currentPeriodStart: Date
    /// When the period ends.
    public var currentPeriodEnd: Date
    /// When the trial began.
    public var trialStart: Date?
    /// When the trial ends.
    public var trialEnd: Date?
    /// Whether it ends with the period.
    public var cancelAtPeriodEnd: Bool
    /// When its end was asked for.
    public var canceledAt: Date?
    /// When it began.
    public var startedAt: Date?
    /// When it is to end.
    public var endsAt: Date?
    /// What it is a subscription to.
    public var productID: UUID
    /// The discount.
    public var discountID: UUID?
    /// Its first price; deprecated on the wire.
    public var priceID: UUID?
    /// What was used by prices that count.
    public var meters: [SubscriptionUsage]
}

/// What was used in a period by a price that counts.
public struct SubscriptionUsage: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// Units used.
    public var consumedUnits: Double
    /// Units given.
    public var creditedUnits: Int
    /// What is to be paid, in the currency's smallest unit.
    public var amount: Int
    /// What counts.
    public var meterID: UUID
    /// What counts, in full; only in subscriptions.
    public var meter: Meter?
}

/// A benefit that a customer may use, as a part of its state.
public struct StateGrant: WireModel, Identifiable {
    /// The grant's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// When it was given.
    public var grantedAt: Date
    /// The benefit.
    public var benefitID: UUID
    /// The kind of the benefit.
    public var benefitType: BenefitType
    /// The benefit's own pairs.
    public var benefitMetadata: [String: JSON]
    /// What the grant adds, by the kind: a licence key, an account.
    public var properties: JSON
}

/// What a customer has used of a meter, as a part of its state.
public struct StateMeter: WireModel, Identifiable {
    /// The customer meter's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// What counts.
    public var meterID: UUID
    /// Units used since the last period began.
    public var consumedUnits: Double
    /// Units given since then.
    public var creditedUnits: Int
    /// Units given and not used; may be below zero.
    public var balance: Double
}

/// Whether a customer may use one thing, and how much of it.
///
/// Only Clientele has this. Source: `GET /v1/customers/{id}/benefits/{key}`.
public struct BenefitCheck: WireModel {
    /// The benefit, where the key names one.
    public var benefitID: UUID?
    /// The meter, where the key names one.
    public var meterID: UUID?
    /// The kind of the benefit, or `meter`.
    public var type: BenefitType
    /// Whether it may be used now.
    public var allowed: Bool
    /// Units given, of a meter.
    public var limit: Int?
    /// Units left, of a meter.
    public var remaining: Double?
    /// Why: `granted`, `not_granted`, `within_limit`, `limit_reached` or `no_credit`.
    public var reason: String
}
