/// A customer of one organization.
public struct Customer: Sendable, Equatable {
    public typealias ID = Identifier<Customer>

    /// The longest name, in Unicode scalars.
    public static let nameLengthMax = 256
    /// The longest external id, in bytes of UTF-8: what an index of any engine holds.
    public static let externalIDBytesMax = 2_500

    /// A person, or a company of several.
    public enum Kind: String, Sendable { case individual, team }

    /// Where a customer stands with the organization.
    public enum Status: String, Sendable, CaseIterable { case pending, active, suspended, archived }

    public let id: ID
    public let organization: Organization.ID
    public let team: Team.ID
    public let createdAt: Timestamp
    /// Grows with every change of the customer, of its members, and of what it holds.
    public package(set) var stateVersion: Int64
    /// When an application first told of something that the customer did.
    public let firstUserEventAt: Timestamp?
    public var modifiedAt: Timestamp?
    public var deletedAt: Timestamp?
    public package(set) var status: Status
    /// Never nil for an archived customer, and nil for any other.
    public package(set) var archivedAt: Timestamp?
    public var kind: Kind
    /// Never nil for an individual.
    public var email: EmailAddress?
    public var emailVerified: Bool
    /// Whether others may have the e-mail address, too.
    public package(set) var sharesEmail: Bool
    public var externalID: String?
    /// The external id that a deleted customer had.
    public var formerExternalID: String?
    public var name: String?
    /// The name for invoices, where it is not `name`.
    public var billingName: String?
    public var billingAddress: PostalAddress?
    public var taxID: TaxID?
    public var locale: LanguageTag?
    public var metadata: Metadata
    /// The e-mail address of the member that owns the customer, where the customer has none itself.
    public package(set) var ownerEmail: EmailAddress?

    package init(
        id: ID,
        organization: Organization.ID,
        team: Team.ID? = nil,
        createdAt: Timestamp,
        stateVersion: Int64? = nil,
        firstUserEventAt: Timestamp? = nil,
        modifiedAt: Timestamp? = nil,
        deletedAt: Timestamp? = nil,
        status: Status = .active,
        archivedAt: Timestamp? = nil,
        kind: Kind,
        email: EmailAddress?,
        emailVerified: Bool = false,
        sharesEmail: Bool = false,
        externalID: String?,
        formerExternalID: String? = nil,
        name: String?,
        billingName: String? = nil,
        billingAddress: PostalAddress?,
        taxID: TaxID?,
        locale: LanguageTag?,
        metadata: Metadata,
        ownerEmail: EmailAddress?
    ) {
        self.id = id
        self.organization = organization
        self.team = team ?? Team.standardID(of: organization)
        self.createdAt = createdAt
        // Another customer may have had the external id: its versions are all before the moment of this one.
        self.stateVersion = stateVersion ?? createdAt.microseconds
        self.firstUserEventAt = firstUserEventAt
        self.modifiedAt = modifiedAt
        self.deletedAt = deletedAt
        self.status = status
        self.archivedAt = archivedAt
        self.kind = kind
        self.email = email
        self.emailVerified = emailVerified
        self.sharesEmail = sharesEmail
        self.externalID = externalID
        self.formerExternalID = formerExternalID
        self.name = name
        self.billingName = billingName
        self.billingAddress = billingAddress
        self.taxID = taxID
        self.locale = locale
        self.metadata = metadata
        self.ownerEmail = ownerEmail
    }
}

/// The two ways to name a customer.
public enum CustomerKey: Sendable, Hashable {
    case id(Customer.ID)
    case externalID(String)
}
