/// What a caller asks to change of a customer: every part valid by itself, no rule applied yet.
public struct CustomerPatch: Sendable {
    /// To clear the address of an individual makes it a team, which needs none.
    public var email: Change<EmailAddress>
    public var name: Change<String>
    public var metadata: Metadata?
    public var billingAddress: Change<PostalAddress>
    public var taxID: Change<TaxIDClaim>
    public var locale: Change<LanguageTag>
    public var externalID: Change<String>
    public var kind: Change<Customer.Kind>
    public var status: Customer.Status?
    public var rules: CustomerRules

    public init(
        email: Change<EmailAddress> = .keep,
        name: Change<String> = .keep,
        metadata: Metadata? = nil,
        billingAddress: Change<PostalAddress> = .keep,
        taxID: Change<TaxIDClaim> = .keep,
        locale: Change<LanguageTag> = .keep,
        externalID: Change<String> = .keep,
        kind: Change<Customer.Kind> = .keep,
        status: Customer.Status? = nil,
        rules: CustomerRules = CustomerRules()
    ) {
        self.email = email
        self.name = name
        self.metadata = metadata
        self.billingAddress = billingAddress
        self.taxID = taxID
        self.locale = locale
        self.externalID = externalID
        self.kind = kind
        self.status = status
        self.rules = rules
    }
}
