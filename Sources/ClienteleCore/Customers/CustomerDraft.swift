/// What a caller asks for when it creates a customer: every part valid by itself, no rule applied yet.
public struct CustomerDraft: Sendable {
    public var kind: Customer.Kind
    public var email: EmailAddress?
    public var externalID: String?
    public var name: String?
    public var billingAddress: PostalAddress?
    public var taxID: TaxIDClaim?
    public var locale: LanguageTag?
    public var metadata: Metadata
    public var owner: Owner?
    public var status: Customer.Status
    /// Nil is the organization's default team.
    public var team: Team.ID?
    public var rules: CustomerRules

    /// What the owner member gets in place of the customer's own values.
    public struct Owner: Sendable {
        public var email: EmailAddress
        public var name: String?
        public var externalID: String?

        public init(email: EmailAddress, name: String? = nil, externalID: String? = nil) {
            self.email = email
            self.name = name
            self.externalID = externalID
        }
    }

    public init(
        kind: Customer.Kind = .individual,
        email: EmailAddress?,
        externalID: String? = nil,
        name: String? = nil,
        billingAddress: PostalAddress? = nil,
        taxID: TaxIDClaim? = nil,
        locale: LanguageTag? = nil,
        metadata: Metadata = Metadata(),
        owner: Owner? = nil,
        status: Customer.Status = .active,
        team: Team.ID? = nil,
        rules: CustomerRules = CustomerRules()
    ) {
        self.kind = kind
        self.email = email
        self.externalID = externalID
        self.name = name
        self.billingAddress = billingAddress
        self.taxID = taxID
        self.locale = locale
        self.metadata = metadata
        self.owner = owner
        self.status = status
        self.team = team
        self.rules = rules
    }
}
