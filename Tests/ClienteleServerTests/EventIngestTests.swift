import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.7 of the specification of the Polar dialect says of `POST /v1/events/ingest`.
struct EventIngestTests {
    private static let path = "/v1/events/ingest"

    /// The issues of a batch with this one event, without the part of the location that all have.
    private func issues(_ server: TestServer, _ event: String) async throws -> [String] {
        let answer = try await server.call(.post, Self.path, body: #"{"events":[\#(event)]}"#)
        #expect(answer.status == .unprocessableContent, "\(event)")
        return answer.issues.map { $0.replacing("body.events.0.EventCreate", with: "") }
    }

    /// The issue of a field by both schemas.
    private func both(_ type: String, _ field: String) -> [String] {
        ["\(type) Customer.\(field)", "\(type) ExternalCustomer.\(field)"]
    }

    @Test func countsWhatItKeeps() async throws {
        try await withServer { server in
            let answer = try await server.call(
                .post,
                Self.path,
                body: #"{"events":[{"name":"a","external_customer_id":"x"},{"name":"a","external_customer_id":"x"}]}"#
            )
            #expect(answer.status == .ok)
            #expect(answer.text == #"{"inserted":2,"duplicates":0}"#)
            #expect(try await server.ingest() == #"{"inserted":0,"duplicates":0}"#)
            #expect(try await server.ingest(token: "PAT_AB") == #"{"inserted":0,"duplicates":0}"#)
        }
    }

    @Test func refusesABodyThatIsNone() async throws {
        try await withServer { server in
            for (body, issues) in [
                ("{}", ["missing body.events"]), (#"{"events":null}"#, ["list_type body.events"]),
                (#"{"events":{}}"#, ["list_type body.events"]), ("[]", ["model_attributes_type body"]),
                ("null", ["missing body"]), ("{", ["json_invalid body.1"]),
                (
                    #"{"events":[1]}"#,
                    [
                        "model_attributes_type body.events.0.EventCreateCustomer",
                        "model_attributes_type body.events.0.EventCreateExternalCustomer",
                    ]
                ),
            ] {
                let answer = try await server.call(.post, Self.path, body: body)
                #expect(answer.status == .unprocessableContent && answer.issues == issues, "\(body)")
            }
        }
    }

    @Test func tellsWhatBothSchemasMiss() async throws {
        try await withServer { server in
            let event = #"{"metadata":{}}"#
            let answer = try await server.call(.post, Self.path, body: #"{"events":[\#(event)]}"#)
            let items = [
                ("EventCreateCustomer", "customer_id"), ("EventCreateExternalCustomer", "external_customer_id"),
            ]
            .flatMap { schema, key in
                ["name", key].map { name in
                    item("missing", #"["body","events",0,"\#(schema)","\#(name)"]"#, "Field required", event)
                }
            }
            #expect(answer.text == #"{"error":"RequestValidationError","detail":[\#(items.joined(separator: ","))]}"#)
        }
    }

    @Test func wantsANameOf1To128Characters() async throws {
        try await withServer { server in
            let id = #""external_customer_id":"x""#
            let other = ["missing Customer.customer_id"]
            for (name, type) in [
                ("null", "string_type"), ("1", "string_type"), (#""""#, "string_too_short"),
                (#""a\u0000""#, "value_error"), ("\"\(String(repeating: "é", count: 129))\"", "string_too_long"),
            ] {
                let found = try await issues(server, #"{"name":\#(name),\#(id)}"#)
                #expect(found == ["\(type) Customer.name"] + other + ["\(type) ExternalCustomer.name"], "\(name)")
            }
            for name in ["a", " ", String(repeating: "é", count: 128), String(repeating: "🎉", count: 128)] {
                _ = try await server.ingest(#"{"name":"\#(name)",\#(id)}"#)
                #expect(try await server.call(.get, "/v1/events/").items.contains { $0.text("name") == name })
            }
        }
    }

    @Test func wantsExactlyOneCustomer() async throws {
        try await withServer { server in
            let id = try await server.customerID("ada@example.com")
            let (external, missing) = ("ExternalCustomer.external_customer_id", "missing Customer.customer_id")
            for (part, found) in [
                (#""customer_id":null"#, ["uuid_type Customer.customer_id", "missing \(external)"]),
                (#""external_customer_id":null"#, [missing, "string_type \(external)"]),
                (#""external_customer_id":" ""#, [missing, "string_too_short \(external)"]),
                (#""external_customer_id":"""#, [missing, "string_too_short \(external)"]),
                (#""external_customer_id":"a\u0000""#, [missing, "value_error \(external)"]),
                (#""external_customer_id":7"#, [missing, "string_type \(external)"]),
                (#""customer_id":"x""#, ["uuid_parsing Customer.customer_id", "missing \(external)"]),
                (
                    #""customer_id":"11111111-1111-1111-8111-111111111111""#,
                    ["uuid_version Customer.customer_id", "missing \(external)"]
                ),
                (
                    #""customer_id":"\#(id)","external_customer_id":"x""#,
                    [
                        "extra_forbidden Customer.external_customer_id",
                        "extra_forbidden ExternalCustomer.customer_id",
                    ]
                ),
            ] {
                #expect(try await issues(server, #"{"name":"a",\#(part)}"#) == found, "\(part)")
            }
            for part in [
                #""customer_id":"\#(id)","external_customer_id":null"#, #""customer_id":"\#(id.uppercased())""#,
                #""customer_id":null,"external_customer_id":"x""#, #""external_customer_id":" x\t""#,
            ] {
                #expect(try await server.ingest(#"{"name":"a",\#(part)}"#) == #"{"inserted":1,"duplicates":0}"#)
            }
            let trimmed = try await server.call(.get, "/v1/events/?external_customer_id=x").items
            #expect(trimmed.map { $0.text("external_customer_id") } == ["x", "x"])
        }
    }

    @Test func limitsAnExternalID() async throws {
        try await withServer { server in
            let (longest, long) = (Customer.externalIDBytesMax, Customer.externalIDBytesMax + 1)
            let texts = [longest, long].map { String(repeating: "x", count: $0) }
            let event = #"{"name":"a","external_customer_id":"\#(texts[0])","external_id":"\#(texts[0])"}"#
            #expect(try await server.ingest(event) == #"{"inserted":1,"duplicates":0}"#)
            let found = try await issues(
                server,
                #"{"name":"a","external_customer_id":"\#(texts[1])","external_id":"\#(texts[1])","parent_id":"\#(texts[1])"}"#
            )
            #expect(
                found == [
                    "string_too_long Customer.external_id", "string_too_long Customer.parent_id",
                    "missing Customer.customer_id", "string_too_long ExternalCustomer.external_id",
                    "string_too_long ExternalCustomer.parent_id",
                    "string_too_long ExternalCustomer.external_customer_id",
                ]
            )
        }
    }

    @Test func wantsAMomentInThePastWithItsZone() async throws {
        try await withServer { server in
            let event = { (moment: String) in #"{"name":"a","external_customer_id":"x","timestamp":\#(moment)}"# }
            for (moment, type) in [
                (#""2026-01-01T00:00:00""#, "timezone_aware"), (#""2026-01-01""#, "datetime_from_date_parsing"),
                (#""x""#, "datetime_from_date_parsing"), ("true", "datetime_from_date_parsing"),
                ("[]", "datetime_from_date_parsing"), (#""2026-01-01T00:00:01Z""#, "value_error"),
                (#""2025-12-31T23:00:01-01:00""#, "value_error"), (#""9999-12-31T23:59:59Z""#, "value_error"),
            ] {
                let found = try await issues(server, event(moment))
                let expected = [
                    "\(type) Customer.timestamp", "missing Customer.customer_id", "\(type) ExternalCustomer.timestamp",
                ]
                #expect(found == expected, "\(moment)")
            }
            let late = try await server.call(
                .post,
                Self.path,
                body: #"{"events":[\#(event(#""2027-01-01T00:00:00Z""#))]}"#
            )
            #expect(late.messages[0] == "Value error, Timestamp must be in the past.")
            for (moment, kept) in [
                (#""2026-01-01T00:00:00Z""#, "2026-01-01T00:00:00.000000Z"),
                (#""2026-01-01T05:30:00+05:30""#, "2026-01-01T00:00:00.000000Z"),
                (#""0001-01-01T00:00:00.1Z""#, "0001-01-01T00:00:00.100000Z"),
                ("1767225599", "2025-12-31T23:59:59.000000Z"),
            ] {
                _ = try await server.ingest(event(moment))
                let list = try await server.call(.get, "/v1/events/").items
                #expect(list.contains { $0.text("timestamp") == kept }, "\(moment)")
            }
            server.clock.pass(seconds: 60)
            _ = try await server.ingest(event("null"))
            let newest = try await server.call(.get, "/v1/events/?limit=1").items[0]
            #expect(newest.text("timestamp").hasPrefix("2026-01-01T00:01:00."))
        }
    }

    @Test func refusesTheRestOfAnEventBySchema() async throws {
        try await withServer { server in
            let part = #""external_id":1,"parent_id":2,"organization_id":"x","metadata":null,"name":1,"timestamp":"x""#
            let fields = [
                "datetime_from_date_parsing Customer.timestamp", "string_type Customer.name",
                "uuid_parsing Customer.organization_id", "string_type Customer.external_id",
                "string_type Customer.parent_id", "dict_type Customer.metadata",
            ]
            let external = fields.map { $0.replacing("Customer.", with: "ExternalCustomer.") }
            let found = try await issues(server, #"{"customer_id":"x",\#(part)}"#)
            #expect(
                found == fields + ["uuid_parsing Customer.customer_id"] + external
                    + ["missing ExternalCustomer.external_customer_id"]
            )
            #expect(try await server.call(.get, "/v1/events/").items.isEmpty)
            // Members are not kept, so nothing of them is looked at.
            let event = """
                {"name":"a","external_customer_id":"x","member_id":1,"external_member_id":[],"external_id":null,\
                "parent_id":null,"organization_id":null,"unknown":{}}
                """
            #expect(try await server.ingest(event) == #"{"inserted":1,"duplicates":0}"#)
        }
    }

    @Test func tellsOfEveryEventWhereItIs() async throws {
        try await withServer { server in
            let good = #"{"name":"a","external_customer_id":"x"}"#
            let body = #"{"events":[\#(good),{"name":"","customer_id":"\#(unknownID)"},\#(good),2]}"#
            let answer = try await server.call(.post, Self.path, body: body)
            #expect(
                answer.issues == [
                    "string_too_short body.events.1.EventCreateCustomer.name",
                    "string_too_short body.events.1.EventCreateExternalCustomer.name",
                    "missing body.events.1.EventCreateExternalCustomer.external_customer_id",
                    "model_attributes_type body.events.3.EventCreateCustomer",
                    "model_attributes_type body.events.3.EventCreateExternalCustomer",
                ]
            )
            #expect(try await server.call(.get, "/v1/events/").items.isEmpty)
        }
    }

    @Test func tellsOfSomeOfTooManyIssues() async throws {
        try await withServer { server in
            let empty = Array(repeating: "{}", count: 20_000).joined(separator: ",")
            let events = try await server.call(.post, Self.path, body: #"{"events":[\#(empty)]}"#)
            #expect(events.status == .unprocessableContent && 1_000...1_010 ~= events.issues.count)
            let pairs = (0..<20_000).map { #""\#($0)":null"# }.joined(separator: ",")
            let metadata = try await server.call(
                .post,
                Self.path,
                body: #"{"events":[{"name":"a","external_customer_id":"x","metadata":{\#(pairs)}}]}"#
            )
            #expect(metadata.status == .unprocessableContent && 1_000...2_010 ~= metadata.issues.count)
        }
    }
}
