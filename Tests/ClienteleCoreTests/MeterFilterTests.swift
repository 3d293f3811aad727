import ClienteleJSON
import Testing

@testable import ClienteleCore

/// The table of section 5.5 of the specification of the Polar dialect, row by row.
struct MeterFilterTests {
    private static let event = MeteredEvent(
        name: "api.call",
        source: "user",
        timestamp: Timestamp(microseconds: 1_767_225_600_999_999),
        metadata: [
            "plan": "pro", "seats": 3, "score": 1.5, "whole": 2.0, "beta": true, "closed": false, "nothing": nil,
            "list": [1], "name": "other", "a.b": "dotted", "a": ["b": "nested", "c": ["d": 7]],
            "huge": .bigInteger("100000000000000000000"),
        ]
    )

    /// Whether the event passes a filter of one clause.
    private func matches(_ property: String, _ comparison: MeterFilter.Operator, _ value: JSON) -> Bool {
        MeterFilter(.and, [.compare(property: property, comparison, value)]).matches(Self.event)
    }

    /// The operators that hold between a property of the event and a value.
    private func holding(_ property: String, _ value: JSON) -> [String] {
        MeterFilter.Operator.allCases.filter { matches(property, $0, value) }.map(\.rawValue)
    }

    @Test(arguments: [("name", "api.call", "api.cal"), ("source", "user", "use")])
    func comparesNameAndSourceWithTextsAlone(_ property: String, _ same: String, _ less: String) {
        #expect(holding(property, .string(same)) == ["eq", "gte", "lte", "like"])
        #expect(holding(property, .string(less)) == ["ne", "gt", "gte", "like"])
        #expect(holding(property, "zzz") == ["ne", "lt", "lte", "not_like"])
        for value: JSON in [1, 0, true, false] { #expect(holding(property, value).isEmpty) }
    }

    @Test func comparesTheTimestampInSecondsWithIntegersAlone() {
        #expect(holding("timestamp", 1_767_225_600) == ["eq", "gte", "lte"])
        #expect(holding("timestamp", 1_767_225_599) == ["ne", "gt", "gte"])
        #expect(holding("timestamp", 1_767_225_601) == ["ne", "lt", "lte"])
        for value: JSON in ["1767225600", true, false] { #expect(holding("timestamp", value).isEmpty) }
    }

    @Test func countsSecondsDownBefore1970() {
        let event = MeteredEvent(name: "a", source: "user", timestamp: Timestamp(microseconds: -1), metadata: [:])
        #expect(MeterFilter(.and, [.compare(property: "timestamp", .equal, -1)]).matches(event))
    }

    @Test func looksEverythingElseUpInTheMetadata() {
        for property in ["plan", "metadata.plan"] { #expect(matches(property, .equal, "pro")) }
        #expect(matches("metadata.name", .equal, "other"))
        #expect(!matches("metadata.metadata.plan", .equal, "pro"))
        #expect(!matches("Plan", .equal, "pro"))
    }

    @Test func descendsAtDots() {
        #expect(matches("a.c.d", .equal, 7))
        #expect(matches("metadata.a.c.d", .equal, 7))
        #expect(matches("a.b", .equal, "dotted"))
        for property in ["a.c.d.e", "a.", ".a", "a..c", "plan.x", ""] {
            #expect(holding(property, 7).isEmpty, "\(property)")
        }
    }

    @Test func comparesAStoredTextAsText() {
        #expect(holding("plan", "pro") == ["eq", "gte", "lte", "like"])
        #expect(holding("plan", "pq") == ["ne", "gt", "gte", "not_like"])
        #expect(holding("plan", "prz") == ["ne", "lt", "lte", "not_like"])
        let event = MeteredEvent(
            name: "a",
            source: "user",
            timestamp: Timestamp(microseconds: 0),
            metadata: ["ten": "10", "yes": "t"]
        )
        func matches(_ property: String, _ comparison: MeterFilter.Operator, _ value: JSON) -> Bool {
            MeterFilter(.and, [.compare(property: property, comparison, value)]).matches(event)
        }
        #expect(matches("ten", .equal, 10) && matches("ten", .less, 9))
        #expect(matches("yes", .equal, true) && matches("yes", .greater, false))
    }

    @Test func comparesAStoredNumberWithIntegersAndBooleansAsOnes() {
        #expect(holding("seats", 3) == ["eq", "gte", "lte", "like"])
        #expect(holding("seats", 10) == ["ne", "lt", "lte", "not_like"])
        #expect(holding("score", 1) == ["ne", "gt", "gte", "like"])
        #expect(holding("whole", 2) == ["eq", "gte", "lte", "like"])
        #expect(holding("seats", true) == ["ne", "gt", "gte", "not_like"])
        #expect(holding("huge", 1) == ["ne", "gt", "gte", "like"])
        #expect(holding("seats", "3") == ["like"])
        #expect(holding("seats", "4") == ["not_like"])
    }

    @Test func comparesAStoredBooleanWithBooleansAlone() {
        #expect(holding("beta", true) == ["eq", "gte", "lte", "like"])
        #expect(holding("beta", false) == ["ne", "gt", "gte", "not_like"])
        #expect(holding("closed", true) == ["ne", "lt", "lte", "not_like"])
        for value: JSON in [1, "t", "true"] {
            #expect(!matches("beta", .equal, value) && !matches("beta", .notEqual, value))
        }
        #expect(matches("beta", .contains, "rue") && !matches("beta", .contains, "f"))
    }

    @Test(arguments: ["missing", "nothing", "list", "a", "a.c"])
    func matchesNothingThatIsNoScalar(_ property: String) {
        for value: JSON in ["", "x", 0, true, false] { #expect(holding(property, value).isEmpty) }
    }

    @Test func takesPatternsLiterallyAndByCase() {
        for text in ["p%", "p_o", "P", "ro "] {
            #expect(!matches("plan", .contains, .string(text)) && matches("plan", .containsNot, .string(text)))
        }
        for text in ["", "p", "r", "ro", "pro"] {
            #expect(matches("plan", .contains, .string(text)) && !matches("plan", .containsNot, .string(text)))
        }
    }

    @Test func tellsTextsApartByTheirBytes() {
        let event = MeteredEvent(
            name: "caf\u{E9}",
            source: "user",
            timestamp: Timestamp(microseconds: 0),
            metadata: [:]
        )
        func matches(_ comparison: MeterFilter.Operator, _ value: JSON) -> Bool {
            MeterFilter(.and, [.compare(property: "name", comparison, value)]).matches(event)
        }
        #expect(matches(.equal, "caf\u{E9}"))
        #expect(!matches(.equal, "cafe\u{301}") && matches(.notEqual, "cafe\u{301}"))
    }

    @Test func joinsClausesByItsConjunction() {
        let (yes, no) = (clause("plan", "pro"), clause("plan", "x"))
        for (filter, expected) in [
            (MeterFilter(.and, [yes, yes]), true), (MeterFilter(.and, [yes, no]), false),
            (MeterFilter(.or, [no, yes]), true), (MeterFilter(.or, [no, no]), false),
            (MeterFilter(.and, [yes, .nested(MeterFilter(.or, [no, yes]))]), true),
            (MeterFilter(.or, [no, .nested(MeterFilter(.and, [yes, no]))]), false),
        ] {
            #expect(filter.matches(Self.event) == expected, "\(filter.json.text)")
        }
    }

    @Test(arguments: MeterFilter.Conjunction.allCases)
    func matchesEveryEventWithoutClauses(_ conjunction: MeterFilter.Conjunction) {
        let empty = MeterFilter(conjunction, [])
        #expect(empty.matches(Self.event))
        #expect(MeterFilter(.and, [.nested(empty)]).matches(Self.event))
        #expect(MeterFilter(.or, [.nested(empty), clause("plan", "x")]).matches(Self.event))
    }

    @Test func readsBackWhatItWrites() throws {
        let few = MeterFilter.Clause.compare(property: "metadata.seats", .lessOrEqual, -7)
        let other = MeterFilter.Clause.compare(property: "x", .notEqual, true)
        let nested = MeterFilter(.or, [few, .nested(MeterFilter(.and, []))])
        let filter = MeterFilter(.and, [clause("plan", "pro"), .nested(nested), other])
        let text = """
            {"conjunction":"and","clauses":[{"property":"plan","operator":"eq","value":"pro"},{"conjunction":"or",\
            "clauses":[{"property":"metadata.seats","operator":"lte","value":-7},{"conjunction":"and","clauses":[]}]},\
            {"property":"x","operator":"ne","value":true}]}
            """
        #expect(filter.json.text == text)
        #expect(MeterFilter(json: try JSON(parsing: text)) == filter)
        for text in [
            "[]", "{}", #"{"conjunction":"and"}"#, #"{"conjunction":"xor","clauses":[]}"#,
            #"{"conjunction":"and","clauses":[1]}"#,
            #"{"conjunction":"and","clauses":[{"property":"x","operator":"is","value":1}]}"#,
        ] {
            #expect(MeterFilter(json: try JSON(parsing: text)) == nil, "\(text)")
        }
    }

    private func clause(_ property: String, _ value: JSON) -> MeterFilter.Clause {
        .compare(property: property, .equal, value)
    }
}
