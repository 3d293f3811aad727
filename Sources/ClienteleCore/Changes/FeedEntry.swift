/// One committed change of an organization's data, as its feed tells it.
public struct FeedEntry: Sendable {
    /// What the changes of one organization are counted by.
    public typealias Sequence = Int64

    public let organization: Organization.ID
    /// 1, 2, 3, …, none left out: in the order of the commits for one customer, and for calls that did not overlap.
    public let sequence: Sequence
    public let at: Timestamp
    public let kind: Kind
    /// Whom it concerns; nil for what is nobody's, such as a product.
    public let customer: Customer.ID?
    /// The version of that customer's state that the change made.
    public let stateVersion: Int64?
    /// The token by which it was made; nil for what time brings, and for what an operator does.
    public let actor: AccessToken.ID?
    /// Nil where it was erased with its customer.
    public let subject: Subject?

    package init(
        organization: Organization.ID,
        sequence: Sequence,
        at: Timestamp,
        kind: Kind,
        customer: Customer.ID?,
        stateVersion: Int64?,
        actor: AccessToken.ID?,
        subject: Subject?
    ) {
        self.organization = organization
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.customer = customer
        self.stateVersion = stateVersion
        self.actor = actor
        self.subject = subject
    }

    /// What happened.
    ///
    /// The text is what is stored; a dialect has its own word for it, or none.
    public enum Kind: String, Sendable, CaseIterable {
        case customerCreated = "customer.created"
        case customerUpdated = "customer.updated"
        case customerArchived = "customer.archived"
        case customerDeleted = "customer.deleted"
        case memberCreated = "member.created"
        case memberUpdated = "member.updated"
        case memberDeleted = "member.deleted"
        case subscriptionCreated = "subscription.created"
        case subscriptionActive = "subscription.active"
        case subscriptionUpdated = "subscription.updated"
        case subscriptionCanceled = "subscription.canceled"
        case subscriptionUncanceled = "subscription.uncanceled"
        case subscriptionCycled = "subscription.cycled"
        case subscriptionRevoked = "subscription.revoked"
        case grantCreated = "benefit_grant.created"
        case grantUpdated = "benefit_grant.updated"
        case grantCycled = "benefit_grant.cycled"
        case grantRevoked = "benefit_grant.revoked"
        case customerMeterUpdated = "customer_meter.updated"
        case benefitCreated = "benefit.created"
        case benefitUpdated = "benefit.updated"
        case productCreated = "product.created"
        case productUpdated = "product.updated"
    }

    /// The record that changed, as the change left it, with what an answer shows beside it as that is now.
    public enum Subject: Sendable {
        case customer(Customer)
        case member(Member)
        case subscription(SubscriptionDetails)
        case grant(BenefitGrantDetails, previous: BenefitGrant.Properties)
        case customerMeter(StateMeter)
        case benefit(Benefit)
        case product(Product)
    }
}

/// Some of an organization's changes, in order.
public struct ChangePage: Sendable {
    public let changes: [FeedEntry]
    /// Whether there were more when they were read.
    public let hasMore: Bool

    package init(changes: [FeedEntry], hasMore: Bool) {
        self.changes = changes
        self.hasMore = hasMore
    }
}

/// By whose token the current task changes what it changes.
public enum Actor {
    @TaskLocal public static var current: AccessToken.ID?
}
