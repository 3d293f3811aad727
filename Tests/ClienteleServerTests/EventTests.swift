import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.7 of the specification of the Polar dialect says of reading events.
struct EventTests {
    private static let path = "/v1/events/"

    @Test func answersTheWholeEventInThePublishedOrder() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            _ = try await server.ingest(
                #"{"name":"call","customer_id":"\#(customer)","timestamp":"2025-12-31T12:00:00Z","metadata":{"b":1.0,"a":1}}"#,
                #"{"name":"call","external_customer_id":"nobody","timestamp":"2025-12-30T12:00:00Z"}"#
            )
            let list = try await server.call(.get, Self.path)
            let shown = try await server.call(.get, "/v1/customers/\(customer)").text
            let (first, second) = (list.items[0].id, list.items[1].id)
            let organization = #""organization_id":"\#(server.organizationA.text)""#
            let known = """
                {"id":"\(first)","timestamp":"2025-12-31T12:00:00.000000Z",\(organization),"customer_id":"\(customer)",\
                "customer":\(shown),"external_customer_id":null,"member_id":null,"external_member_id":null,\
                "child_count":0,"parent_id":null,"label":"call","name":"call","source":"user","metadata":{"b":1.0,"a":1}}
                """
            let unknown = """
                {"id":"\(second)","timestamp":"2025-12-30T12:00:00.000000Z",\(organization),"customer_id":null,\
                "customer":null,"external_customer_id":"nobody","member_id":null,"external_member_id":null,\
                "child_count":0,"parent_id":null,"label":"call","name":"call","source":"user","metadata":{}}
                """
            #expect(list.text == #"{"items":[\#(known),\#(unknown)],"pagination":{"total_count":2,"max_page":1}}"#)
            #expect(shown.contains(#""first_user_event_at":"2025-12-31T12:00:00.000000Z""#))
            for (id, text) in [(first, known), (second, unknown)] {
                let read = try await server.call(.get, Self.path + id)
                #expect(read.status == .ok && read.text == text)
            }
            #expect(
                first.wholeMatch(of: #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil
            )
        }
    }

    @Test func hasParentsByEitherID() async throws {
        try await withServer { server in
            func event(_ name: String, _ more: String) -> String {
                #"{"name":"\#(name)","external_customer_id":"x"\#(more)}"#
            }
            _ = try await server.ingest(event("root", #","external_id":"root""#))
            let root = try await server.call(.get, Self.path + "?name=root").items[0].id
            _ = try await server.ingest(
                event("one", #","parent_id":"root""#),
                event("two", #","parent_id":"\#(root)""#),
                event("leaf", #","parent_id":"new""#),
                event("new", #","external_id":"new","parent_id":"root""#)
            )
            let all = try await server.call(.get, Self.path + "?limit=100").items
            func found(_ name: String) throws -> JSON { try #require(all.first { $0.text("name") == name }) }
            #expect(try found("root")["child_count"] == 3 && found("root")["parent_id"] == .null)
            for name in ["one", "two", "new"] { #expect(try found(name).text("parent_id") == root) }
            #expect(try found("leaf").text("parent_id") == found("new").id && found("new")["child_count"] == 1)
            let children = try await server.call(.get, Self.path + "?parent_id=\(root)").items
            #expect(Set(children.map { $0.text("name") }) == ["one", "two", "new"])
            let foreign = #"{"name":"b","external_customer_id":"x","external_id":"b"}"#
            #expect(try await server.ingest(foreign, token: "B") == #"{"inserted":1,"duplicates":0}"#)
            for parent in ["none", "b", unknownID] {
                let lost = event("lost", #","parent_id":"\#(parent)""#)
                let body = #"{"events":[\#(event("good", "")),\#(lost)]}"#
                let answer = try await server.call(.post, "/v1/events/ingest", body: body)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues.map { $0.split(separator: " ").last } == ["body.events.1.parent_id"])
            }
            #expect(try await server.call(.get, Self.path + "?name=good").items.isEmpty)
        }
    }

    @Test func findsWhatIsAsked() async throws {
        try await withServer { server in
            let ada = try await server.customer(#"{"email":"ada@example.com","external_id":"ada"}"#).id
            let bea = try await server.customerID("bea@example.com")
            let filter = #"{"conjunction":"and","clauses":[{"property":"n","operator":"gte","value":2}]}"#
            let meter = try await server.newMeter(filter: filter, by: #"{"func":"count"}"#).id
            let foreign = try await server.newMeter(
                #"{"name":"Foreign","filter":\#(filter),"aggregation":{"func":"count"}}"#,
                token: "B"
            ).id
            for (day, name, customer, metadata) in [
                (1, "api.call", #""customer_id":"\#(ada)""#, #"{"n":1,"tier":"a"}"#),
                (2, "API.batch", #""external_customer_id":"ada""#, #"{"n":2,"tier":"b"}"#),
                (3, "upload", #""customer_id":"\#(bea)""#, #"{"n":3}"#),
                (4, "upload", #""external_customer_id":"cyd""#, #"{"n":4,"tier":"a"}"#),
            ] {
                _ = try await server.ingest(
                    #"{"name":"\#(name)",\#(customer),"timestamp":"2025-12-0\#(day)T00:00:00Z","metadata":\#(metadata)}"#
                )
            }
            let (a, b) = (server.organizationA.text, server.organizationB.text)
            for (query, days) in [
                ("", [4, 3, 2, 1]), ("sorting=timestamp", [1, 2, 3, 4]), ("sorting=-timestamp", [4, 3, 2, 1]),
                ("sorting=occurred_at", [1, 2, 3, 4]), ("customer_id=\(ada)", [2, 1]), ("customer_id=\(unknownID)", []),
                ("customer_id=\(ada)&customer_id=\(bea)", [3, 2, 1]), ("external_customer_id=cyd", [4]),
                ("external_customer_id=ada&external_customer_id=cyd", [4, 2, 1]), ("name=upload", [4, 3]),
                ("name=upload&name=api.call", [4, 3, 1]), ("name=api", []), ("query=API", [2, 1]),
                ("source=user", [4, 3, 2, 1]),
                ("source=system", []), ("source=user&source=system", [4, 3, 2, 1]), ("meter_id=\(meter)", [4, 3, 2]),
                ("meter_id=\(meter)&name=upload&limit=1&page=2", [3]),
                ("start_timestamp=2025-12-02T00:00:00Z", [4, 3, 2]), ("end_timestamp=2025-12-03T00:00:00Z", [2, 1]),
                ("start_timestamp=2025-12-02T01:00:00%2B01:00&end_timestamp=2025-12-04T00:00:00Z", [3, 2]),
                ("parent_id=\(unknownID)", []), ("metadata[tier]=a", [4, 1]),
                ("metadata[tier]=a&metadata[tier]=b", [4, 2, 1]),
                ("metadata[n]=3", [3]), ("metadata[n]=3&metadata[tier]=a", []), ("organization_id=\(a)", [4, 3, 2, 1]),
                ("organization_id=\(b)", []), ("limit=3", [4, 3, 2]), ("limit=3&page=2", [1]), ("limit=3&page=3", []),
            ] as [(String, [Int])] {
                let answer = try await server.call(.get, Self.path + "?" + query)
                let found = answer.items.compactMap { Int($0.text("timestamp").dropFirst(8).prefix(2)) }
                #expect(answer.status == .ok && found == days, "\(query)")
            }
            for meter in [unknownID, foreign] {
                let answer = try await server.call(.get, Self.path + "?meter_id=\(meter)")
                #expect(answer.status == .ok && answer.items.isEmpty)
            }
            let page = try await server.call(.get, Self.path + "?limit=3&meter_id=\(meter)&name=upload")
            #expect(page.json["pagination"] == ["total_count": 2, "max_page": 1])
            #expect(try await server.call(.get, Self.path, token: "PAT_AB").items.count == 4)
        }
    }

    @Test func keepsOrderAndPagesAtOneMoment() async throws {
        try await withServer { server in
            let names = (0..<7).map { "event\($0)" }
            let events = names.map {
                #"{"name":"\#($0)","external_customer_id":"x","timestamp":"2025-12-01T00:00:00Z"}"#
            }
            _ = try await server.ingest(events[0], events[1], events[2], events[3], events[4], events[5], events[6])
            for (sorting, expected) in [("timestamp", names), ("-timestamp", names.reversed())] {
                var found: [String] = []
                for page in 1...4 {
                    let answer = try await server.call(.get, Self.path + "?sorting=\(sorting)&limit=2&page=\(page)")
                    found += answer.items.map { $0.text("name") }
                }
                #expect(found == expected)
            }
        }
    }

    @Test func refusesAListThatCannotBe() async throws {
        try await withServer { server in
            for (query, issues) in [
                ("customer_id=x", ["uuid_type query.customer_id.uuid"]),
                ("meter_id=x", ["uuid_parsing query.meter_id"]),
                ("parent_id=x", ["uuid_parsing query.parent_id"]), ("source=mine", ["enum query.source"]),
                ("start_timestamp=x", ["datetime_from_date_parsing query.start_timestamp"]),
                ("end_timestamp=2026-01-01T00:00:00", ["timezone_aware query.end_timestamp"]),
                ("sorting=name", ["enum query.sorting.0"]), ("name=%00", ["value_error query.name"]),
                ("query=%00", ["value_error query.query"]), ("limit=0", ["greater_than query.limit"]),
                ("external_customer_id=%00&source=x", ["value_error query.external_customer_id", "enum query.source"]),
            ] {
                let answer = try await server.call(.get, Self.path + "?" + query)
                #expect(answer.status == .unprocessableContent)
                let found = answer.issues.filter { !$0.contains("json-or-python") }
                #expect(found == issues, "\(query)")
            }
        }
    }

    @Test func isNotThereForOthersNorWithoutTheScope() async throws {
        try await withServer { server in
            _ = try await server.ingest(#"{"name":"a","external_customer_id":"x"}"#)
            let id = try await server.call(.get, Self.path).items[0].id
            for (path, token) in [(id, "B"), (unknownID, "A")] {
                let answer = try await server.call(.get, Self.path + path, token: token)
                #expect(answer.status == .notFound)
                #expect(answer.text == namedError("ResourceNotFound", "Event not found"))
            }
            #expect(try await server.call(.get, Self.path, token: "B").items.isEmpty)
            #expect(try await server.call(.get, Self.path + "nope").issues == ["uuid_parsing path.id"])
            for path in [Self.path, Self.path + id] {
                #expect(try await server.call(.get, path, token: "A_read").status == .forbidden)
                for scope in [Scope.eventsRead, .eventsWrite] {
                    let headers = try await server.bearer([scope])
                    #expect(try await server.call(.get, path, token: nil, headers: headers).status == .ok)
                }
            }
        }
    }
}
