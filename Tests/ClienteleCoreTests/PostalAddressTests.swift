import Testing

@testable import ClienteleCore

/// What section 1.7 of the specification of the Polar dialect says, and the exchanges named `create/address/…`.
struct PostalAddressTests {
    private static let unitedStates = Country(stored: "US")
    private static let canada = Country(stored: "CA")
    private static let france = Country(stored: "FR")
    private static let germany = Country(stored: "DE")

    @Test func needsACountryAndNothingElse() throws {
        let address = try PostalAddress(country: Self.france)
        #expect(address.country.code == "FR")
        #expect(
            [address.line1, address.line2, address.postalCode, address.city, address.state] == [
                nil, nil, nil, nil, nil,
            ]
        )
    }

    @Test func keepsEveryPart() throws {
        let address = try PostalAddress(
            line1: "548 Market St",
            line2: "Suite 1",
            postalCode: "94104",
            city: "San Francisco",
            state: "US-CA",
            country: Self.unitedStates
        )
        #expect(address.line1 == "548 Market St")
        #expect(address.line2 == "Suite 1")
        #expect(address.postalCode == "94104")
        #expect(address.city == "San Francisco")
        #expect(address.state == "US-CA")
        #expect(address.country == Self.unitedStates)
    }

    @Test func trims() throws {
        let address = try PostalAddress(
            line1: "  Hauptstr. 1 ",
            line2: "\u{A0}2. OG\u{3000}",
            postalCode: "\u{1C}10115\r\n",
            city: " Berlin ",
            state: "\tBE\u{85}",
            country: Self.germany
        )
        #expect(address.line1 == "Hauptstr. 1")
        #expect(address.line2 == "2. OG")
        #expect(address.postalCode == "10115")
        #expect(address.city == "Berlin")
        #expect(address.state == "BE")
    }

    @Test(arguments: [unitedStates, canada, germany])
    func takesEmptyTextForNone(_ country: Country) throws {
        let address = try PostalAddress(
            line1: "",
            line2: " ",
            postalCode: "  ",
            city: "",
            state: "\u{2028}",
            country: country
        )
        #expect(try address == PostalAddress(country: country))
    }

    @Test func takesALongLine() throws {
        let line = String(repeating: "x", count: 1000)
        #expect(try PostalAddress(line1: line, country: Self.germany).line1 == line)
    }

    @Test(
        arguments: """
            AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH \
            OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC
            """.split(separator: " ").map(String.init)
    )
    func storesAStateOfTheUnitedStatesWithItsPrefix(_ code: String) throws {
        #expect(try PostalAddress(state: code, country: Self.unitedStates).state == "US-" + code)
        #expect(try PostalAddress(state: " US-\(code) ", country: Self.unitedStates).state == "US-" + code)
    }

    @Test(arguments: ["ZZ", "PR", "GU", "ny", "us-NY", "US-ny", "US-", "US-US-NY", "USNY", "CA-ON", "New York", "N Y"])
    func refusesAStateThatTheUnitedStatesDoNotHave(_ state: String) {
        #expect(throws: PostalAddress.InvalidState.us) { try PostalAddress(state: state, country: Self.unitedStates) }
    }

    @Test(arguments: ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"])
    func storesAProvinceOfCanadaWithItsPrefix(_ code: String) throws {
        #expect(try PostalAddress(state: code, country: Self.canada).state == "CA-" + code)
        #expect(try PostalAddress(state: "CA-" + code, country: Self.canada).state == "CA-" + code)
    }

    @Test(arguments: ["XX", "US-NY", "NY", "qc", "CA-qc", "CA-", "CA", "Québec"])
    func refusesAProvinceThatCanadaDoesNotHave(_ state: String) {
        #expect(throws: PostalAddress.InvalidState.ca) { try PostalAddress(state: state, country: Self.canada) }
    }

    @Test(arguments: ["IDF", "anything goes", "US-NY"])
    func keepsTheStateOfAnyOtherCountryAsItIs(_ state: String) throws {
        #expect(try PostalAddress(state: state, country: Self.france).state == state)
    }

    @Test func takesAStoredAddressOnTrust() {
        let address = PostalAddress(
            storedLine1: " ",
            line2: nil,
            postalCode: nil,
            city: nil,
            state: "ZZ",
            country: Self.unitedStates
        )
        #expect(address.line1 == " ")
        #expect(address.state == "ZZ")
    }

    @Test(
        arguments: [
            ("", ""), ("a", "a"), (" \u{1C}\u{1D}\u{1E}\u{1F} ", ""), ("\u{A0}a b\u{2029}", "a b"), ("\r\na\r\n", "a"),
            ("\u{200B}a\u{FEFF}", "\u{200B}a\u{FEFF}"), ("\0 ", "\0"), (" e\u{301} ", "e\u{301}"),
            ("a \u{301}", "a \u{301}"),
        ]
    )
    func trimsWhatTheDialectTakesForWhitespace(_ text: String, _ trimmed: String) {
        #expect(Array(text.trimmed.unicodeScalars) == Array(trimmed.unicodeScalars))
    }
}
