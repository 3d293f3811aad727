public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A customer's right to a product.
///
/// Source: `GET /v1/subscriptions/{id}`.
public struct Subscription: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The price of a period, in the currency's smallest unit.
    public var amount: Int
    /// The currency, as an ISO 4217 code in lower case.
    public var currency: String
    /// The unit of a period.
    public var recurringInterval: RecurringInterval
    /// Units in a period.
    public var recurringIntervalCount: Int
    /// Where it stands.
    public var status: SubscriptionStatus
    /// When the period began.
    public var currentPeriodStart: Date
    /// When the period ends.
    public var currentPeriodEnd: Date?
    /// When the period of counting began.
    public var currentMeterPeriodStart: Date?
    /// When the period of counting ends.
    public var currentMeterPeriodEnd: Date?
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
    /// When it ended.
    public var endedAt: Date?
    /// Since when a payment is late.
    public var pastDueAt: Date?
    /// Whether it rests from the end of the period on.
    public var pauseAtPeriodEnd: Bool?
    /// Since when it rests.
    public var pausedAt: Date?
    /// When it goes on.
    public var resumesAt: Date?
    /// The customer.
    public var customerID: UUID
    /// The product.
    public var productID: UUID
    /// The discount.
    public var discountID: UUID?
    /// The checkout that it comes from.
    public var checkoutID: UUID?
    /// Seats.
    public var seats: Int?
    /// Units.
    public var units: Int?
    /// Why the customer left.
    public var customerCancellationReason: CancellationReason?
    /// What the customer said of it.
    public var customerCancellationComment: String?
    /// Its first price; deprecated on the wire.
    public var priceID: UUID?
    /// The application's own pairs.
    public var metadata: [String: JSON]
    /// Answers of the customer to questions of a checkout.
    public var customFieldData: [String: JSON]?
    /// The customer in full.
    public var customer: Customer
    /// The customer's id once more; deprecated on the wire.
    public var userID: UUID?
    /// The customer in short; deprecated on the wire.
    public var user: JSON?
    /// The product in full.
    public var product: Product
    /// The discount in full.
    public var discount: JSON?
    /// Its first price; deprecated on the wire.
    public var price: Price?
    /// Its prices.
    public var prices: [Price]
    /// What was used by prices that count.
    public var meters: [SubscriptionUsage]
    /// A change that waits for the period's end.
    public var pendingUpdate: JSON?
}

/// Why a customer left, in its words.
public struct CancellationNote: Encodable, Sendable, Hashable {
    /// Why the customer left.
    public var customerCancellationReason: CancellationReason?
    /// What the customer said of it.
    public var customerCancellationComment: String?

    /// Says nothing unless told.
    public init(reason: CancellationReason? = nil, comment: String? = nil) {
        self.customerCancellationReason = reason
        self.customerCancellationComment = comment
    }
}
