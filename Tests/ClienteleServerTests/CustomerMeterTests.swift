import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What sections 5.5 and 5.6 of the specification of the Polar dialect say of what customers have used.
struct CustomerMeterTests {
    private static let path = "/v1/customer-meters/"

    @Test func answersTheWholeRecordInThePublishedOrder() async throws {
        try await withServer { server in
            let meter = try await server.newMeter(by: #"{"func":"sum","property":"n"}"#)
            let customer = try await server.customerID("ada@example.com")
            #expect(try await server.call(.get, Self.path).items.isEmpty)
            _ = try await server.ingest(#"{"name":"a","customer_id":"\#(customer)","metadata":{"n":12}}"#)
            let list = try await server.call(.get, Self.path)
            let record = try #require(list.items.first)
            let createdAt = record.text("created_at")
            #expect(createdAt.hasPrefix("2026-01-01T00:00:00."))
            func expected(_ modifiedAt: String, _ consumed: String, _ balance: String) async throws -> String {
                """
                {"id":"\(record.id)","created_at":"\(createdAt)","modified_at":\(modifiedAt),\
                "customer_id":"\(customer)","meter_id":"\(meter.id)","consumed_units":\(consumed),"credited_units":0,\
                "balance":\(balance),"customer":\(try await server.call(.get, "/v1/customers/\(customer)").text),\
                "meter":\(meter.text)}
                """
            }
            let first = try await expected("null", "12.0", "-12.0")
            #expect(list.text == #"{"items":[\#(first)],"pagination":{"total_count":1,"max_page":1}}"#)
            #expect(try await server.call(.get, Self.path + record.id).text == first)
            server.clock.pass(seconds: 60)
            _ = try await server.ingest(#"{"name":"a","customer_id":"\#(customer)","metadata":{"n":0.5}}"#)
            let changed = try await server.call(.get, Self.path + record.id)
            let modifiedAt = changed.json.text("modified_at")
            #expect(modifiedAt.hasPrefix("2026-01-01T00:01:00."))
            #expect(changed.text == (try await expected("\"\(modifiedAt)\"", "12.5", "-12.5")))
        }
    }

    @Test func answersEveryAggregationOfEventsInAnyOrder() async throws {
        try await withServer { server in
            let functions = ["count", "sum", "max", "min", "avg", "unique"]
            for function in functions {
                let property = function == "count" ? "" : #","property":"n""#
                let filter = #"{"conjunction":"and","clauses":[{"property":"name","operator":"eq","value":"call"}]}"#
                _ = try await server.newMeter(function, filter: filter, by: #"{"func":"\#(function)"\#(property)}"#)
            }
            let customer = try await server.customer(#"{"email":"ada@example.com","external_id":"ada"}"#).id
            func event(_ day: Int, _ n: String, _ key: String, name: String = "call", byID: Bool = false) -> String {
                let who = byID ? #""customer_id":"\#(customer)""# : #""external_customer_id":"ada""#
                return """
                    {"name":"\(name)",\(who),"external_id":"\(key)","timestamp":"2025-12-0\(day)T00:00:00Z",\
                    "metadata":{"n":\(n)}}
                    """
            }
            _ = try await server.ingest(event(5, "1", "e"), event(2, "2.5", "b", byID: true), event(5, "100", "e"))
            _ = try await server.ingest(event(9, "1.0", "i"), event(1, "-0.25", "a", byID: true), event(2, "7", "b"))
            _ = try await server.ingest(
                event(3, "\"1\"", "c"),
                event(4, "true", "d"),
                event(6, "9", "f", name: "other")
            )
            let records = try await server.call(.get, Self.path + "?limit=100").items
            var found: [String: Double] = [:]
            for record in records { found[record["meter"]?.text("name") ?? ""] = record["consumed_units"]?.number }
            // The numbers are 1, 2.5, 1.0 and -0.25; the text and the truth count, and are values of their own.
            #expect(found == ["count": 6, "sum": 4.25, "max": 2.5, "min": -0.25, "avg": 1.0625, "unique": 5])
            #expect(records.allSatisfy { $0.text("customer_id") == customer })
        }
    }

    @Test func givesACustomerTheEventsThatCameBeforeItOnce() async throws {
        try await withServer { server in
            _ = try await server.newMeter(by: #"{"func":"sum","property":"n"}"#)
            func event(_ day: Int, _ n: Int) -> String {
                """
                {"name":"a","external_customer_id":"future","external_id":"\(day)",\
                "timestamp":"2025-12-0\(day)T00:00:00Z","metadata":{"n":\(n)}}
                """
            }
            _ = try await server.ingest(event(5, 1), event(3, 2), event(5, 4))
            #expect(try await server.call(.get, Self.path).items.isEmpty)
            let other = try await server.customer(#"{"email":"bea@example.com","external_id":"Future"}"#)
            #expect(other["first_user_event_at"] == .null)
            let customer = try await server.customer(#"{"email":"ada@example.com","external_id":"future"}"#)
            func state() async throws -> (consumed: [JSON?], first: String) {
                let records = try await server.call(.get, Self.path + "?customer_id=\(customer.id)").items
                let read = try await server.call(.get, "/v1/customers/\(customer.id)").json
                return (records.map { $0["consumed_units"] }, read.text("first_user_event_at"))
            }
            var now = try await state()
            #expect(now.consumed == [.number(3)] && now.first == "2025-12-03T00:00:00.000000Z")
            let read = try await server.call(.get, "/v1/customers/\(customer.id)").json
            #expect(read["modified_at"] == .null)
            #expect(
                try await server.call(.patch, "/v1/customers/\(customer.id)", body: #"{"name":"Ada"}"#).status == .ok
            )
            _ = try await server.ingest(event(3, 8), event(4, 16))
            now = try await state()
            #expect(now.consumed == [.number(19)] && now.first == "2025-12-03T00:00:00.000000Z")
            _ = try await server.ingest(event(1, 32))
            now = try await state()
            #expect(now.consumed == [.number(51)] && now.first == "2025-12-01T00:00:00.000000Z")
            let events = try await server.call(.get, "/v1/events/?customer_id=\(customer.id)").items
            #expect(events.count == 4 && events.allSatisfy { $0.text("external_customer_id") == "future" })
        }
    }

    @Test func givesACustomerItsEventsWhenItGetsItsExternalID() async throws {
        try await withServer { server in
            _ = try await server.newMeter(by: #"{"func":"count"}"#)
            _ = try await server.ingest(
                #"{"name":"a","external_customer_id":"later","timestamp":"2025-12-01T00:00:00Z"}"#
            )
            let id = try await server.customerID("ada@example.com")
            #expect(try await server.patch(id, #"{"external_id":"later"}"#).status == .ok)
            let records = try await server.call(.get, Self.path).items
            #expect(records.map { $0["consumed_units"] } == [.number(1)])
            let customer = try await server.call(.get, "/v1/customers/\(id)").json
            #expect(customer.text("first_user_event_at") == "2025-12-01T00:00:00.000000Z")
        }
    }

    @Test func countsEventsThatAreOlderThanTheMeter() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            _ = try await server.ingest(
                #"{"name":"a","customer_id":"\#(customer)","metadata":{"n":3}}"#,
                #"{"name":"b","customer_id":"\#(customer)","metadata":{"n":4}}"#
            )
            let meter = try await server.newMeter(by: #"{"func":"sum","property":"n"}"#).id
            #expect(try await server.consumed() == [7])
            let nobody = #"{"conjunction":"and","clauses":[{"property":"name","operator":"eq","value":"c"}]}"#
            _ = try await server.newMeter(filter: nobody, by: #"{"func":"count"}"#)
            #expect(try await server.consumed() == [7])
            _ = try await server.ingest(#"{"name":"b","customer_id":"\#(customer)","metadata":{"n":5}}"#)
            #expect(try await server.consumed() == [12])
            for (patch, expected) in [
                (#"{"filter":{"conjunction":"and","clauses":[{"property":"name","operator":"eq","value":"b"}]}}"#, [9]),
                (#"{"aggregation":{"func":"unique","property":"name"}}"#, [1]),
                (#"{"name":"Other"}"#, [1]), (#"{"aggregation":{"func":"min","property":"n"}}"#, [4]),
                (#"{"filter":\#(nobody)}"#, [0]), (#"{"filter":{"conjunction":"or","clauses":[]}}"#, [3]),
                (#"{"aggregation":{"func":"count"}}"#, [3]),
            ] as [(String, [Double])] {
                #expect(try await server.call(.patch, "/v1/meters/\(meter)", body: patch).status == .ok)
                #expect(try await server.consumed("?meter_id=\(meter)") == expected, "\(patch)")
            }
            _ = try await server.ingest(#"{"name":"z","customer_id":"\#(customer)"}"#)
            #expect(try await server.consumed("?meter_id=\(meter)") == [4])
        }
    }

    @Test func hidesArchivedMetersUnlessNamed() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            let (kept, archived) = (
                try await server.newMeter("Kept", by: #"{"func":"count"}"#).id,
                try await server.newMeter("Archived", by: #"{"func":"count"}"#).id
            )
            _ = try await server.ingest(#"{"name":"a","customer_id":"\#(customer)"}"#)
            #expect(
                try await server.call(.patch, "/v1/meters/\(archived)", body: #"{"is_archived":true}"#).status == .ok
            )
            func meters(_ query: String) async throws -> Set<String> {
                Set(try await server.call(.get, Self.path + query).items.map { $0.text("meter_id") })
            }
            #expect(try await meters("") == [kept])
            #expect(try await meters("?meter_id=\(archived)") == [archived])
            #expect(try await meters("?meter_id=\(archived)&meter_id=\(kept)") == [archived, kept])
            let list = try await server.call(.get, Self.path + "?meter_id=\(archived)")
            #expect(try await server.call(.get, Self.path + list.items[0].id).status == .ok)
            #expect(
                try await server.call(.patch, "/v1/meters/\(archived)", body: #"{"is_archived":false}"#).status == .ok
            )
            #expect(try await meters("") == [archived, kept])
        }
    }
}

extension TestServer {
    /// What customers have used, in the order of a list.
    func consumed(_ query: String = "", token: String = "A") async throws -> [Double] {
        let answer = try await call(.get, "/v1/customer-meters/" + query, token: token)
        guard answer.status == .ok else { throw Unexpected(answer) }
        return answer.items.compactMap { $0["consumed_units"]?.number }
    }
}
