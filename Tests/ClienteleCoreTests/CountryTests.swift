import Testing

@testable import ClienteleCore

/// What section 1.7 of the specification of the Polar dialect says of countries.
struct CountryTests {
    @Test(arguments: ["FR", "fr", "Fr", "fR"])
    func readsEitherCase(_ text: String) {
        #expect(Country(text)?.code == "FR")
    }

    @Test(arguments: ["", "F", "FRA", "XX", "UK", "EU", "AN", "é", "F ", " FR", "ﬁ", "\0\0", "33"])
    func refusesWhatIsNoCountry(_ text: String) {
        #expect(Country(text) == nil)
    }

    @Test(arguments: ["CU", "IR", "KP", "SY", "RU"])
    func readsACountryUnderEmbargoWithoutAcceptingIt(_ code: String) throws {
        #expect(try #require(Country(code)).isAccepted == false)
        #expect(!Country.accepted.map(\.code).contains(code))
    }

    @Test func knowsThemAll() {
        let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(Unicode.Scalar($0)) }
        let countries = letters.flatMap { first in letters.compactMap { Country(first + $0) } }
        #expect(countries.count == 249)
        #expect(countries.filter(\.isAccepted) == Country.accepted)
    }

    @Test func listsTheAcceptedAlphabetically() {
        let codes = Country.accepted.map(\.code)
        #expect(codes.count == 244)
        #expect(codes == codes.sorted())
        #expect(codes.first == "AD")
        #expect(codes.last == "ZW")
    }

    @Test func takesAStoredCountryOnTrust() {
        #expect(Country(stored: "AN").code == "AN")
    }
}
