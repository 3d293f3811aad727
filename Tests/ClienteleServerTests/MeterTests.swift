import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.5 of the specification of the Polar dialect says of meters.
struct MeterTests {
    private static let path = "/v1/meters/"
    private static let plain = #""filter":{"conjunction":"and","clauses":[]},"aggregation":{"func":"count"}"#

    @Test func answersTheWholeMeterInThePublishedOrder() async throws {
        try await withServer { server in
            let filter = """
                {"conjunction":"or","clauses":[{"property":"name","operator":"eq","value":"call"},\
                {"conjunction":"and","clauses":[{"property":"n","operator":"gte","value":-3},\
                {"property":"metadata.live","operator":"ne","value":true}]}]}
                """
            let body = """
                {"aggregation":{"property":"n","func":"sum","more":1},"filter":\(filter),"name":"Calls","unit":"custom",\
                "custom_label":" credit ","custom_multiplier":1000,"metadata":{"b":1.0,"a":"x"},"unknown":1}
                """
            let made = try await server.call(.post, Self.path, body: body)
            #expect(made.status == .created)
            let expected = """
                {"metadata":{"b":1.0,"a":"x"},"created_at":"\(made.json.text("created_at"))","modified_at":null,\
                "id":"\(made.json.id)","name":"Calls","unit":"custom","custom_label":"credit",\
                "custom_multiplier":1000,"filter":\(filter),"aggregation":{"func":"sum","property":"n"},\
                "organization_id":"\(server.organizationA.text)","archived_at":null}
                """
            #expect(made.text == expected)
            #expect(made.json.text("created_at").hasPrefix("2026-01-01T00:00:00."))
            let read = try await server.call(.get, Self.path + made.json.id)
            #expect(read.status == .ok && read.text == expected)
            let list = try await server.call(.get, Self.path)
            #expect(list.text == #"{"items":[\#(expected)],"pagination":{"total_count":1,"max_page":1}}"#)
        }
    }

    @Test func needsANameAFilterAndAnAggregation() async throws {
        try await withServer { server in
            let made = try await server.newMeter(#"{"name":"Calls",\#(Self.plain)}"#)
            #expect(made.text("unit") == "scalar" && made["metadata"] == [:])
            #expect(made["custom_label"] == .null && made["custom_multiplier"] == .null)
            for (body, issues) in [
                ("{}", ["missing body.name", "missing body.filter", "missing body.aggregation"]),
                ("[]", ["model_attributes_type body"]), ("null", ["missing body"]),
                (
                    #"{"name":null,"filter":null,"aggregation":null}"#,
                    [
                        "string_type body.name", "model_attributes_type body.filter",
                        "model_attributes_type body.aggregation",
                    ]
                ),
            ] {
                let answer = try await server.call(.post, Self.path, body: body)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == issues, "\(body)")
            }
        }
    }

