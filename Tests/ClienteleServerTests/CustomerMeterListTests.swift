import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.6 of the specification of the Polar dialect says of listing what customers have used, and its limits.
struct CustomerMeterListTests {
    private static let path = "/v1/customer-meters/"

    @Test func findsAndSortsWhatIsAsked() async throws {
        try await withServer { server in
            let sum = try await server.newMeter("Sum", by: #"{"func":"sum","property":"n"}"#).id
            let count = try await server.newMeter("Count", by: #"{"func":"count"}"#).id
            let ada = try await server.customer(#"{"email":"a@example.com","name":"Ada","external_id":"ada"}"#).id
            server.clock.pass(seconds: 1)
            let bea = try await server.customer(#"{"email":"b@example.com","name":"Bea","external_id":"bea"}"#).id
            for (id, n) in [(ada, 5), (bea, 7), (ada, 4)] {
                _ = try await server.ingest(#"{"name":"a","customer_id":"\#(id)","metadata":{"n":\#(n)}}"#)
                server.clock.pass(seconds: 1)
            }
            let (a, b) = (server.organizationA.text, server.organizationB.text)
            for (query, found) in [
                ("sorting=consumed_units", [1, 2, 7, 9]), ("sorting=-consumed_units", [9, 7, 2, 1]),
                ("sorting=balance", [9, 7, 2, 1]), ("sorting=-balance", [1, 2, 7, 9]),
                ("customer_id=\(ada)&sorting=consumed_units", [2, 9]), ("customer_id=\(unknownID)", []),
                ("external_customer_id=bea&sorting=consumed_units", [1, 7]),
                ("external_customer_id=bea&external_customer_id=ada&sorting=consumed_units", [1, 2, 7, 9]),
                ("meter_id=\(sum)&sorting=consumed_units", [7, 9]), ("meter_id=\(unknownID)", []),
                ("meter_id=\(count)&customer_id=\(bea)", [1]), ("organization_id=\(b)", []),
                ("organization_id=\(a)&sorting=consumed_units", [1, 2, 7, 9]),
                ("sorting=meter_name&sorting=customer_name", [2, 1, 9, 7]),
                ("sorting=-meter_name&sorting=-customer_name", [7, 9, 1, 2]),
                ("sorting=customer_name&sorting=meter_name", [2, 9, 1, 7]),
                ("sorting=-created_at&sorting=-consumed_units", [7, 1, 9, 2]),
                ("sorting=modified_at&sorting=consumed_units", [1, 7, 2, 9]),
                ("sorting=credited_units&sorting=consumed_units", [1, 2, 7, 9]),
                ("sorting=-modified_at&sorting=consumed_units", [2, 9, 1, 7]),
                ("metadata[x]=y&sorting=consumed_units", [1, 2, 7, 9]),
                ("sorting=consumed_units&limit=3", [1, 2, 7]), ("sorting=consumed_units&limit=3&page=2", [9]),
            ] as [(String, [Double])] {
                #expect(try await server.consumed("?" + query) == found, "\(query)")
            }
            #expect(Set(try await server.consumed().prefix(2)) == [2, 9])
            for (key, order) in [("customer_id", [ada, bea].sorted()), ("meter_id", [sum, count].sorted())] {
                let list = try await server.call(.get, Self.path + "?sorting=\(key)&sorting=consumed_units").items
                #expect(list.map { $0.text(key) } == [order[0], order[0], order[1], order[1]])
            }
            let page = try await server.call(.get, Self.path + "?limit=3")
            #expect(page.json["pagination"] == ["total_count": 4, "max_page": 2])
            let bad = try await server.call(.get, Self.path + "?customer_id=x&meter_id=x&sorting=name&limit=x")
            #expect(
                bad.issues.filter { !$0.contains("json-or-python") } == [
                    "int_parsing query.limit", "enum query.sorting.0", "uuid_type query.customer_id.uuid",
                    "uuid_type query.meter_id.uuid",
                ]
            )
        }
    }

    @Test func isNotThereForOthersNorWithoutTheScope() async throws {
        try await withServer { server in
            _ = try await server.newMeter(by: #"{"func":"count"}"#)
            let customer = try await server.customerID("ada@example.com")
            _ = try await server.ingest(#"{"name":"a","customer_id":"\#(customer)"}"#)
            let id = try await server.call(.get, Self.path).items[0].id
            for (path, token) in [(id, "B"), (unknownID, "A")] {
                let answer = try await server.call(.get, Self.path + path, token: token)
                #expect(answer.status == .notFound)
                #expect(answer.text == namedError("ResourceNotFound", "Customer meter not found"))
            }
            #expect(try await server.consumed(token: "B").isEmpty)
            #expect(try await server.consumed(token: "PAT_AB") == [1])
            #expect(try await server.call(.get, Self.path + "nope").issues == ["uuid_parsing path.id"])
            let reader = try await server.bearer([.customerMetersRead])
            let other = try await server.bearer([.metersRead, .metersWrite])
            for path in [Self.path, Self.path + id] {
                #expect(try await server.call(.get, path, token: "A_read").status == .forbidden)
                #expect(try await server.call(.get, path, token: nil, headers: other).status == .forbidden)
                #expect(try await server.call(.get, path, token: nil, headers: reader).status == .ok)
            }
            #expect(try await server.call(.delete, "/v1/customers/\(customer)").status == .noContent)
            #expect(try await server.consumed().isEmpty)
            #expect(try await server.call(.get, Self.path + id).status == .notFound)
        }
    }

    @Test func takesTenThousandEventsAtOnce() async throws {
        try await withServer { server in
            _ = try await server.newMeter("Sum", by: #"{"func":"sum","property":"n"}"#)
            let ids = [
                try await server.customer(#"{"email":"a@example.com","external_id":"ada"}"#).id,
                try await server.customerID("b@example.com"),
            ]
            let events = (0..<10_000).map { number in
                let who =
                    number % 3 == 0 ? #""external_customer_id":"ada""# : #""customer_id":"\#(ids[number % 3 - 1])""#
                return """
                    {"name":"call","external_id":"e\(number)",\(who),"timestamp":"2025-12-31T00:00:00.5Z",\
                    "metadata":{"n":\(number),"tier":"a"}}
                    """
            }
            let body = #"{"events":[\#(events.joined(separator: ","))]}"#
            let answer = try await server.call(.post, "/v1/events/ingest", body: body)
            #expect(answer.text == #"{"inserted":10000,"duplicates":0}"#)
            let bea = stride(from: 2, to: 10_000, by: 3).reduce(0, +)
            let ada = 10_000 * 9_999 / 2 - bea
            #expect(try await server.consumed("?sorting=consumed_units") == [Double(bea), Double(ada)])
            let again = try await server.call(.post, "/v1/events/ingest", body: body)
            #expect(again.text == #"{"inserted":0,"duplicates":10000}"#)
            #expect(try await server.consumed("?sorting=consumed_units") == [Double(bea), Double(ada)])
            let list = try await server.call(.get, "/v1/events/?limit=1")
            #expect(list.json["pagination"] == ["total_count": 10_000, "max_page": 10_000])
        }
    }

    /// No number that JSON can say makes an answer impossible.
    @Test func survivesTheLargestNumbers() async throws {
        try await withServer { server in
            for function in ["count", "sum", "max", "min", "avg", "unique"] {
                let property = function == "count" ? "" : #","property":"n""#
                _ = try await server.newMeter(function, by: #"{"func":"\#(function)"\#(property)}"#)
            }
            let customer = try await server.customerID("ada@example.com")
            let huge = String(repeating: "9", count: 4_000)
            for numbers in [
                ["1e308", "1.7e308", "-1e308"], ["-1.7e308", "-1.7e308", huge], ["5e-324", "-0.0", "1e16"],
            ] {
                let events = numbers.map { #"{"name":"a","customer_id":"\#(customer)","metadata":{"n":\#($0)}}"# }
                let receipt = try await server.ingest(events[0], events[1], events[2])
                #expect(receipt == #"{"inserted":3,"duplicates":0}"#)
                for sorting in ["consumed_units", "balance"] {
                    let list = try await server.call(.get, Self.path + "?sorting=\(sorting)")
                    #expect(list.status == .ok && list.items.count == 6)
                }
            }
            _ = try await server.newMeter("Late", by: #"{"func":"sum","property":"n"}"#)
            #expect(try await server.call(.get, Self.path).items.count == 7)
        }
    }
}
