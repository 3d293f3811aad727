import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.7 of the specification of the Polar dialect says of events' metadata, organizations and keys.
struct EventMetadataTests {
    private static let path = "/v1/events/ingest"

    private func event(_ metadata: String) -> String {
        #"{"name":"a","external_customer_id":"x","metadata":\#(metadata)}"#
    }

    /// Expects these issues of an event's metadata, by the schema that would take it otherwise.
    private func expect(_ expected: [String], of metadata: String, _ server: TestServer) async throws {
        let answer = try await server.call(.post, Self.path, body: #"{"events":[\#(event(metadata))]}"#)
        #expect(answer.status == .unprocessableContent, "\(metadata)")
        let location = "body.events.0.EventCreateExternalCustomer.metadata"
        let found = answer.issues.filter { $0.contains(location) }
        #expect(2 * found.count + 1 == answer.issues.count)
        #expect(found.map { $0.replacing(location, with: "m") } == expected, "\(metadata)")
    }

    @Test func keepsMetadataAsItWasSent() async throws {
        try await withServer { server in
            let long = String(repeating: "é", count: 500)
            for metadata in [
                "{}", #"{"b":1.0,"a":1,"c":true,"d":"x","e":-0.5,"":0,"é\n":"é","f":99999999999999999999}"#,
                #"{"\#(String(repeating: "k", count: 300))":"\#(long)"}"#,
                "{" + (0..<60).map { #""k\#($0)":\#($0)"# }.joined(separator: ",") + "}",
                #"{"_cost":{"amount":0.05,"currency":"usd"}}"#,
                #"{"_cost":{"amount":"12.50","currency":"usd"},"_x":1}"#,
                """
                {"_llm":{"vendor":"v","model":"m","input_tokens":1,"output_tokens":2,"total_tokens":3}}
                """,
                """
                {"_llm":{"vendor":"v","model":"m","prompt":"p","response":null,"input_tokens":1,\
                "cached_input_tokens":0,"output_tokens":2,"total_tokens":3},"n":1}
                """,
            ] {
                _ = try await server.ingest(event(metadata))
                let kept = try await server.call(.get, "/v1/events/?limit=1").text
                #expect(kept.contains(#""metadata":\#(metadata)}"#), "\(metadata)")
                server.clock.pass(seconds: 1)
            }
        }
    }

    @Test func leavesOutWhatAReservedObjectDoesNotHave() async throws {
        try await withServer { server in
            _ = try await server.ingest(
                event(
                    """
                    {"_cost":{"x":"\\u0000","currency":"usd","amount":1},"_llm":{"vendor":"v","model":"m","more":[{}],\
                    "input_tokens":1.0,"cached_input_tokens":null,"output_tokens":2,"total_tokens":3}}
                    """
                )
            )
            let kept = try await server.call(.get, "/v1/events/").items[0]["metadata"]?.text
            let expected = """
                {"_cost":{"amount":1,"currency":"usd"},"_llm":{"vendor":"v","model":"m","input_tokens":1.0,\
                "cached_input_tokens":null,"output_tokens":2,"total_tokens":3}}
                """
            #expect(kept == expected)
        }
    }

    @Test func refusesValuesThatAreNoScalars() async throws {
        try await withServer { server in
            let types = [
                "string_type m.n.constrained-str", "int_type m.n.int", "float_type m.n.float", "bool_type m.n.bool",
            ]
            let parsing = ["int_parsing m.n.int", "float_parsing m.n.float", "bool_parsing m.n.bool"]
            let long = String(repeating: "x", count: 501)
            for (metadata, found) in [
                ("null", ["dict_type m"]), ("[]", ["dict_type m"]), (#"{"n":null}"#, types), (#"{"n":[1]}"#, types),
                (#"{"n":{"a":1}}"#, types), (#"{"n":""}"#, ["string_too_short m.n.constrained-str"] + parsing),
                (#"{"ok":1,"n":"\#(long)"}"#, ["string_too_long m.n.constrained-str"] + parsing),
                (#"{"n":"a\u0000"}"#, ["value_error m.n"]), (#"{"\u0000":1}"#, ["value_error m.\0.[key]"]),
            ] {
                try await expect(found, of: metadata, server)
            }
        }
    }

    @Test func refusesACostThatIsNone() async throws {
        try await withServer { server in
            for (cost, found) in [
                ("1", ["dict_type m._cost"]), ("null", ["dict_type m._cost"]),
                ("{}", ["missing m._cost.amount", "missing m._cost.currency"]),
                (
                    #"{"amount":true,"currency":1}"#,
                    ["decimal_type m._cost.amount", "string_type m._cost.currency"]
                ),
                (
                    #"{"amount":"1,5","currency":"eur"}"#,
                    ["decimal_parsing m._cost.amount", "string_pattern_mismatch m._cost.currency"]
                ),
                (#"{"amount":"","currency":"usd"}"#, ["decimal_parsing m._cost.amount"]),
                (#"{"amount":"1e999","currency":"usd"}"#, ["decimal_parsing m._cost.amount"]),
                (
                    #"{"amount":"nan","currency":"USD"}"#,
                    ["decimal_parsing m._cost.amount", "string_pattern_mismatch m._cost.currency"]
                ),
            ] {
                try await expect(found, of: #"{"_cost":\#(cost)}"#, server)
            }
        }
    }

    @Test func refusesALanguageModelThatIsNone() async throws {
        try await withServer { server in
            let required = ["vendor", "model", "input_tokens", "output_tokens", "total_tokens"]
            try await expect(["dict_type m._llm"], of: #"{"_llm":[]}"#, server)
            try await expect(required.map { "missing m._llm.\($0)" }, of: #"{"_llm":{}}"#, server)
            let wrong = """
                {"vendor":1,"model":null,"prompt":1,"response":true,"input_tokens":"1","cached_input_tokens":1.5,\
                "output_tokens":null,"total_tokens":99999999999999999999}
                """
            let issues = [
                "string_type m._llm.vendor", "string_type m._llm.model", "string_type m._llm.prompt",
                "string_type m._llm.response", "int_type m._llm.input_tokens", "int_type m._llm.cached_input_tokens",
                "int_type m._llm.output_tokens", "int_type m._llm.total_tokens",
            ]
            try await expect(issues, of: #"{"_llm":\#(wrong)}"#, server)
            let null = #"{"vendor":"\u0000","model":"m","input_tokens":1,"output_tokens":2,"total_tokens":3}"#
            try await expect(["value_error m._llm.vendor"], of: #"{"_llm":\#(null)}"#, server)
        }
    }

    @Test func belongsToOneOrganization() async throws {
        try await withServer { server in
            let (a, b) = (server.organizationA.text, server.organizationB.text)
            func event(_ organization: String?) -> String {
                let part = organization.map { #","organization_id":"\#($0)""# } ?? ""
                return #"{"name":"a","external_customer_id":"x"\#(part)}"#
            }
            func location(_ type: String, _ index: Int) -> String { "\(type) body.events.\(index).organization_id" }
            for (token, organizations, found) in [
                ("A", [nil, a, nil, b], [location("organization_token", 1), location("organization_token", 3)]),
                ("PAT_AB", [nil], [location("missing", 0)]), ("PAT_AB", [a, nil], [location("missing", 1)]),
                ("PAT_AB", [unknownID, unknownID], [location("value_error", 0), location("value_error", 1)]),
                ("PAT_AB", [a, a, b], [location("value_error", 2)]),
            ] as [(String, [String?], [String])] {
                let events = organizations.map(event).joined(separator: ",")
                let answer = try await server.call(.post, Self.path, token: token, body: #"{"events":[\#(events)]}"#)
                #expect(answer.status == .unprocessableContent && answer.issues == found, "\(token) \(events)")
                #expect(answer.json.text("error") == "PolarRequestValidationError")
            }
            let foreign = try await server.call(
                .post,
                Self.path,
                token: "PAT_AB",
                body: #"{"events":[\#(event(unknownID))]}"#
            )
            let place = #"["body","events",0,"organization_id"]"#
            #expect(
                foreign.text
                    == serviceError(item("value_error", place, "Organization not found.", "\"\(unknownID)\""))
            )
            #expect(try await server.call(.get, "/v1/events/", token: "PAT_AB").items.isEmpty)
            #expect(
                try await server.ingest(event(b), event(b), token: "PAT_AB") == #"{"inserted":2,"duplicates":0}"#
            )
            #expect(try await server.call(.get, "/v1/events/", token: "B").items.count == 2)
            #expect(try await server.call(.get, "/v1/events/", token: "A").items.isEmpty)
        }
    }

    @Test func refusesAWholeBatchForOneUnknownCustomer() async throws {
        try await withServer { server in
            let known = try await server.customerID("ada@example.com")
            let gone = try await server.customerID("gone@example.com")
            #expect(try await server.call(.delete, "/v1/customers/\(gone)").status == .noContent)
            let foreign = try await server.customerID("bea@example.com", token: "B")
            _ = try await server.newMeter(by: #"{"func":"count"}"#)
            let ids = [known, unknownID, foreign, gone, known]
            let events =
                ids.map { #"{"name":"a","customer_id":"\#($0)"}"# } + [
                    #"{"name":"a","external_customer_id":"x"}"#
                ]
            let answer = try await server.call(
                .post,
                Self.path,
                body: #"{"events":[\#(events.joined(separator: ","))]}"#
            )
            #expect(answer.status == .unprocessableContent)
            let items = [1, 2, 3].map { index in
                item(
                    "customer_id",
                    #"["body","events",\#(index),"customer_id"]"#,
                    "Customer not found.",
                    "\"\(ids[index])\""
                )
            }
            #expect(
                answer.text == #"{"error":"PolarRequestValidationError","detail":[\#(items.joined(separator: ","))]}"#
            )
            #expect(try await server.call(.get, "/v1/events/").items.isEmpty)
            #expect(try await server.call(.get, "/v1/customer-meters/").items.isEmpty)
            let customer = try await server.call(.get, "/v1/customers/\(known)").json
            #expect(customer["first_user_event_at"] == .null)
        }
    }

    @Test func keepsAnEventOnceWithinAndAcrossBatches() async throws {
        try await withServer { server in
            _ = try await server.newMeter(by: #"{"func":"sum","property":"n"}"#)
            let id = try await server.customerID("ada@example.com")
            func event(_ key: String, _ n: Int) -> String {
                #"{"name":"a","customer_id":"\#(id)","external_id":\#(key),"metadata":{"n":\#(n)}}"#
            }
            let batch = [
                event(#""one""#, 1), event(#""two""#, 2), event(#""one""#, 4), event("null", 8), event("null", 16),
            ]
            #expect(try await server.ingest(batch[0], batch[1], batch[2], batch[3], batch[4]) == Self.receipt(4, 1))
            #expect(try await server.ingest(event(#""one""#, 32), event(#""One""#, 64)) == Self.receipt(1, 1))
            #expect(try await server.ingest(event(#"" two ""#, 128)) == Self.receipt(0, 1))
            #expect(try await server.ingest(event(#""  ""#, 256), event(#""""#, 512)) == Self.receipt(2, 0))
            let records = try await server.call(.get, "/v1/customer-meters/").items
            #expect(records.map { $0["consumed_units"] } == [.number(1 + 2 + 8 + 16 + 64 + 256 + 512)])
            let kept = try await server.call(.get, "/v1/events/?limit=100").items
            #expect(kept.count == 7)
            // What one organization has is no other's.
            let foreign = #"{"name":"a","external_customer_id":"x","external_id":"one"}"#
            #expect(try await server.ingest(foreign, token: "B") == Self.receipt(1, 0))
        }
    }

    @Test func wantsTheScope() async throws {
        try await withServer { server in
            let body = #"{"events":[]}"#
            #expect(try await server.call(.post, Self.path, token: "A_write", body: body).status == .forbidden)
            let reader = try await server.bearer([.eventsRead])
            let writer = try await server.bearer([.eventsWrite])
            #expect(
                try await server.call(.post, Self.path, token: nil, body: body, headers: reader).status == .forbidden
            )
            #expect(try await server.call(.post, Self.path, token: nil, body: body, headers: writer).status == .ok)
        }
    }

    private static func receipt(_ inserted: Int, _ duplicates: Int) -> String {
        #"{"inserted":\#(inserted),"duplicates":\#(duplicates)}"#
    }
}
