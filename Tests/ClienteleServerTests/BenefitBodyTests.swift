import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What the schemas of benefits take and refuse.
struct BenefitBodyTests {
    private static let path = "/v1/benefits/"
    private static let update = "/v1/benefits/\(unknownID)"
    private static let kinds =
        "'custom', 'discord', 'github_repository', 'downloadables', 'license_keys', 'meter_credit', "
        + "'feature_flag', 'slack_shared_channel'"

    /// For each kind, no more properties than it needs.
    static func shortest(meter: String) -> [(kind: String, properties: String)] {
        [
            ("custom", "{}"), ("discord", #"{"guild_token":"g","role_id":"r","kick_member":true}"#),
            ("github_repository", #"{"repository_owner":"o","repository_name":"r","permission":"pull"}"#),
            ("downloadables", #"{"files":["\#(unknownID)"]}"#), ("license_keys", "{}"),
            ("meter_credit", #"{"units":1,"rollover":true,"meter_id":"\#(meter)"}"#), ("feature_flag", "{}"),
            ("slack_shared_channel", #"{"channel_name_template":"c"}"#),
        ]
    }

    @Test func showsPropertiesInThePublishedOrder() async throws {
        try await withServer { server in
            let meter = try await server.countingMeter()
            let shown = [
                #"{"note":null}"#, #"{"guild_id":"g","role_id":"r","kick_member":true,"guild_token":"g"}"#,
                #"{"repository_owner":"o","repository_name":"r","permission":"pull"}"#,
                #"{"archived":{},"files":["\#(unknownID)"]}"#,
                #"{"prefix":null,"expires":null,"activations":null,"limit_usage":null}"#,
                #"{"units":1,"rollover":true,"meter_id":"\#(meter)"}"#, "{}",
                """
                {"slack_integration_id":null,"channel_name_template":"c","private":true,"welcome_message":null,\
                "archive_on_revoke":true,"team_invitees":[]}
                """,
            ]
            for ((kind, properties), expected) in zip(Self.shortest(meter: meter), shown) {
                let body = #"{"type":"\#(kind)","description":"Some","properties":\#(properties)}"#
                let made = try await server.newBenefit(body)
                #expect(made["properties"]?.text == expected, "\(kind)")
                // What an answer shows is what an update takes.
                let same = #"{"type":"\#(kind)","properties":\#(expected)}"#
                let answer = try await server.call(.patch, Self.path + made.id, body: same)
                #expect(answer.status == .ok && answer.json == made, "\(kind)")
            }
        }
    }

    @Test(arguments: [
        ("custom", #"{"unknown":1,"note":""}"#, #"{"note":""}"#),
        (
            "discord", #"{"kick_member":false,"role_id":"r","guild_token":"t","guild_id":"1"}"#,
            #"{"guild_id":"1","role_id":"r","kick_member":false,"guild_token":"t"}"#
        ),
        (
            "downloadables",
            #"{"files":["AAAAAAAAAAAA4AAA8AAAAAAAAAAAAAAA"],"archived":{"AAAAAAAAAAAA4AAA8AAAAAAAAAAAAAAA":true}}"#,
            """
            {"archived":{"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa":true},\
            "files":["aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"]}
            """
        ),
        (
            "license_keys",
            """
            {"limit_usage":9223372036854775807,"activations":{"enable_customer_admin":false,"limit":2147483647},\
            "expires":{"timeframe":"year","ttl":457},"prefix":" Ab "}
            """,
            """
            {"prefix":"Ab","expires":{"ttl":457,"timeframe":"year"},\
            "activations":{"limit":2147483647,"enable_customer_admin":false},"limit_usage":9223372036854775807}
            """
        ),
        (
            "license_keys", #"{"prefix":" ","expires":{"timeframe":"day","ttl":36500}}"#,
            #"{"prefix":null,"expires":{"ttl":36500,"timeframe":"day"},"activations":null,"limit_usage":null}"#
        ),
        (
            "slack_shared_channel",
            """
            {"team_invitees":["U1"],"archive_on_revoke":false,"welcome_message":"Hi","private":false,\
            "channel_name_template":"c-{customer_name}","slack_integration_id":"\(unknownID)"}
            """,
            """
            {"slack_integration_id":"\(unknownID)","channel_name_template":"c-{customer_name}","private":false,\
            "welcome_message":"Hi","archive_on_revoke":false,"team_invitees":["U1"]}
            """
        ),
    ])
    func takesProperties(_ kind: String, _ sent: String, _ shown: String) async throws {
        try await withServer { server in
            let made = try await server.newBenefit(
                #"{"type":"\#(kind)","description":"Some","properties":\#(sent)}"#
            )
            #expect(made["properties"]?.text == shown)
        }
    }

    @Test func wantsATypeThatItKnows() async throws {
        try await withServer { server in
            for (method, path) in [(.post, Self.path), (.patch, Self.update)] as [(HTTPRequest.Method, String)] {
                for (type, tag) in [(#""x""#, "x"), ("null", "None"), ("1", "1")] {
                    let body = #"{"type":\#(type)}"#
                    let words = "Input tag '\(tag)' found using 'type' does not match any of the expected tags: "
                    let issue = item(
                        "union_tag_invalid",
                        #"["body"]"#,
                        words + Self.kinds,
                        body,
                        context: #"{"discriminator":"'type'","tag":"\#(tag)","expected_tags":"\#(Self.kinds)"}"#
                    )
                    let answer = try await server.call(method, path, body: body)
                    #expect(answer.status == .unprocessableContent && answer.text == schemaError(issue))
                }
                let missing = item(
                    "union_tag_not_found",
                    #"["body"]"#,
                    "Unable to extract tag using discriminator 'type'",
                    "{}",
                    context: #"{"discriminator":"'type'"}"#
                )
                #expect(try await server.call(method, path, body: "{}").text == schemaError(missing))
                #expect(try await server.issues(method, path, "[]") == ["model_attributes_type body"])
                #expect(try await server.issues(method, path, "") == ["missing body"])
            }
        }
    }

    @Test func tellsEveryIssueInTheOrderOfTheSchema() async throws {
        try await withServer { server in
            let body = """
                {"properties":1,"visibility":1,"organization_id":1,"description":1,"metadata":1,"type":"custom"}
                """
            let created = [
                "dict_type metadata", "string_type description", "uuid_type organization_id", "enum visibility",
                "model_attributes_type properties",
            ].map { $0.replacing(" ", with: " body.custom.") }
            let found = try await server.issues(.post, Self.path, body)
            #expect(found == created)
            let updated = created.filter { !$0.hasSuffix("organization_id") }
            #expect(try await server.issues(.patch, Self.update, body) == updated)
            let missing = ["missing body.custom.description", "missing body.custom.properties"]
            #expect(try await server.issues(.post, Self.path, #"{"type":"custom"}"#) == missing)
            let null = #"{"type":"custom","metadata":null}"#
            #expect(try await server.issues(.patch, Self.update, null) == ["dict_type body.custom.metadata"])
        }
    }

    @Test func measuresADescription() async throws {
        try await withServer { server in
            let long = String(repeating: "é", count: 43)
            for (text, type) in [("ab", "string_too_short"), ("", "string_too_short"), (long, "string_too_long")] {
                let body = #"{"type":"custom","description":"\#(text)","properties":{}}"#
                #expect(try await server.issues(.post, Self.path, body) == ["\(type) body.custom.description"])
                #expect(try await server.issues(.patch, Self.update, body) == ["\(type) body.custom.description"])
            }
            let nul = #"{"type":"custom","description":"a\u0000b","properties":{"note":"\u0000"}}"#
            #expect(
                try await server.issues(.post, Self.path, nul) == [
                    "value_error body.custom.description", "value_error body.custom.properties.note",
                ]
            )
            let made = try await server.newBenefit(
                #"{"type":"custom","description":"\#(long.dropLast())","properties":{}}"#
            )
            #expect(made.text("description").count == 42)
        }
    }

    @Test func wantsTheOrganizationThatTheTokenLeavesOpen() async throws {
        try await withServer { server in
            let plain = #"{"type":"custom","description":"Some","properties":{}"#
            let named = plain + #","organization_id":"\#(server.organizationA.text)"}"#
            #expect(
                try await server.issues(.post, Self.path, named) == ["organization_token body.organization_id"]
            )
            let missing = try await server.call(.post, Self.path, token: "PAT_AB", body: plain + "}")
            #expect(missing.issues == ["missing body.organization_id"])
            let made = try await server.newBenefit(named, token: "PAT_AB")
            #expect(made.text("organization_id") == server.organizationA.text)
        }
    }

    @Test(arguments: [
        ("custom", #"{"note":1}"#, ["string_type note"]),
        ("discord", "{}", ["missing guild_token", "missing role_id", "missing kick_member"]),
        (
            "discord", #"{"guild_token":1,"role_id":null,"kick_member":"x","guild_id":1}"#,
            ["string_type guild_token", "string_type role_id", "bool_type kick_member", "string_type guild_id"]
        ),
        (
            "github_repository", #"{"repository_owner":1,"permission":"own"}"#,
            ["string_type repository_owner", "missing repository_name", "literal_error permission"]
        ),
        ("downloadables", "{}", ["missing files"]), ("downloadables", #"{"files":[]}"#, ["too_short files"]),
        (
            "downloadables", #"{"archived":{"x":1},"files":["\#(unknownID)",1]}"#,
            ["uuid_parsing archived.x.[key]", "bool_type archived.x", "uuid_type files.1"]
        ),
        ("downloadables", #"{"archived":[],"files":1}"#, ["dict_type archived", "list_type files"]),
        (
            "license_keys", #"{"prefix":1,"expires":1,"activations":1,"limit_usage":0}"#,
            [
                "string_type prefix", "model_attributes_type expires", "model_attributes_type activations",
                "greater_than limit_usage",
            ]
        ),
        (
            "license_keys", #"{"prefix":"a\u0000","expires":{},"activations":{},"limit_usage":1.5}"#,
            [
                "value_error prefix", "missing expires.ttl", "missing expires.timeframe", "missing activations.limit",
                "missing activations.enable_customer_admin", "int_type limit_usage",
            ]
        ),
        (
            "license_keys",
            """
            {"expires":{"ttl":0,"timeframe":"week"},"activations":{"limit":2147483648,"enable_customer_admin":1},\
            "limit_usage":9999999999999999999}
            """,
            [
                "greater_than expires.ttl", "literal_error expires.timeframe", "less_than_equal activations.limit",
                "bool_type activations.enable_customer_admin", "int_type limit_usage",
            ]
        ),
        ("license_keys", #"{"expires":{"ttl":458,"timeframe":"year"}}"#, ["value_error expires"]),
        ("license_keys", #"{"expires":{"ttl":1201,"timeframe":"month"}}"#, ["value_error expires"]),
        ("license_keys", #"{"expires":{"ttl":36501,"timeframe":"day"}}"#, ["value_error expires"]),
        ("meter_credit", "{}", ["missing units", "missing rollover", "missing meter_id"]),
        (
            "meter_credit", #"{"units":0,"rollover":null,"meter_id":"x"}"#,
            ["greater_than units", "bool_type rollover", "uuid_parsing meter_id"]
        ),
        (
            "meter_credit", #"{"units":2147483648,"rollover":true,"meter_id":1}"#,
            ["less_than_equal units", "uuid_type meter_id"]
        ),
        ("feature_flag", "null", ["model_attributes_type"]), ("feature_flag", "[]", ["model_attributes_type"]),
        (
            "slack_shared_channel",
            #"{"slack_integration_id":1,"private":1,"archive_on_revoke":1,"team_invitees":["a",1]}"#,
            [
                "uuid_type slack_integration_id", "missing channel_name_template", "bool_type private",
                "bool_type archive_on_revoke", "string_type team_invitees.1",
            ]
        ),
        ("slack_shared_channel", #"{"channel_name_template":""}"#, ["string_too_short channel_name_template"]),
    ])
    func refusesProperties(_ kind: String, _ sent: String, _ issues: [String]) async throws {
        try await withServer { server in
            let body = #"{"type":"\#(kind)","description":"Some","properties":\#(sent)}"#
            let expected = issues.map { issue in
                let parts = issue.split(separator: " ")
                return (["\(parts[0]) body.\(kind).properties"] + parts.dropFirst()).joined(separator: ".")
            }
            let found = try await server.issues(.post, Self.path, body)
            #expect(found == expected)
            if sent != "null" { #expect(try await server.issues(.patch, Self.update, body) == expected) }
        }
    }

    @Test func refusesTextsAndListsThatAreTooLong() async throws {
        try await withServer { server in
            let many = Array(repeating: #""U""#, count: 1_001).joined(separator: ",")
            for (kind, properties, issue) in [
                ("license_keys", #""prefix":"\#(String(repeating: "x", count: 257))""#, "string_too_long prefix"),
                (
                    "slack_shared_channel", #""channel_name_template":"\#(String(repeating: "x", count: 81))""#,
                    "string_too_long channel_name_template"
                ),
                (
                    "slack_shared_channel",
                    #""channel_name_template":"c","welcome_message":"\#(String(repeating: "x", count: 4_001))""#,
                    "string_too_long welcome_message"
                ),
                (
                    "slack_shared_channel", #""channel_name_template":"c","team_invitees":[\#(many)]"#,
                    "too_long team_invitees"
                ),
            ] {
                let body = #"{"type":"\#(kind)","description":"Some","properties":{\#(properties)}}"#
                let expected = issue.replacing(" ", with: " body.\(kind).properties.")
                let found = try await server.issues(.post, Self.path, body)
                #expect(found == [expected])
            }
        }
    }
}
