/// That a customer has a benefit, by one of its subscriptions.
///
/// There is one for each benefit and subscription; granting again revives it.
public struct BenefitGrant: Sendable, Equatable {
    public typealias ID = Identifier<BenefitGrant>

    /// What a grant keeps beside the benefit's own properties.
    public enum Properties: Sendable, Equatable {
        case none
        case licenseKey(Key)
        /// What was credited last, and when.
        case meterCredit(meter: Meter.ID, units: Int64, at: Timestamp)

        public var licenseKey: Key? { if case .licenseKey(let key) = self { key } else { nil } }
    }

    /// What unlocks a program, made for one grant.
    public struct Key: Sendable, Equatable {
        public let id: Identifier<Key>
        public let text: String

        package init(id: Identifier<Key>, text: String) {
            self.id = id
            self.text = text
        }

        /// What a person may see of it: its end.
        public var display: String { "****-" + text.suffix(6) }
    }

    public let id: ID
    public let organization: Organization.ID
    public let benefit: Benefit.ID
    public let subscription: Subscription.ID
    /// The member that has the benefit: the customer's owner.
    public let member: Member.ID?
    public let createdAt: Timestamp
    public package(set) var modifiedAt: Timestamp?
    /// Nil while it is revoked.
    public package(set) var grantedAt: Timestamp?
    public package(set) var revokedAt: Timestamp?
    public package(set) var properties: Properties

    package init(
        id: ID,
        organization: Organization.ID,
        benefit: Benefit.ID,
        subscription: Subscription.ID,
        member: Member.ID?,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        grantedAt: Timestamp?,
        revokedAt: Timestamp? = nil,
        properties: Properties = .none
    ) {
        self.id = id
        self.organization = organization
        self.benefit = benefit
        self.subscription = subscription
        self.member = member
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.grantedAt = grantedAt
        self.revokedAt = revokedAt
        self.properties = properties
    }

    public var isGranted: Bool { grantedAt != nil }
}

/// A grant with all that an answer shows beside it.
public struct BenefitGrantDetails: Sendable {
    public let grant: BenefitGrant
    public let customer: Customer
    public let member: Member?
    public let benefit: Benefit

    package init(grant: BenefitGrant, customer: Customer, member: Member?, benefit: Benefit) {
        self.grant = grant
        self.customer = customer
        self.member = member
        self.benefit = benefit
    }
}

/// Which grants a list shows, in what order.
public struct BenefitGrantQuery: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case createdAt = "created_at"
        case grantedAt = "granted_at"
        case revokedAt = "revoked_at"
    }

    public var list: RecordQuery<Key>
    public var isGranted: Bool?
    public var benefit: Benefit.ID?
    public var customers: [Customer.ID]?
    public var externalCustomerIDs: [String]?
    public var members: [Member.ID]?

    public init(_ list: RecordQuery<Key>) { self.list = list }
}
