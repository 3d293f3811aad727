/// A key to the API, as it is kept: without its secret.
public struct AccessToken: Sendable, Equatable {
    public typealias ID = Identifier<AccessToken>

    /// Whom a token speaks for.
    public enum Kind: String, Sendable, CaseIterable {
        /// One organization.
        case organization
        /// A person, in one or several organizations.
        case user
    }

    /// Letters of a label at the most.
    public static let labelLengthMax = 100

    public let id: ID
    public let kind: Kind
    /// The API that it is issued for.
    public let dialect: Dialect
    /// What its maker called it.
    public let label: String?
    /// The end of its secret, by which a holder recognises it; nil for one made before it was kept.
    public let lastFour: String?
    public let organizations: [Organization.ID]
    public let scopes: Set<Scope>
    public let createdAt: Timestamp
    public let expiresAt: Timestamp?
    public let revokedAt: Timestamp?

    package init(
        id: ID,
        kind: Kind,
        dialect: Dialect = .polar,
        label: String? = nil,
        lastFour: String? = nil,
        organizations: [Organization.ID],
        scopes: Set<Scope>,
        createdAt: Timestamp,
        expiresAt: Timestamp?,
        revokedAt: Timestamp?
    ) {
        self.id = id
        self.kind = kind
        self.dialect = dialect
        self.label = label
        self.lastFour = lastFour
        self.organizations = organizations
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    public func isUsable(at moment: Timestamp) -> Bool {
        revokedAt == nil && expiresAt.map { $0 > moment } ?? true
    }
}
