import ClienteleJSON
import Testing

@Suite("The writer")
struct JSONWriterTests {
    @Test func placesCommasAndColons() {
        let text = written { writer in
            writer.beginObject()
            writer.member("a", 1)
            writer.name("b")
            writer.beginArray()
            writer.beginArray()
            writer.endArray()
            writer.value("x")
            writer.beginObject()
            writer.endObject()
            writer.null()
            writer.endArray()
            writer.name("c\"" as String)
            writer.beginObject()
            writer.member("d", true)
            writer.member("e", "y")
            writer.endObject()
            writer.member("f", false)
            writer.endObject()
        }
        #expect(text == #"{"a":1,"b":[[],"x",{},null],"c\"":{"d":true,"e":"y"},"f":false}"#)
    }

    @Test func writesEveryKindOfMember() {
        let text = written { writer in
            writer.beginObject()
            writer.member("string", "a" as String)
            writer.member("integer", 1 as Int64)
            writer.member("count", 2 as Int)
            writer.member("number", 3.0)
            writer.member("bool", true)
            writer.member("json", [1, 2.5, nil] as JSON)
            writer.member("raw", raw: #"{ "kept": "as it is" }"#)
            writer.endObject()
        }
        #expect(
            text == #"{"string":"a","integer":1,"count":2,"number":3.0,"bool":true,"json":[1,2.5,null],"#
                + #""raw":{ "kept": "as it is" }}"#
        )
    }

    @Test func writesAnAbsentValueAsNull() {
        let text = written { writer in
            writer.beginObject()
            writer.member("a", String?.none)
            writer.member("b", Int64?.none)
            writer.member("c", Int?.none)
            writer.member("d", Double?.none)
            writer.member("e", Bool?.none)
            writer.member("f", JSON?.none)
            writer.endObject()
        }
        #expect(text == #"{"a":null,"b":null,"c":null,"d":null,"e":null,"f":null}"#)
    }

    @Test(
        arguments: [
            ("", #""""#), ("a/b", #""a/b""#), ("\"", #""\"""#), ("\\", #""\\""#),
            ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
            ("\0\u{1}\u{B}\u{F}\u{10}\u{1A}\u{1F}", #""\u0000\u0001\u000b\u000f\u0010\u001a\u001f""#),
            ("\u{7F}", "\"\u{7F}\""),
            ("é€😀\u{2028}\u{FEFF}", "\"é€😀\u{2028}\u{FEFF}\""), ("12345678\"12345678\\", #""12345678\"12345678\\""#),
            ("1234567\n\n12345678123456789", #""1234567\n\n12345678123456789""#),
        ] as [(String, String)]
    )
    func escapesOnlyWhatMustBe(string: String, text: String) {
        #expect(written { $0.value(string) } == text)
        #expect(JSON.string(string).text == text)
        #expect(JSON.object([JSON.Member(string, nil)]).text == "{\(text):null}")
    }

    @Test func escapesEachByteWhereverItStands() throws {
        for byte in UInt8(0)..<0x80 {
            for length in 0..<20 {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes.insert(byte, at: length / 2)
                let string = String(decoding: bytes, as: UTF8.self)
                let text = JSON.string(string).bytes
                let isPlain = byte >= 0x20 && byte != 0x22 && byte != 0x5C
                #expect(text.allSatisfy { $0 >= 0x20 })
                #expect(isPlain == (text.count == length + 3))
                #expect(try JSON(parsing: text) == .string(string))
            }
        }
    }

    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (10, "10"), (-9_876_543_210, "-9876543210"), (.max, "9223372036854775807"),
            (.min, "-9223372036854775808"),
        ] as [(Int64, String)]
    )
    func writesIntegers(integer: Int64, text: String) {
        #expect(written { $0.value(integer) } == text)
    }

    @Test(
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (-1.5, "-1.5"), (1000.0, "1000.0"), (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (0.0001, "0.0001"), (0.00001, "1e-05"), (1e-300, "1e-300"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
            (9_007_199_254_740_992, "9007199254740992.0"), (9_007_199_254_740_994, "9007199254740994.0"),
            (-9_999_999_999_999_998, "-9999999999999998.0"), (12_345_678_901_234_568, "1.2345678901234568e+16"),
            (1e100, "1e+100"),
            (123_456_789.12345679, "123456789.12345679"), (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
        ] as [(Double, String)]
    )
    func writesNumbersAsPythonDoes(number: Double, text: String) {
        #expect(written { $0.value(number) } == text)
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan])
    func writesNullForWhatJSONCannotSay(number: Double) {
        #expect(written { $0.value(number) } == "null")
    }

    @Test func writesBigIntegersAsTheyAre() {
        #expect(JSON.bigInteger("-18446744073709551616").text == "-18446744073709551616")
    }

    @Test func writesThroughAnOutputOfAnotherKind() {
        var writer = JSONWriter(output: Chunks())
        writer.value(["a": [1, "b\n"], "c": nil] as JSON)
        #expect(writer.output.chunks.joined() == #"{"a":[1,"b\n"],"c":null}"#)
    }

    @Test func appendsToWhatTheOutputHolds() {
        var writer = JSONWriter(output: Array("data: ".utf8))
        writer.value(1)
        #expect(writer.output == Array("data: 1".utf8))
    }

    private func written(_ write: (inout JSONWriter<[UInt8]>) -> Void) -> String {
        var writer = JSONWriter(output: [UInt8]())
        write(&writer)
        return String(decoding: writer.output, as: UTF8.self)
    }

    private struct Chunks: JSONOutput {
        var chunks: [String] = []

        mutating func append(_ byte: UInt8) { chunks.append(String(decoding: [byte], as: UTF8.self)) }
        mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
            chunks.append(String(decoding: bytes, as: UTF8.self))
        }
        mutating func append(_ text: StaticString) { chunks.append(text.description) }
    }
}
