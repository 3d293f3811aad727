import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Right bodies with one value replaced by another, each in turn: none of them may be our fault.
struct MeterFuzzTests {
    private static let values: [JSON] = [
        nil, false, 0, -1, 1.5, 1e308, "", " ", "\0", "a\u{301}", [], [[]], [:], ["a": ["b": 1]], .integer(.min),
        .bigInteger(String(repeating: "9", count: 400)), .string(String(repeating: "y", count: 3_000)),
    ]

    @Test func takesOrRefusesEveryMeter() async throws {
        try await withServer { server in
            let body = try JSON(
                parsing: """
                    {"name":"Meter","unit":"custom","custom_label":"x","custom_multiplier":2,"metadata":{"a":1},\
                    "filter":{"conjunction":"or","clauses":[{"property":"n","operator":"like","value":"x"},\
                    {"conjunction":"and","clauses":[{"property":"a.b","operator":"gt","value":2}]}]},\
                    "aggregation":{"func":"unique","property":"n"},"is_archived":false}
                    """
            )
            let customer = try await server.customerID("ada@example.com")
            _ = try await server.ingest(#"{"name":"a","customer_id":"\#(customer)","metadata":{"n":1}}"#)
            let id = try await server.newMeter(body.text).id
            for odd in body.replacingEach(by: Self.values) {
                let made = try await server.call(.post, "/v1/meters/", body: odd.text)
                let changed = try await server.call(.patch, "/v1/meters/\(id)", body: odd.text)
                #expect([201, 422].contains(made.status.code), "\(odd.text.prefix(500)): \(made.text)")
                #expect([200, 422].contains(changed.status.code), "\(odd.text.prefix(500)): \(changed.text)")
            }
            _ = try await server.ingest(#"{"name":"b","customer_id":"\#(customer)","metadata":{"n":2}}"#)
            #expect(try await server.call(.get, "/v1/meters/?limit=100").status == .ok)
            #expect(try await server.call(.get, "/v1/customer-meters/?limit=100").status == .ok)
        }
    }

    @Test func takesOrRefusesEveryEvent() async throws {
        try await withServer { server in
            let customer = try await server.customer(#"{"email":"ada@example.com","external_id":"ada"}"#).id
            for function in ["sum", "unique", "max"] {
                for property in ["n", "_cost.amount", "timestamp", "_llm", "name"] {
                    _ = try await server.newMeter(by: #"{"func":"\#(function)","property":"\#(property)"}"#)
                }
            }
            for who in [#""customer_id":"\#(customer)""#, #""external_customer_id":"ada""#] {
                let event = """
                    {"name":"call",\(who),"external_id":"x","parent_id":null,"timestamp":"2025-12-01T00:00:00Z",\
                    "organization_id":null,"metadata":{"n":1,"_cost":{"amount":1,"currency":"usd"},"_llm":{"vendor":"v",\
                    "model":"m","prompt":"p","response":"r","input_tokens":1,"cached_input_tokens":1,"output_tokens":1,\
                    "total_tokens":2}}}
                    """
                for odd in try JSON(parsing: #"{"events":[\#(event)]}"#).replacingEach(by: Self.values) {
                    let answer = try await server.call(.post, "/v1/events/ingest", body: odd.text)
                    #expect([200, 422].contains(answer.status.code), "\(odd.text.prefix(500)): \(answer.text)")
                }
            }
            #expect(try await server.call(.get, "/v1/events/?limit=100").status == .ok)
            #expect(try await server.call(.get, "/v1/customer-meters/?limit=100").status == .ok)
        }
    }

    @Test func takesOrRefusesEveryQuery() async throws {
        try await withServer { server in
            let names = [
                "organization_id", "customer_id", "external_customer_id", "meter_id", "name", "source", "query",
                "start_timestamp", "end_timestamp", "parent_id", "metadata[a]", "metadata[%00]", "sorting", "page",
                "limit", "is_archived",
            ]
            let values = [
                "", "%00", "%FF", "-", "%25", "_", "1", "-1", "99999999999999999999", "true", unknownID,
                "2026-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00Z", "%F0%9F%98%80",
                String(repeating: "x", count: 3_000),
            ]
            for path in ["/v1/meters/", "/v1/customer-meters/", "/v1/events/"] {
                for name in names {
                    for value in values {
                        let answer = try await server.call(.get, "\(path)?\(name)=\(value)")
                        #expect(
                            [200, 404, 422].contains(answer.status.code),
                            "\(path) \(name) \(value): \(answer.text)"
                        )
                    }
                }
            }
        }
    }
}

extension JSON {
    /// The tree with each of its values, one at a time, replaced by each of `values`.
    fileprivate func replacingEach(by values: [JSON]) -> [JSON] {
        switch self {
        case .object(let members):
            return values
                + members.indices.flatMap { index in
                    members[index].value.replacingEach(by: values).map { value in
                        var members = members
                        members[index].value = value
                        return .object(members)
                    }
                }
        case .array(let items):
            return values
                + items.indices.flatMap { index in
                    items[index].replacingEach(by: values).map { value in
                        var items = items
                        items[index] = value
                        return .array(items)
                    }
                }
        case .null, .bool, .integer, .bigInteger, .number, .string: return values
        }
    }
}
