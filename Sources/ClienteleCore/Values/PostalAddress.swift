/// Where a bill goes.
///
/// Only the country is required; every text is trimmed and is nil rather than empty.
public struct PostalAddress: Sendable, Hashable {
    public let line1: String?
    public let line2: String?
    public let postalCode: String?
    public let city: String?

    /// The subdivision: an ISO 3166-2 code like `US-CA` in the United States and Canada, free text elsewhere.
    public let state: String?
    public let country: Country

    public init(
        line1: String? = nil,
        line2: String? = nil,
        postalCode: String? = nil,
        city: String? = nil,
        state: String? = nil,
        country: Country
    ) throws(InvalidState) {
        self.line1 = line1?.trimmed.nilIfEmpty
        self.line2 = line2?.trimmed.nilIfEmpty
        self.postalCode = postalCode?.trimmed.nilIfEmpty
        self.city = city?.trimmed.nilIfEmpty
        self.state = try Self.normalized(state?.trimmed.nilIfEmpty, in: country)
        self.country = country
    }

    /// An address that was valid when it was kept.
    package init(
        storedLine1 line1: String?,
        line2: String?,
        postalCode: String?,
        city: String?,
        state: String?,
        country: Country
    ) {
        self.line1 = line1
        self.line2 = line2
        self.postalCode = postalCode
        self.city = city
        self.state = state
        self.country = country
    }

    /// The state is none of its country's.
    public enum InvalidState: Error, Equatable {
        case us
        case ca
    }

    private static func normalized(_ state: String?, in country: Country) throws(InvalidState) -> String? {
        guard let state else { return nil }
        switch country.code {
        case "US":
            guard let code = Self.code(state, prefix: "US-", among: statesUS) else { throw .us }
            return code
        case "CA":
            guard let code = Self.code(state, prefix: "CA-", among: provincesCA) else { throw .ca }
            return code
        default:
            return state
        }
    }

    private static func code(_ state: String, prefix: String, among codes: Set<Substring>) -> String? {
        let bare = state.hasPrefix(prefix) ? state.dropFirst(prefix.count) : state[...]
        return codes.contains(bare) ? prefix + bare : nil
    }

    /// The fifty states and the District of Columbia, without the territories.
    private static let statesUS = Set(
        """
        AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK \
        OR PA RI SC SD TN TX UT VA VT WA WI WV WY
        """.split(separator: " ")
    )

    private static let provincesCA = Set("AB BC MB NB NL NS NT NU ON PE QC SK YT".split(separator: " "))
}
