/// A person who acts for a customer.
public struct Member: Sendable, Equatable {
    public typealias ID = Identifier<Member>

    public enum Role: String, Sendable, CaseIterable {
        case owner
        case billingManager = "billing_manager"
        case member
    }

    public let id: ID
    public let customer: Customer.ID
    public let organization: Organization.ID
    public let createdAt: Timestamp
    public var modifiedAt: Timestamp?
    public var email: EmailAddress
    public var name: String?
    /// Unique among the members of the customer.
    public var externalID: String?
    public var role: Role

    package init(
        id: ID,
        customer: Customer.ID,
        organization: Organization.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        email: EmailAddress,
        name: String?,
        externalID: String?,
        role: Role
    ) {
        self.id = id
        self.customer = customer
        self.organization = organization
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.email = email
        self.name = name
        self.externalID = externalID
        self.role = role
    }

    /// Replaces what identifies the person by hashes that cannot be undone.
    package mutating func anonymize() {
        email = .anonymous(hash: anonymousHash(of: email.text, salt: createdAt))
        name = name.map { anonymousHash(of: $0, salt: createdAt) }
    }
}

/// The two ways to name a member of a customer.
public enum MemberKey: Sendable {
    case id(Member.ID)
    case externalID(String)
}

/// What a caller asks for when it adds a member.
public struct MemberDraft: Sendable {
    public var email: EmailAddress
    public var name: String?
    public var externalID: String?
    public var role: Member.Role

    public init(email: EmailAddress, name: String? = nil, externalID: String? = nil, role: Member.Role = .member) {
        self.email = email
        self.name = name
        self.externalID = externalID
        self.role = role
    }
}

/// What a caller asks to change of a member.
public struct MemberPatch: Sendable {
    public var email: EmailAddress?
    public var name: Change<String>
    public var role: Member.Role?

    public init(email: EmailAddress? = nil, name: Change<String> = .keep, role: Member.Role? = nil) {
        self.email = email
        self.name = name
        self.role = role
    }
}

/// Which members a list shows, in the order of their creation.
public struct MemberQuery: Sendable {
    public var organizations: [Organization.ID]
    public var customer: CustomerKey?
    public var role: Member.Role?
    /// Whether the newest come first.
    public var descending: Bool
    /// Counted from 1.
    public var page: Int
    /// Members a page.
    public var limit: Int

    public init(
        organizations: [Organization.ID],
        customer: CustomerKey? = nil,
        role: Member.Role? = nil,
        descending: Bool = true,
        page: Int = 1,
        limit: Int = 10
    ) {
        self.organizations = organizations
        self.customer = customer
        self.role = role
        self.descending = descending
        self.page = page
        self.limit = limit
    }
}
