import ClienteleJSON
import Testing

@Suite("The parser")
struct JSONParserTests {
    @Test func readsEveryKindOfValue() throws {
        let text = #" {"a" : null , "b":[true,false , -1, 1.5e2,[ ],{ }] ,"c":"x"} "# + "\r\n\t"
        let json: JSON = ["a": nil, "b": [true, false, -1, 150.0, [], [:]], "c": "x"]
        #expect(try JSON(parsing: text) == json)
        #expect(try JSON(parsing: Array(text.utf8)) == json)
        #expect(try Array(text.utf8).withUnsafeBytes { try JSON(parsing: $0) } == json)
    }

    @Test(
        arguments: [("null", JSON.null), ("true", true), ("7", 7), ("\"\"", ""), ("[]", []), ("{}", [:])]
            as [(String, JSON)]
    )
    func readsAnyValueAtTheTop(text: String, json: JSON) throws {
        #expect(try JSON(parsing: text) == json)
    }

    @Test func keepsTheOrderOfMembers() throws {
        #expect(try JSON(parsing: #"{"b":1,"a":2,"c":3}"#).object?.map(\.name) == ["b", "a", "c"])
    }

    @Test func letsTheLastOfTwoEqualNamesWinInTheFirstPlace() throws {
        #expect(try JSON(parsing: #"{"a":1,"b":2,"\u0061":3}"#) == ["a": 3, "b": 2])
        #expect(try JSON(parsing: #"{"":1,"a":{"a":1,"a":2},"":3}"#) == ["": 3, "a": ["a": 2]])
    }

    @Test func keepsNamesThatDifferByTheirBytesOnly() throws {
        let json = try JSON(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(json == .object([JSON.Member("\u{E9}", 1), JSON.Member("e\u{301}", 2)]))
    }

    /// The names are told apart neither by their ends nor by their lengths, so that every shortcut of the parser fails.
    @Test(arguments: [1, 2, 16, 17, 18, 19, 100, 1_000])
    func findsEqualNamesHoweverManyThereAre(count: Int) throws {
        let names = (0..<count).map { "name \(1_000 + $0) of many" }
        let twice = (names + names.reversed()).enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",")
        let members = names.enumerated().map { JSON.Member($1, .integer(Int64(2 * count - 1 - $0))) }
        #expect(try JSON(parsing: "{\(twice)}") == .object(members))
    }

    @Test func readsAnObjectOf100000MembersInGoodTime() throws {
        let count = 100_000
        let text = "{" + (0..<count).map { "\"name \($0)\":\($0)" }.joined(separator: ",") + ",\"name 500\":\"last\"}"
        var read = JSON.null
        let time = try ContinuousClock().measure { read = try JSON(parsing: text) }
        let members = try #require(read.object)
        #expect(members.count == count)
        #expect(members[500] == JSON.Member("name 500", "last"))
        #expect(members[99_999] == JSON.Member("name 99999", 99_999))
        // A quadratic search takes minutes.
        #expect(time < .seconds(20))
    }

    @Test func skipsAByteOrderMarkOnce() throws {
        #expect(try JSON(parsing: "\u{FEFF}[1]") == [1])
        #expect(failure("\u{FEFF}\u{FEFF}[1]") == .init(at: 3, "Expecting value"))
        #expect(failure("[1]\u{FEFF}") == .init(at: 3, "Extra data"))
        #expect(failure("\u{FEFF}") == .init(at: 3, "Expecting value"))
        #expect(failure("\u{FEFF}[?]") == .init(at: 4, "Expecting value"))
    }

    @Test func readsNestingUpToTheLimitAndNotBeyond() throws {
        let limit = JSON.nestingMax
        let arrays = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect(try JSON(parsing: arrays).text == arrays)
        let objects = String(repeating: "{\"a\":", count: limit) + "1" + String(repeating: "}", count: limit)
        #expect(try JSON(parsing: objects).text == objects)
        #expect(failure("[\(arrays)]") == .init(.tooDeep, at: limit, "Nested too deeply"))
        #expect(failure("[\(objects)]")?.reason == .tooDeep)
        #expect(failure(String(repeating: "[", count: 1_000_000))?.reason == .tooDeep)
        #expect(failure(String(repeating: "{\"a\":", count: 1_000_000))?.reason == .tooDeep)
    }

    @Test(
        arguments: [
            ("", 0, "Expecting value"),
            (" ", 1, "Expecting value"),
            ("[", 1, "Expecting value"),
            ("[,", 1, "Expecting value"),
            ("[1", 2, "Expecting ',' delimiter"),
            ("[1 2]", 3, "Expecting ',' delimiter"),
            ("[1,]", 2, "Illegal trailing comma before end of array"),
            ("[1 , ]", 3, "Illegal trailing comma before end of array"),
            ("[1,,2]", 3, "Expecting value"),
            ("[1}", 2, "Expecting ',' delimiter"),
            ("{", 1, "Expecting property name enclosed in double quotes"),
            ("{a:1}", 1, "Expecting property name enclosed in double quotes"),
            ("{1:1}", 1, "Expecting property name enclosed in double quotes"),
            ("{'a':1}", 1, "Expecting property name enclosed in double quotes"),
            ("{\"a\" 1}", 5, "Expecting ':' delimiter"),
            ("{\"a\":}", 5, "Expecting value"),
            ("{\"a\":1", 6, "Expecting ',' delimiter"),
            ("{\"a\":1,", 7, "Expecting property name enclosed in double quotes"),
            ("{\"a\":1,}", 6, "Illegal trailing comma before end of object"),
            ("{\"a\":1]", 6, "Expecting ',' delimiter"),
            ("]", 0, "Expecting value"),
            ("{}x", 2, "Extra data"),
            ("1 2", 2, "Extra data"),
            ("null\0", 4, "Extra data"),
            ("nul", 0, "Expecting value"),
            ("nulL", 0, "Expecting value"),
            ("True", 0, "Expecting value"),
            ("truefalse", 4, "Extra data"),
            ("NaN", 0, "Expecting value"),
            ("[Infinity]", 1, "Expecting value"),
            ("-Infinity", 0, "Expecting value"),
            ("\u{A0}1", 0, "Expecting value"),
            ("\u{B}1", 0, "Expecting value"),
            ("// comment\n1", 0, "Expecting value"),
        ] as [(String, Int, String)]
    )
    func refusesWhatTheGrammarDoesNotHave(text: String, offset: Int, message: String) {
        #expect(failure(text) == .init(at: offset, message))
    }

    private func failure(_ text: String) -> JSON.SyntaxError? { syntaxError(in: Array(text.utf8)) }
}

/// What the parser has to say against the text; nil if nothing.
func syntaxError(in text: [UInt8]) -> JSON.SyntaxError? {
    do {
        _ = try JSON(parsing: text)
        return nil
    } catch {
        return error
    }
}