    @Test func tellsEveryIssueAtOnce() async throws {
        try await withServer { server in
            let body = """
                {"organization_id":1,"aggregation":1,"filter":1,"custom_multiplier":"1","custom_label":1,"unit":1,"name":1,\
                "metadata":1}
                """
            let answer = try await server.call(.post, Self.path, body: body)
            #expect(
                answer.issues == [
                    "dict_type body.metadata", "string_type body.name", "enum body.unit",
                    "string_type body.custom_label", "int_type body.custom_multiplier",
                    "model_attributes_type body.filter", "model_attributes_type body.aggregation",
                    "uuid_type body.organization_id",
                ]
            )
            #expect(answer.json.text("error") == "RequestValidationError")
            #expect(try await server.call(.get, Self.path).items.isEmpty)
        }
    }

    @Test func measuresAName() async throws {
        try await withServer { server in
            for name in ["abc", "  é", String(repeating: "é", count: 256)] {
                #expect(try await server.newMeter(#"{"name":"\#(name)",\#(Self.plain)}"#).text("name") == name)
            }
            let short = try await server.call(.post, Self.path, body: #"{"name":"ab",\#(Self.plain)}"#)
            let issue = item(
                "string_too_short",
                #"["body","name"]"#,
                "String should have at least 3 characters",
                #""ab""#,
                context: #"{"min_length":3}"#
            )
            #expect(short.status == .unprocessableContent && short.text == schemaError(issue))
            let long = String(repeating: "x", count: 257)
            for (name, issue) in [(long, "string_too_long body.name"), (#"a\u0000bc"#, "value_error body.name")] {
                let answer = try await server.call(.post, Self.path, body: #"{"name":"\#(name)",\#(Self.plain)}"#)
                #expect(answer.issues == [issue])
            }
        }
    }

    @Test func wantsALabelForACustomUnit() async throws {
        try await withServer { server in
            for unit in ["scalar", "token"] {
                #expect(
                    try await server.newMeter(#"{"name":"Calls","unit":"\#(unit)",\#(Self.plain)}"#).text("unit")
                        == unit
                )
            }
            for (parts, issues) in [
                (#""unit":"custom""#, ["missing body.custom_label"]),
                (#""unit":"custom","custom_label":null"#, ["missing body.custom_label"]),
                (#""unit":"custom","custom_label":"  ""#, ["missing body.custom_label"]),
                (#""unit":"custom","custom_label":1"#, ["string_type body.custom_label"]),
                (#""unit":"bytes""#, ["enum body.unit"]),
                (#""custom_multiplier":0"#, ["greater_than body.custom_multiplier"]),
                (#""custom_multiplier":-1"#, ["greater_than body.custom_multiplier"]),
                (#""custom_multiplier":1.5"#, ["int_type body.custom_multiplier"]),
                (#""custom_multiplier":true"#, ["int_type body.custom_multiplier"]),
                (#""custom_multiplier":2147483648"#, ["less_than_equal body.custom_multiplier"]),
                (#""custom_multiplier":99999999999999999999"#, ["int_type body.custom_multiplier"]),
            ] {
                let answer = try await server.call(
                    .post,
                    Self.path,
                    body: #"{"name":"Calls",\#(parts),\#(Self.plain)}"#
                )
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == issues, "\(parts)")
            }
            let answer = try await server.call(
                .post,
                Self.path,
                body: #"{"name":"Calls","unit":"custom","custom_label":"",\#(Self.plain)}"#
            )
            let message = "custom_label is required when unit is 'custom'."
            #expect(answer.text == schemaError(item("missing", #"["body","custom_label"]"#, message, #""""#)))
        }
    }

    @Test func refusesAnAggregationThatIsNone() async throws {
        try await withServer { server in
            for (text, issues) in [
                ("{}", ["union_tag_not_found body.aggregation"]),
                (#"{"func":"median"}"#, ["union_tag_invalid body.aggregation"]),
                (#"{"func":null}"#, ["union_tag_invalid body.aggregation"]),
                (#"{"func":1}"#, ["union_tag_invalid body.aggregation"]),
                (#"{"func":"sum"}"#, ["missing body.aggregation.sum.property"]),
                (#"{"func":"max","property":1}"#, ["string_type body.aggregation.max.property"]),
                (#"{"func":"unique"}"#, ["missing body.aggregation.unique.property"]),
                (#"{"func":"avg","property":"\u0000"}"#, ["value_error body.aggregation.avg.property"]),
                (
                    #"{"func":"min","property":"\#(String(repeating: "x", count: 1_001))"}"#,
                    ["string_too_long body.aggregation.min.property"]
                ),
            ] {
                let body = #"{"name":"Calls","filter":{"conjunction":"and","clauses":[]},"aggregation":\#(text)}"#
                let answer = try await server.call(.post, Self.path, body: body)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == issues, "\(text)")
            }
            let body = #"{"name":"Calls","filter":{"conjunction":"and","clauses":[]},"aggregation":{"func":"mode"}}"#
            let expected = "'count', 'sum', 'max', 'min', 'avg', 'unique'"
            let issue = item(
                "union_tag_invalid",
                #"["body","aggregation"]"#,
                "Input tag 'mode' found using 'func' does not match any of the expected tags: \(expected)",
                #"{"func":"mode"}"#,
                context: #"{"discriminator":"'func'","tag":"mode","expected_tags":"\#(expected)"}"#
            )
            #expect(try await server.call(.post, Self.path, body: body).text == schemaError(issue))
            for function in ["sum", "max", "min", "avg", "unique"] {
                let aggregation = #"{"func":"\#(function)","property":"n"}"#
                let made = try await server.newMeter(by: aggregation)
                #expect(made["aggregation"]?.text == aggregation)
            }
        }
    }

    @Test func belongsToTheOrganizationOfTheTokenOrTheBody() async throws {
        try await withServer { server in
            let (a, b) = (server.organizationA.text, server.organizationB.text)
            for (token, named, issue) in [
                ("A", a, "organization_token body.organization_id"), ("PAT_AB", nil, "missing body.organization_id"),
                ("PAT_AB", unknownID, "value_error body.organization_id"),
            ] {
                let part = named.map { #""organization_id":"\#($0)","# } ?? ""
                let answer = try await server.call(
                    .post,
                    Self.path,
                    token: token,
                    body: #"{"name":"Calls",\#(part)\#(Self.plain)}"#
                )
                #expect(answer.status == .unprocessableContent && answer.issues == [issue])
                #expect(answer.json.text("error") == "PolarRequestValidationError")
            }
            let body = #"{"name":"Calls","organization_id":"\#(b)",\#(Self.plain)}"#
            let made = try await server.newMeter(body, token: "PAT_AB")
            #expect(made.text("organization_id") == b)
            #expect(try await server.call(.get, Self.path + made.id, token: "B").status == .ok)
            #expect(try await server.call(.get, Self.path + made.id, token: "A").status == .notFound)
        }
    }

    @Test func isNotThereForOthersNorWithoutTheScope() async throws {
        try await withServer { server in
            let id = try await server.newMeter(#"{"name":"Calls",\#(Self.plain)}"#).id
            let notFound = namedError("ResourceNotFound", "Meter not found")
            for (path, token) in [(Self.path + id, "B"), (Self.path + unknownID, "A")] {
                let get = try await server.call(.get, path, token: token)
                let patch = try await server.call(.patch, path, token: token, body: #"{"unit":"token"}"#)
                let named = try await server.call(.patch, path, token: token, body: #"{"name":"Mine"}"#)
                for answer in [get, patch, named] { #expect(answer.status == .notFound && answer.text == notFound) }
            }
            #expect(try await server.call(.get, Self.path, token: "B").items.isEmpty)
            #expect(try await server.call(.get, Self.path + "nope").issues == ["uuid_parsing path.id"])
            let both = try await server.call(.patch, Self.path + "nope", body: #"{"name":1}"#)
            #expect(both.issues == ["uuid_parsing path.id", "string_type body.name"])
            for token in ["A_read", "A_write"] {
                let list = try await server.call(.get, Self.path, token: token)
                let get = try await server.call(.get, Self.path + id, token: token)
                let post = try await server.call(.post, Self.path, token: token, body: "{}")
                let patch = try await server.call(.patch, Self.path + id, token: token, body: "{}")
                for answer in [list, get, post, patch] { #expect(answer.status == .forbidden) }
            }
            let reader = try await server.bearer([.metersRead])
            #expect(try await server.call(.get, Self.path, token: nil, headers: reader).status == .ok)
            #expect(
                try await server.call(.post, Self.path, token: nil, body: "{}", headers: reader).status == .forbidden
            )
        }
    }
}

/// Short ways to say what tests of meters and events begin with.
extension TestServer {
    /// Creates a meter that must come about, and gives what the server said of it.
    func newMeter(_ body: String, token: String = "A") async throws -> JSON {
        let answer = try await call(.post, "/v1/meters/", token: token, body: body)
        guard answer.status == .created else { throw Unexpected(answer) }
        return answer.json
    }

    /// Creates a meter by its filter and aggregation.
    func newMeter(
        _ name: String = "Meter",
        filter: String = #"{"conjunction":"and","clauses":[]}"#,
        by aggregation: String
    ) async throws -> JSON {
        try await newMeter(#"{"name":"\#(name)","filter":\#(filter),"aggregation":\#(aggregation)}"#)
    }

    /// Keeps events, which must be right, and gives the whole answer.
    func ingest(_ events: String..., token: String = "A") async throws -> String {
        let body = #"{"events":[\#(events.joined(separator: ","))]}"#
        let answer = try await call(.post, "/v1/events/ingest", token: token, body: body)
        guard answer.status == .ok else { throw Unexpected(answer) }
        return answer.text
    }

    /// The header of a new token of organization A with these scopes.
    func bearer(_ scopes: Set<Scope>) async throws -> HTTPFields {
        let tokens = AccessTokens(store: store, surroundings: clock.surroundings)
        let made = try await tokens.create(kind: .organization, organizations: [organizationA], scopes: scopes)
        return [.authorization: "Bearer \(made.secret.text)"]
    }
}
