import ClienteleJSON
import Testing

@Suite("The parser's numbers and strings")
struct JSONScalarParserTests {
    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("999999999999999999", 999_999_999_999_999_999),
            ("9223372036854775807", .max), ("-9223372036854775808", .min),
        ] as [(String, Int64)]
    )
    func readsIntegersUpToTheBoundsOfInt64(text: String, integer: Int64) throws {
        #expect(try JSON(parsing: text) == .integer(integer))
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "9999999999999999999", "18446744073709551615",
        "18446744073709551616", "18446744073709551617", "-18446744073709551616", "100000000000000000000",
    ])
    func keepsTheTextOfBiggerIntegers(text: String) throws {
        let json = try JSON(parsing: text)
        #expect(json == .bigInteger(text))
        #expect(json.text == text)
    }

    @Test func readsIntegersUpToTheLimitOfDigits() throws {
        let longest = String(repeating: "9", count: JSON.integerDigitsMax)
        #expect(try JSON(parsing: longest) == .bigInteger(longest))
        #expect(try JSON(parsing: "-\(longest)") == .bigInteger("-\(longest)"))
        #expect(failure("[\(longest)9]") == .init(.numberOutOfRange, at: 1, "Number out of range"))
        // The limit is one of integers only.
        #expect(try JSON(parsing: "0.\(longest)9") == .number(1))
    }

    @Test(
        arguments: [
            ("1.0", 1), ("1.5", 1.5), ("-0.0", -0.0), ("1e2", 100), ("1E+2", 100), ("1e-2", 0.01), ("0e0", 0),
            ("1.25e1", 12.5),
            ("123456789.12345679", 123_456_789.12345679), ("9007199254740993.0", 9_007_199_254_740_992),
            ("9007199254740993.0000000000000000000000000000001", 9_007_199_254_740_994),
            ("2.2250738585072011e-308", .leastNormalMagnitude.nextDown),
            ("1.7976931348623157e308", .greatestFiniteMagnitude),
            ("4.9e-324", .leastNonzeroMagnitude), ("2e-324", 0), ("1e-400", 0), ("-1e-99999999999999999999", -0.0),
            ("0e99999999999999999999", 0),
        ] as [(String, Double)]
    )
    func readsNumbersRightToTheLastBit(text: String, number: Double) throws {
        let read = try #require(try JSON(parsing: text).number)
        #expect(read.bitPattern == number.bitPattern)
    }

    @Test(arguments: ["1e309", "-1e400", "1e99999999999999999999", "1.7976931348623159e308"])
    func refusesNumbersBeyondDouble(text: String) {
        #expect(failure("[\(text)]") == .init(.numberOutOfRange, at: 1, "Number out of range"))
    }

    @Test(
        arguments: [
            ("-", 0, "Expecting value"), ("--1", 0, "Expecting value"), ("+1", 0, "Expecting value"),
            (".5", 0, "Expecting value"), ("-.5", 0, "Expecting value"), ("01", 1, "Extra data"),
            ("-01", 2, "Extra data"),
            ("00", 1, "Extra data"), ("1.", 1, "Extra data"), ("1.e5", 1, "Extra data"), ("1e", 1, "Extra data"),
            ("1e+", 1, "Extra data"), ("1.5e-", 3, "Extra data"), ("0x10", 1, "Extra data"), ("1_0", 1, "Extra data"),
        ] as [(String, Int, String)]
    )
    func refusesNumbersOfAnotherForm(text: String, offset: Int, message: String) {
        #expect(failure(text) == .init(at: offset, message))
    }

    @Test(
        arguments: [
            (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83d\uDE00""#, "😀"), (#""\u0000\u001f""#, "\0\u{1F}"),
            (#""\uFFFF\ue000\ud7ff""#, "\u{FFFF}\u{E000}\u{D7FF}"),
            (#""\udbff\udfff\ud800\udc00""#, "\u{10FFFF}\u{10000}"), ("\"\u{7F}é€😀\u{2028}\"", "\u{7F}é€😀\u{2028}"),
            (#""12345678\n12345678\t\t1234567""#, "12345678\n12345678\t\t1234567"),
        ] as [(String, String)]
    )
    func readsStrings(text: String, string: String) throws {
        #expect(try JSON(parsing: text) == .string(string))
    }

    @Test(
        arguments: [
            ("\"", 0, "Unterminated string starting at"), ("[\"abc", 1, "Unterminated string starting at"),
            ("[\"abc\\", 1, "Unterminated string starting at"), ("\"a\u{0}\"", 2, "Invalid control character at"),
            ("\"12345678\n\"", 9, "Invalid control character at"), ("\"\u{1F}", 1, "Invalid control character at"),
            (#""\x41""#, 1, "Invalid \\escape"), (#""a\'""#, 2, "Invalid \\escape"),
            (#""\U0041""#, 1, "Invalid \\escape"),
            (#""\u12""#, 2, "Invalid \\uXXXX escape"), (#""\u12G4""#, 2, "Invalid \\uXXXX escape"),
            (#""\u+123""#, 2, "Invalid \\uXXXX escape"), (#""\u 123""#, 2, "Invalid \\uXXXX escape"),
            (#""\u"#, 2, "Invalid \\uXXXX escape"), (#""\ud83d\u12""#, 8, "Invalid \\uXXXX escape"),
        ] as [(String, Int, String)]
    )
    func refusesBrokenStrings(text: String, offset: Int, message: String) {
        #expect(failure(text) == .init(at: offset, message))
    }

    @Test(
        arguments: [
            (#""\ud800""#, 1), (#""a\udc00""#, 2), (#""\uDFFF\uD800""#, 1), (#""\ud800\ud800\udc00""#, 1),
            (#""\ud800\n""#, 1),
            (#""\ud800x""#, 1), (#""\ud800\u0041""#, 1), (#"{"\ude00":1}"#, 2),
        ] as [(String, Int)]
    )
    func refusesHalfACharacter(text: String, offset: Int) {
        #expect(failure(text) == .init(.loneSurrogate, at: offset, "Lone surrogate"))
    }

    @Test(
        arguments: [
            [0xFF], [0x80], [0xC3], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]]
    )
    func refusesInvalidUTF8WhereverItIs(bytes: [UInt8]) {
        for (before, after) in [
            ("\"", "\""), ("\"abc", "def\""), ("\"\\n", "\\n\""), ("{\"", "\":1}"), ("", ""), ("[1]", ""), ("[", "]"),
            ("[1,]", ""), ("\"\\ud800 \\x", ""), ("[1e400,\"", "\"]"), (String(repeating: "[", count: 200), ""),
        ] {
            let text = Array(before.utf8) + bytes + Array(after.utf8)
            #expect(syntaxError(in: text) == .init(.invalidUTF8, at: before.utf8.count, "Invalid UTF-8"))
        }
    }

    @Test func doesNotJoinHalvesOfACharacterAcrossAnEscape() {
        let text = Array("\"".utf8) + [0xC3] + Array("\\n".utf8) + [0xA9] + Array("\"".utf8)
        #expect(syntaxError(in: text)?.reason == .invalidUTF8)
    }

    private func failure(_ text: String) -> JSON.SyntaxError? { syntaxError(in: Array(text.utf8)) }
}
