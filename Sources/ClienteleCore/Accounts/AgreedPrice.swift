/// A price as it was when somebody subscribed.
public struct AgreedPrice: Sendable, Equatable {
    /// So much for each unit that a meter counts.
    public struct Metered: Sendable, Equatable {
        public let meter: Meter.ID
        /// Minor units, as a decimal text.
        public let unitAmount: String
        /// The most that a period costs, in minor units.
        public let cap: Int64?

        package init(meter: Meter.ID, unitAmount: String, cap: Int64?) {
            self.meter = meter
            self.unitAmount = unitAmount
            self.cap = cap
        }

        /// What usage costs that credit does not cover, in minor units.
        public func amount(consumed: Double, credited: Int64) -> Int64 {
            let amount = (max(0, consumed - Double(credited)) * (Double(unitAmount) ?? 0)).rounded()
            return min(cap ?? .max, amount < 0x1p62 ? Int64(amount) : 1 << 62)
        }
    }

    public let id: Price.ID
    public let metered: Metered?

    package init(id: Price.ID, metered: Metered?) {
        self.id = id
        self.metered = metered
    }

    package init(_ price: Price) {
        self.id = price.id
        self.metered =
            if case .meteredUnit(let meter, let unitAmount, let cap) = price.amount {
                Metered(meter: meter, unitAmount: unitAmount, cap: cap)
            } else {
                nil
            }
    }
}

extension AgreedPrice {
    /// What names a subscription's use of the price.
    public func usageID(of subscription: Subscription) -> Identifier<Metered> {
        Identifier(combining: subscription.id, id)
    }
}

/// A subscription with all that an answer shows beside it.
public struct SubscriptionDetails: Sendable {
    public let subscription: Subscription
    public let customer: Customer
    public let product: Product
    /// The meters of the subscription's prices.
    public let meters: [Meter]
    /// What the customer has used by them, where it has used any.
    public let usage: [StateMeter]

    package init(
        subscription: Subscription,
        customer: Customer,
        product: Product,
        meters: [Meter],
        usage: [StateMeter]
    ) {
        self.subscription = subscription
        self.customer = customer
        self.product = product
        self.meters = meters
        self.usage = usage
    }
}
