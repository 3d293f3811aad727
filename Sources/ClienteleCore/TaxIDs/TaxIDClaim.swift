/// A tax number as it was sent, before the billing country has said what kind it is.
public struct TaxIDClaim: Sendable, Equatable {
    public let text: String
    /// The kind that the caller says it is, which must then be the kind that is found.
    public let kind: TaxIDKind?

    public init(_ text: String, kind: TaxIDKind? = nil) {
        self.text = text
        self.kind = kind
    }

    /// The tax id that the claim is in the country of `address`.
    func resolve(at address: PostalAddress?, now: Timestamp) throws(DomainError) -> TaxID {
        guard let address else { throw .refused([Refusal(.taxIDNeedsCountry)]) }
        guard let taxID = TaxID(text, country: address.country.code, currentYear: now.year),
            kind == nil || kind == taxID.kind
        else { throw .refused([Refusal(.taxIDInvalid, input: text)]) }
        return taxID
    }
}
