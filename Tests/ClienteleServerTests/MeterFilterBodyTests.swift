import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What a meter's filter may be, by section 5.5 of the specification of the Polar dialect.
struct MeterFilterBodyTests {
    private func answer(_ server: TestServer, _ filter: String) async throws -> TestResponse {
        let body = #"{"name":"Calls","filter":\#(filter),"aggregation":{"func":"count"}}"#
        return try await server.call(.post, "/v1/meters/", body: body)
    }

    private func clause(_ value: String) -> String { clause(#""n""#, #""eq""#, value) }

    private func clause(_ property: String, _ comparison: String, _ value: String) -> String {
        #"{"conjunction":"and","clauses":[{"property":\#(property),"operator":\#(comparison),"value":\#(value)}]}"#
    }

    @Test func takesEveryOperatorAndValue() async throws {
        try await withServer { server in
            let text = String(repeating: "é", count: 1_000)
            for comparison in ["eq", "ne", "gt", "gte", "lt", "lte", "like", "not_like"] {
                for value in [#""""#, "\"\(text)\"", "2147483647", "-2147483648", "0", "true", "false"] {
                    let filter = clause("\"a.b\"", "\"\(comparison)\"", value)
                    let made = try await answer(server, filter)
                    #expect(made.status == .created)
                    #expect(made.json["filter"]?.text == filter)
                }
            }
            #expect(try await answer(server, clause(#""n""#, #""eq""#, "5.0")).json["filter"]?.text == clause("5"))
        }
    }

    @Test func refusesWhatIsNoFilter() async throws {
        try await withServer { server in
            let clause = "body.filter.clauses.0.FilterClause"
            for (filter, issues) in [
                ("[]", ["model_attributes_type body.filter"]),
                ("{}", ["missing body.filter.conjunction", "missing body.filter.clauses"]),
                (
                    #"{"conjunction":"xor","clauses":{}}"#,
                    ["enum body.filter.conjunction", "list_type body.filter.clauses"]
                ),
                (#"{"conjunction":"and","clauses":[1]}"#, ["model_attributes_type \(clause)"]),
                (
                    #"{"conjunction":"and","clauses":[{}]}"#,
                    ["missing \(clause).property", "missing \(clause).operator", "missing \(clause).value"]
                ),
                (self.clause("1", #""is""#, "1"), ["string_type \(clause).property", "enum \(clause).operator"]),
                (self.clause(#""\u0000""#, #""eq""#, "1"), ["value_error \(clause).property"]),
                (
                    #"{"conjunction":"and","clauses":[{"conjunction":"and","clauses":[{}]},{"clauses":[]}]}"#,
                    [
                        "missing body.filter.clauses.0.Filter.clauses.0.FilterClause.property",
                        "missing body.filter.clauses.0.Filter.clauses.0.FilterClause.operator",
                        "missing body.filter.clauses.0.Filter.clauses.0.FilterClause.value",
                        "missing body.filter.clauses.1.Filter.conjunction",
                    ]
                ),
            ] {
                let answer = try await answer(server, filter)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == issues, "\(filter)")
            }
        }
    }

    @Test func refusesAValueOfAnotherTypeByEachOfTheThree() async throws {
        try await withServer { server in
            let value = "body.filter.clauses.0.FilterClause.value"
            let none = ["string_type \(value).str", "int_type \(value).int", "bool_type \(value).bool"]
            let long = String(repeating: "x", count: 1_001)
            for (text, issues) in [
                ("null", none), ("[]", none), ("{}", none), ("1.5", none), ("99999999999999999999", none),
                (
                    "2147483648",
                    ["string_type \(value).str", "less_than_equal \(value).int", "bool_type \(value).bool"]
                ),
                (
                    "-2147483649",
                    ["string_type \(value).str", "greater_than_equal \(value).int", "bool_type \(value).bool"]
                ),
                (
                    "\"\(long)\"",
                    ["string_too_long \(value).str", "int_parsing \(value).int", "bool_parsing \(value).bool"]
                ),
                (#""a\u0000""#, ["value_error \(value).str"]),
            ] {
                let answer = try await answer(server, clause(text))
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == issues, "\(text)")
            }
        }
    }

    @Test func hasAtMostAHundredClausesEightDeep() async throws {
        try await withServer { server in
            func filter(clauses: Int) -> String {
                let clause = #"{"property":"n","operator":"eq","value":1}"#
                let all = Array(repeating: clause, count: clauses).joined(separator: ",")
                return #"{"conjunction":"or","clauses":[\#(all)]}"#
            }
            func nested(_ depth: Int) -> String {
                let inner = depth == 1 ? "" : nested(depth - 1)
                return #"{"conjunction":"and","clauses":[\#(inner)]}"#
            }
            let half = filter(clauses: 49)
            for right in [filter(clauses: 100), nested(8), #"{"conjunction":"and","clauses":[\#(half),\#(half)]}"#] {
                let made = try await answer(server, right)
                #expect(made.status == .created)
                #expect(made.json["filter"]?.text == right)
            }
            let more = #"{"conjunction":"and","clauses":[\#(half),\#(filter(clauses: 50))]}"#
            for (wrong, message) in [
                (filter(clauses: 101), "Value error, A filter can have at most 100 clauses."),
                (more, "Value error, A filter can have at most 100 clauses."),
                (nested(9), "Value error, Filters can be nested at most 8 deep."),
                (nested(60), "Value error, Filters can be nested at most 8 deep."),
            ] {
                let refused = try await answer(server, wrong)
                #expect(refused.issues == ["value_error body.filter"] && refused.messages == [message])
            }
            #expect(try await answer(server, nested(100)).issues.count == 1)
        }
    }
}
