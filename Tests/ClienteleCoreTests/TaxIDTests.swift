import Foundation
import Testing

@testable import ClienteleCore

private let currentYear = 2026

/// One line of the vectors: what was typed, and what the reference stores for it.
private struct Vector: Sendable {
    let country: String
    let text: String
    let stored: TaxID?
}

private func vectors() throws -> [Vector] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/tax-vectors.tsv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    return try lines.map { line in
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        try #require(fields.count == 4, "\(line)")
        let stored =
            fields[3].isEmpty ? nil : try TaxID(number: fields[2], kind: #require(TaxIDKind(rawValue: fields[3])))
        return Vector(country: fields[0], text: fields[1], stored: stored)
    }
}

private func stored(_ text: String, _ country: String, currentYear: Int = currentYear) -> String? {
    TaxID(text, country: country, currentYear: currentYear).map { "\($0.kind.rawValue) \($0.number)" }
}

@Suite struct TaxIDTests {
    @Test func acceptsAndRejectsWhatTheReferenceDoes() throws {
        let vectors = try vectors()
        #expect(vectors.count > 1700)
        for vector in vectors {
            let taxID = TaxID(vector.text, country: vector.country, currentYear: currentYear)
            #expect(taxID == vector.stored, "\(vector.country) \(vector.text)")
        }
    }

    @Test func storesWhatItHasStoredOnceMore() throws {
        for vector in try vectors() {
            guard let stored = vector.stored else { continue }
            #expect(TaxID(stored.number, country: vector.country, currentYear: currentYear) == stored)
        }
    }

    @Test func hasVectorsForEveryKindThatHasARuleButFour() throws {
        let seen = Set(try vectors().compactMap(\.stored?.kind))
        let ruled = Set(TaxIDKind.allCases.filter { $0.rule != nil })
        #expect(ruled.subtracting(seen).isSubset(of: [.aeTRN, .geVAT, .hkBR, .mxRFC]))
        #expect(seen.isSubset(of: ruled))
    }

    @Test(arguments: [
        ("AE", "100-1234.5678 9012", "ae_trn 100123456789012"),
        ("AD", "U-132950-X", "ad_nrt U132950X"),
        ("BE", "BE(0)403019261", "eu_vat BE0403019261"),
        ("BE", "BE403019261", "eu_vat BE0403019261"),
        ("CA", "12302 6635 RC 0001", "ca_gst_hst 123026635RC0001"),
        ("CA", "12302 6635", "ca_bn 123026635"),
        ("CH", "100.155.212", "ch_uid CHE100155212"),
        ("CH", "CHE-107.787.577 IVA", "ch_vat CHE107787577IVA"),
        ("CL", "CL 12531909-2", "cl_tin 125319092"),
        ("DE", "DE 136,695 976", "eu_vat DE136695976"),
        ("EC", "1793213150001", "ec_ruc 1793213150001"),
        ("ES", "ESB-58378431", "eu_vat ESB58378431"),
        ("FR", "Fr 40 303 265 045", "eu_vat FR40303265045"),
        ("GB", "GB 980 7806 84", "gb_vat 980780684"),
        ("GB", "GD001", "gb_vat GD001"),
        ("GB", "HA888850015", "gb_vat HA888850015"),
        ("GE", "ge 404.476.205", "ge_vat 404476205"),
        ("GR", "GR094259216", "eu_vat GR094259216"),
        ("HK", "(1234 5678)", "hk_br 12345678"),
        ("ID", "3201014107850001", "id_npwp 3201014107850001"),
        ("IE", "EU372000041", "eu_vat EU372000041"),
        ("IE", "IM3720000224", "eu_vat IM3720000224"),
        ("IL", "3933742-3", "il_vat 039337423"),
        ("LV", "LV161175-19997", "eu_vat LV16117519997"),
        ("MK", "\u{041C}\u{041A} 4020990116747", "mk_vat 4020990116747"),
        ("MX", "GODE 561231 GR8", "mx_rfc GODE561231GR8"),
        ("MX", "\u{00F1}&o 561231 GR8", "mx_rfc \u{00D1}&O561231GR8"),
        ("NL", "NL4495445B01", "eu_vat NL004495445B01"),
        ("NO", "NO 995 525 828 MVA", "no_vat 995525828MVA"),
        ("SV", "SV 0614-050707-104-8", "sv_nit 06140507071048"),
        ("US", "91-1144442", "us_ein 911144442"),
        ("UY", "UY 21-100342-001-7", "uy_ruc 211003420017"),
    ])
    func storesTheFormItsCountryUses(country: String, text: String, expected: String) {
        #expect(stored(text, country) == expected)
    }

    @Test(arguments: [
        ("CA", "123026635rc0001"),
        ("DE", "136695976"),
        ("EC", "5093213150001"),
        ("GB", "GD500"),
        ("GB", "HA888850016"),
        ("IE", "GB980780684"),
        ("ID", "3201014113850001"),
        ("MX", "PUTO561231GR8"),
        ("MX", "GODE560231GR8"),
        ("NO", "995525828"),
        ("US", "07-1144442"),
        ("US", "911-14-4442"),
        ("FR", ""),
        ("FR", "FR"),
    ])
    func rejectsWhatTheRulesLeaveOut(country: String, text: String) {
        #expect(stored(text, country) == nil)
    }

