/// What a caller asks to change of a customer: every part valid by itself, no rule applied yet.
public struct CustomerPatch: Sendable {
    /// Nil keeps the address: an e-mail address cannot be cleared.
    public var email: EmailAddress?
    public var name: Change<String>
    public var metadata: Metadata?
    public var billingAddress: Change<PostalAddress>
    public var taxID: Change<TaxIDClaim>
    public var locale: Change<LanguageTag>
    public var externalID: Change<String>
    public var kind: Change<Customer.Kind>

    public init(
        email: EmailAddress? = nil,
        name: Change<String> = .keep,
        metadata: Metadata? = nil,
        billingAddress: Change<PostalAddress> = .keep,
        taxID: Change<TaxIDClaim> = .keep,
        locale: Change<LanguageTag> = .keep,
        externalID: Change<String> = .keep,
        kind: Change<Customer.Kind> = .keep
    ) {
        self.email = email
        self.name = name
        self.metadata = metadata
        self.billingAddress = billingAddress
        self.taxID = taxID
        self.locale = locale
        self.externalID = externalID
        self.kind = kind
    }
}
