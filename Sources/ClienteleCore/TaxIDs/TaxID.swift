/// A tax identifier that has passed its country's check, in the form it is stored in.
public struct TaxID: Sendable, Hashable {
    public let number: String
    public let kind: TaxIDKind

    /// Recognises an identifier by the country it is for.
    ///
    /// The first of the country's kinds whose rule accepts the text wins; nothing outside is asked. A country without
    /// a kind that can be checked accepts nothing.
    ///
    /// - Parameters:
    ///   - text: The identifier as it was typed, with any separators.
    ///   - country: The ISO 3166-1 alpha-2 code in upper case.
    ///   - currentYear: The year that a registration cannot be later than.
    public init?(_ text: String, country: String, currentYear: Int) {
        for kind in TaxIDKind.kinds(in: country) {
            guard let number = kind.rule?.stored(text, currentYear: currentYear) else { continue }
            self.init(number: number, kind: kind)
            return
        }
        return nil
    }

    /// Takes an identifier back from the store as it is, since it was checked on the way in.
    package init(number: String, kind: TaxIDKind) {
        self.number = number
        self.kind = kind
    }
}