    @Test func takesTheUnionsNumbersWhateverMemberTheAddressIsIn() {
        for country in TaxIDKind.countries where TaxIDKind.kinds(in: country) == [.euVAT] {
            #expect(stored("FR61954506077", country) == "eu_vat FR61954506077")
            #expect(stored("XI980780684", country) == "eu_vat XI980780684")
        }
        #expect(stored("FR61954506077", "GB") == nil)
    }

    @Test func acceptsNoRegistrationInTheYearsToCome() {
        #expect(stored("T16FC0121D", "SG", currentYear: 2015) == nil)
        #expect(stored("S16FC0121D", "SG", currentYear: 2015) == "sg_uen S16FC0121D")
        #expect(stored("197401143C", "SG", currentYear: 1974) == "sg_uen 197401143C")
        #expect(stored("197401143C", "SG", currentYear: 1973) == nil)
    }

    @Test func acceptsNothingFromCountriesWhoseKindsHaveNoRule() {
        let rejecting = TaxIDKind.countries.filter { TaxIDKind.kinds(in: $0).allSatisfy { $0.rule == nil } }
        let expected: Set = [
            "BH", "BO", "CN", "DO", "EG", "KZ", "LI", "MY", "NG", "NZ", "OM", "PH", "SA", "UA", "ZA",
        ]
        #expect(rejecting == expected)
    }

    @Test func acceptsNothingFromCountriesWithoutKinds() {
        #expect(TaxIDKind.countries.count == 79)
        #expect(TaxIDKind.kinds(in: "AQ").isEmpty)
        #expect(stored("FR61954506077", "AQ") == nil)
    }

    @Test func declaresSeventySixKindsOfWhichEightBelongToNoCountry() {
        #expect(TaxIDKind.allCases.count == 76)
        let reachable = TaxIDKind.countries.flatMap(TaxIDKind.kinds)
        #expect(
            Set(TaxIDKind.allCases).subtracting(reachable)
                == [.bgUIC, .deSTN, .esCIF, .euOSSVAT, .hrOIB, .huTIN, .roTIN, .siTIN]
        )
    }
}

@Suite struct TaxIDNotionTests {
    @Test func readsLookAlikesAsTheCharactersTheyLookLike() {
        #expect(TaxIDText.cleaned("\u{FF11}\u{2013}\u{1D7DA}", dropping: "") == "1-2")
        #expect(
            TaxIDText.cleaned("1\u{00A0}2\u{2009}3\u{2212}4\u{00B7}5\u{2044}6\u{FF1A}7\u{3001}8", dropping: " -./:,")
                == "12345678"
        )
        #expect(stored("DE\u{2009}136\u{FF0C}695\u{3000}976", "DE") == "eu_vat DE136695976")
        #expect(stored("91\u{2011}1144442", "US") == "us_ein 911144442")
    }

    @Test func dropsOnlyTheSeparatorsOfTheRule() {
        #expect(TaxIDText.cleaned(" a-b.c ", dropping: "-") == "AB.C")
        #expect(TaxIDText.cleaned("\ta b\n", dropping: "", keepsCase: true) == "a b")
        #expect(TaxIDText.cleaned(" \t", dropping: "").isEmpty)
    }

    @Test func readsAsciiDigitsAndNothingElse() {
        #expect(TaxIDDigits("0012")?.number == 12)
        for text in ["", "1a", "+1", "\u{0661}", "1\u{0301}"] {
            #expect(TaxIDDigits(text) == nil, "\(text)")
        }
    }

    @Test func knowsLuhn() throws {
        #expect(try #require(TaxIDDigits("79927398713")).passesLuhn)
        #expect(try #require(TaxIDDigits("7992739871")).luhnCheckDigit == 3)
        #expect(try !#require(TaxIDDigits("79927398710")).passesLuhn)
        #expect(try TaxIDDigits.luhnSum(#require(TaxIDAlphabet.base36.values("27AAPFU0939F1ZV")), base: 36) == 0)
    }

    @Test func knowsMod11And10() throws {
        #expect(try #require(TaxIDDigits("794623")).passesMod11And10)
        #expect(try !#require(TaxIDDigits("794624")).passesMod11And10)
    }

    @Test func knowsMod97And10() {
        #expect(EUVAT.remainder97("WEST12345698765432GB82") == 1)
        #expect(EUVAT.remainder97("NL002455799B11") == 1)
        #expect(EUVAT.remainder97("NL-1") == nil)
    }

    @Test func weighsFromTheLeftAndNeverLeavesLessThanNothing() throws {
        let digits = try #require(TaxIDDigits("123"))
        #expect(digits.sum([1, 10, 100]) == 321)
        #expect(digits.sum([-1, -10], modulo: 11) == 1)
        #expect(digits.complement11([10, 1]) == 10)
        #expect(digits.complement11([11]) == 0)
    }

    @Test func knowsTheCalendar() {
        #expect(TaxIDDate.exists(year: 2000, month: 2, day: 29))
        #expect(!TaxIDDate.exists(year: 1900, month: 2, day: 29))
        #expect(TaxIDDate.exists(year: 2024, month: 2, day: 29))
        #expect(!TaxIDDate.exists(year: 2023, month: 4, day: 31))
        #expect(!TaxIDDate.exists(year: 2023, month: 0, day: 1))
        #expect(!TaxIDDate.exists(year: 2023, month: 13, day: 1))
        #expect(!TaxIDDate.exists(year: 2023, month: 1, day: 0))
    }
}
