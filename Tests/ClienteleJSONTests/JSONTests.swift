import ClienteleJSON
import Testing

@Suite("The tree")
struct JSONTests {
    @Test func isWrittenAsLiterals() {
        let json: JSON = ["text": "a", "yes": true, "integer": 1, "number": 1.5, "nothing": nil, "list": [1, "b"]]
        let members: [JSON.Member] = [
            .init("text", .string("a")), .init("yes", .bool(true)), .init("integer", .integer(1)),
            .init("number", .number(1.5)), .init("nothing", .null), .init("list", .array([.integer(1), .string("b")])),
        ]
        #expect(json == .object(members))
    }

    @Test func makesAnAbsentStringNull() {
        #expect(JSON(String?.none) == .null)
        #expect(JSON(String?.some("a")) == .string("a"))
    }

    @Test func findsTheLastMemberOfAName() {
        let json: JSON = ["a": 1, "b": 2, "a": 3]
        #expect(json["a"] == 3)
        #expect(json["b"] == 2)
        #expect(json["c"] == nil)
        #expect(JSON.string("a")["a"] == nil)
    }

    @Test func tellsAnAbsentMemberFromNull() {
        let json: JSON = ["a": nil]
        #expect(json["a"]?.isNull == true)
        #expect(json["b"]?.isNull == nil)
    }

    @Test func givesWhatItHoldsAndNothingElse() {
        let values: [JSON] = [nil, true, 1, .bigInteger("9223372036854775808"), 1.5, "a", [1], ["a": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil, nil, nil])
        #expect(values.map(\.integer) == [nil, nil, 1, nil, nil, nil, nil, nil])
        #expect(values.map(\.number) == [nil, nil, nil, nil, 1.5, nil, nil, nil])
        #expect(values.map(\.string) == [nil, nil, nil, nil, nil, "a", nil, nil])
        #expect(values.map(\.array) == [nil, nil, nil, nil, nil, nil, [1], nil])
        #expect(values.map(\.object) == [nil, nil, nil, nil, nil, nil, nil, [JSON.Member("a", 1)]])
    }

    @Test func tellsAnIntegerFromANumberOfTheSameValue() {
        #expect(JSON.integer(1) != .number(1))
        #expect(JSON.integer(1) != .bigInteger("1"))
        #expect(JSON.string("1") != .bigInteger("1"))
    }

    @Test func countsTheOrderOfMembers() {
        #expect(["a": 1, "b": 2] as JSON != ["b": 2, "a": 1])
    }

    @Test func tellsStringsApartThatSwiftTakesForEqual() {
        let composed = "\u{E9}"
        let decomposed = "e\u{301}"
        #expect(composed == decomposed)
        #expect(JSON.string(composed) != .string(decomposed))
        #expect(JSON.Member(composed, 1) != JSON.Member(decomposed, 1))
        let json: JSON = .object([JSON.Member(composed, 1), JSON.Member(decomposed, 2)])
        #expect(json[composed] == 1)
        #expect(json[decomposed] == 2)
        #expect(Set([JSON.string(composed), .string(decomposed), .string(composed)]).count == 2)
    }

    @Test func hashesEqualTreesAlike() {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<500 {
            var copy = generator
            #expect(generator.json().hashValue == copy.json().hashValue)
        }
    }
}
