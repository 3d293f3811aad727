/// What a customer is, pays for and may use, at one moment.
public struct CustomerState: Sendable {
    public let customer: Customer
    /// Those in force.
    public let subscriptions: [Subscription]
    /// Those not revoked, with what an answer shows of their benefits.
    public let grants: [StateGrant]
    public let meters: [StateMeter]

    package init(customer: Customer, subscriptions: [Subscription], grants: [StateGrant], meters: [StateMeter]) {
        self.customer = customer
        self.subscriptions = subscriptions
        self.grants = grants
        self.meters = meters
    }
}

/// A benefit that a customer has.
public struct StateGrant: Sendable {
    public let id: BenefitGrant.ID
    public let createdAt: Timestamp
    public let modifiedAt: Timestamp?
    public let grantedAt: Timestamp
    /// Of a grant that has one.
    public let licenseKey: BenefitGrant.Key?
    public let benefit: Benefit.ID
    public let kind: Benefit.Kind
    public let benefitMetadata: Metadata

    package init(
        id: BenefitGrant.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp?,
        grantedAt: Timestamp,
        licenseKey: BenefitGrant.Key?,
        benefit: Benefit.ID,
        kind: Benefit.Kind,
        benefitMetadata: Metadata
    ) {
        self.id = id
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.grantedAt = grantedAt
        self.licenseKey = licenseKey
        self.benefit = benefit
        self.kind = kind
        self.benefitMetadata = benefitMetadata
    }
}

/// What a customer has used and may use, by one meter.
public struct StateMeter: Sendable {
    public let id: CustomerMeter.ID
    public let createdAt: Timestamp
    public let modifiedAt: Timestamp?
    public let meter: Meter.ID
    public let consumed: Double
    public let credited: Int64

    package init(
        id: CustomerMeter.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp?,
        meter: Meter.ID,
        consumed: Double,
        credited: Int64
    ) {
        self.id = id
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.meter = meter
        self.consumed = consumed
        self.credited = credited
    }

    public var balance: Double { Double(credited) - consumed }
}
