/// What one customer holds: a value that the rules change, and that the store reads and writes back in one transaction.
public struct Account: Sendable {
    public let customer: Customer
    /// The member that the customer's benefits belong to.
    public let owner: Member.ID?
    /// All that it ever had, oldest first.
    public package(set) var subscriptions: [Subscription]
    /// All, revoked ones too.
    public package(set) var grants: [BenefitGrant]
    public package(set) var meters: [CustomerMeter]

    package init(
        customer: Customer,
        owner: Member.ID?,
        subscriptions: [Subscription],
        grants: [BenefitGrant],
        meters: [CustomerMeter]
    ) {
        self.customer = customer
        self.owner = owner
        self.subscriptions = subscriptions
        self.grants = grants
        self.meters = meters
    }
}

/// What the rules look up while they change an account, in the same transaction.
public protocol AccountSources {
    /// A product of the organization, with its benefits, archived or not.
    func product(_ id: Product.ID) throws -> Product
    /// A benefit of the organization, deleted or not.
    func benefit(_ id: Benefit.ID) throws -> Benefit
    func meter(_ id: Meter.ID) throws -> Meter
    /// What the meter makes of the customer's events in a stretch of time.
    ///
    /// Where it counts different values, they are kept from then on in place of those that were kept before.
    func recount(_ meter: Meter.ID, from start: Timestamp, before end: Timestamp?) throws -> MeterUsage
}
