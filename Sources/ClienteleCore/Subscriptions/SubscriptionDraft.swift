/// A subscription that is to be made.
public struct SubscriptionDraft: Sendable {
    public let product: Product.ID
    public let customer: CustomerKey
    public let metadata: Metadata

    public init(product: Product.ID, customer: CustomerKey, metadata: Metadata = Metadata()) {
        self.product = product
        self.customer = customer
        self.metadata = metadata
    }
}

/// What an update asks of a subscription.
public struct SubscriptionPatch: Sendable {
    public enum TrialEnd: Sendable {
        case now
        case at(Timestamp)

        func moment(_ now: Timestamp) -> Timestamp {
            switch self {
            case .now: now
            case .at(let moment): moment
            }
        }
    }

    public var product: Product.ID?
    public var trialEnd: TrialEnd?
    public var metadata: Metadata?

    public init() {}
}

/// Which subscriptions a list shows, in what order.
public struct SubscriptionQuery: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case customer, status
        case startedAt = "started_at"
        case currentPeriodEnd = "current_period_end"
        case endedAt = "ended_at"
        case endsAt = "ends_at"
        case amount, product, discount
    }

    public var list: RecordQuery<Key>
    public var products: [Product.ID]?
    public var customers: [Customer.ID]?
    public var externalCustomerIDs: [String]?
    /// Nobody has a discount here, so a list that asks for one is empty.
    public var wantsDiscount = false
    public var isActive: Bool?
    public var statuses: [Subscription.Status]?
    public var cancelsAtPeriodEnd: Bool?
    public var cancellationReasons: [Subscription.CancellationReason]?
    public var canceledAfter: Timestamp?
    public var canceledBefore: Timestamp?
    public var startedAfter: Timestamp?
    public var startedBefore: Timestamp?

    public init(_ list: RecordQuery<Key>) { self.list = list }
}
