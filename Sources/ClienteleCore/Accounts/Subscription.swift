/// A customer's standing right to a product.
public struct Subscription: Sendable, Equatable {
    public typealias ID = Identifier<Subscription>

    public enum Status: String, Sendable, CaseIterable {
        case incomplete
        case incompleteExpired = "incomplete_expired"
        case trialing
        case active
        case pastDue = "past_due"
        case canceled
        case unpaid
        case paused
    }

    public enum CancellationReason: String, Sendable, CaseIterable {
        case customerService = "customer_service"
        case lowQuality = "low_quality"
        case missingFeatures = "missing_features"
        case switchedService = "switched_service"
        case tooComplex = "too_complex"
        case tooExpensive = "too_expensive"
        case unused
        case other
    }

    public let id: ID
    public let organization: Organization.ID
    public let customer: Customer.ID
    public let createdAt: Timestamp
    public package(set) var modifiedAt: Timestamp?
    public package(set) var product: Product.ID
    /// The product's prices when it was subscribed to.
    public package(set) var prices: [AgreedPrice]
    /// Minor units a period.
    public package(set) var amount: Int64
    public package(set) var currency: String
    public package(set) var status: Status
    public package(set) var interval: CalendarInterval
    /// Where the periods are counted from, and how many have ended since: so a short month shortens only itself.
    public package(set) var anchor: Timestamp
    public package(set) var periodsEnded: Int
    public package(set) var currentPeriodStart: Timestamp
    public package(set) var currentPeriodEnd: Timestamp
    public package(set) var trialStart: Timestamp?
    public package(set) var trialEnd: Timestamp?
    public package(set) var cancelsAtPeriodEnd: Bool
    public package(set) var canceledAt: Timestamp?
    public package(set) var startedAt: Timestamp?
    public package(set) var endsAt: Timestamp?
    public package(set) var endedAt: Timestamp?
    public package(set) var cancellationReason: CancellationReason?
    public package(set) var cancellationComment: String?
    public package(set) var metadata: Metadata

    package init(
        id: ID,
        organization: Organization.ID,
        customer: Customer.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        product: Product.ID,
        prices: [AgreedPrice],
        amount: Int64,
        currency: String,
        status: Status,
        interval: CalendarInterval,
        anchor: Timestamp,
        periodsEnded: Int = 0,
        currentPeriodStart: Timestamp,
        currentPeriodEnd: Timestamp,
        trialStart: Timestamp? = nil,
        trialEnd: Timestamp? = nil,
        cancelsAtPeriodEnd: Bool = false,
        canceledAt: Timestamp? = nil,
        startedAt: Timestamp?,
        endsAt: Timestamp? = nil,
        endedAt: Timestamp? = nil,
        cancellationReason: CancellationReason? = nil,
        cancellationComment: String? = nil,
        metadata: Metadata
    ) {
        self.id = id
        self.organization = organization
        self.customer = customer
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.product = product
        self.prices = prices
        self.amount = amount
        self.currency = currency
        self.status = status
        self.interval = interval
        self.anchor = anchor
        self.periodsEnded = periodsEnded
        self.currentPeriodStart = currentPeriodStart
        self.currentPeriodEnd = currentPeriodEnd
        self.trialStart = trialStart
        self.trialEnd = trialEnd
        self.cancelsAtPeriodEnd = cancelsAtPeriodEnd
        self.canceledAt = canceledAt
        self.startedAt = startedAt
        self.endsAt = endsAt
        self.endedAt = endedAt
        self.cancellationReason = cancellationReason
        self.cancellationComment = cancellationComment
        self.metadata = metadata
    }

    /// Whether it gives what its product promises.
    public var isInForce: Bool { status == .active || status == .trialing }

    /// When something happens to it by itself: its period ends.
    public var dueAt: Timestamp? { isInForce ? currentPeriodEnd : nil }
}
