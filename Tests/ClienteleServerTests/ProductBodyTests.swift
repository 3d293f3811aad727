import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What the schemas of products refuse: each rule's type and place, and some of the words.
struct ProductBodyTests {
    private static let path = "/v1/products/"
    private static let update = "/v1/products/\(unknownID)"
    private static let free = #""prices":[{"amount_type":"free"}]"#

    @Test func wantsAnObject() async throws {
        try await withServer { server in
            for (body, issue) in [("", "missing body"), ("null", "missing body")] {
                let found = try await server.issues(.post, Self.path, body)
                #expect(found == [issue])
                #expect(try await server.issues(.patch, Self.update, body) == [issue])
                #expect(try await server.issues(.post, "\(Self.update)/benefits", body) == [issue])
            }
            #expect(try await server.issues(.post, Self.path, "[]") == ["model_attributes_type body.one_time"])
            #expect(try await server.issues(.patch, Self.update, "1") == ["model_attributes_type body"])
            #expect(try await server.issues(.post, "\(Self.update)/benefits", "1") == ["model_attributes_type body"])
        }
    }

    @Test func tellsEveryIssueInTheOrderOfTheSchema() async throws {
        try await withServer { server in
            let body = """
                {"meter_interval_count":1000,"meter_interval":1,"recurring_interval_count":0,"recurring_interval":"x",\
                "trial_interval_count":1001,"trial_interval":"x","organization_id":1,"attached_custom_fields":[1],\
                "medias":{},"prices":1,"visibility":"x","description":1,"name":1,"metadata":1,"is_archived":1}
                """
            let shared = ["dict_type metadata", "string_type name", "string_type description", "enum visibility"]
            let intervals = [
                "enum recurring_interval", "greater_than_equal recurring_interval_count", "enum meter_interval",
                "less_than_equal meter_interval_count",
            ]
            let created = try await server.issues(.post, Self.path, body)
            let expected =
                shared + [
                    "list_type prices", "list_type medias", "value_error attached_custom_fields",
                    "uuid_type organization_id", "enum trial_interval", "less_than_equal trial_interval_count",
                ] + intervals
            #expect(created == expected.map { $0.replacing(" ", with: " body.recurring.") })
            let updated = try await server.issues(.patch, Self.update, body)
            let order =
                [
                    "dict_type metadata", "enum trial_interval", "less_than_equal trial_interval_count",
                    "string_type name", "string_type description",
                ] + intervals + [
                    "bool_type is_archived", "enum visibility", "list_type prices", "list_type medias",
                    "value_error attached_custom_fields",
                ]
            #expect(updated == order.map { $0.replacing(" ", with: " body.") })
        }
    }

    @Test func needsANameAndPrices() async throws {
        try await withServer { server in
            for (body, tag) in [("{}", "one_time"), (#"{"recurring_interval":"day"}"#, "recurring")] {
                let issues = try await server.issues(.post, Self.path, body)
                #expect(issues == ["missing body.\(tag).name", "missing body.\(tag).prices"])
            }
        }
    }

    @Test func measuresATrimmedNameInTheWordsForAList() async throws {
        try await withServer { server in
            let long = String(repeating: "é", count: 65)
            for (name, type, bound, limit, length) in [
                (" ab ", "too_short", "at least", 3, 2), ("", "too_short", "at least", 3, 0),
                (long, "too_long", "at most", 64, 65),
            ] {
                let member = type == "too_short" ? "min_length" : "max_length"
                let words = "Value should have \(bound) \(limit) items after validation, not \(length)"
                let context = #"{"field_type":"Value","\#(member)":\#(limit),"actual_length":\#(length)}"#
                let create = item(type, #"["body","one_time","name"]"#, words, "\"\(name)\"", context: context)
                let body = #"{"name":"\#(name)",\#(Self.free)}"#
                #expect(try await server.call(.post, Self.path, body: body).text == schemaError(create))
                let update = item(type, #"["body","name"]"#, words, "\"\(name)\"", context: context)
                #expect(
                    try await server.call(.patch, Self.update, body: #"{"name":"\#(name)"}"#).text
                        == schemaError(update)
                )
            }
            _ = try await server.newProduct(#"{"name":"\#(long.dropLast())",\#(Self.free)}"#)
            _ = try await server.newProduct(#"{"name":"abc",\#(Self.free)}"#)
            let nul = try await server.issues(.post, Self.path, #"{"name":"a\u0000bc",\#(Self.free)}"#)
            #expect(nul == ["value_error body.one_time.name"])
        }
    }

    @Test func needsBothMembersOfATrial() async throws {
        try await withServer { server in
            let words = "Both trial_interval and trial_interval_count must be set together."
            for half in [#""trial_interval":"day""#, #""trial_interval_count":1"#] {
                let create = #"{"name":"Pro","recurring_interval":"day",\#(Self.free),\#(half)}"#
                let created = try await server.call(.post, Self.path, body: create)
                #expect(created.text == schemaError(item("missing", #"["body","recurring"]"#, words, create)))
                let update = "{\(half)}"
                let updated = try await server.call(.patch, Self.update, body: update)
                #expect(updated.text == schemaError(item("missing", #"["body"]"#, words, update)))
            }
            // It is asked after all else.
            let other = #"{"name":"","recurring_interval":"day",\#(Self.free),"trial_interval":"day"}"#
            #expect(try await server.issues(.post, Self.path, other) == ["too_short body.recurring.name"])
            // What is bought once has no trial, so that its members are unknown ones.
            let once = try await server.newProduct(#"{"name":"Book",\#(Self.free),"trial_interval":"day"}"#)
            #expect(once["trial_interval"] == .null)
        }
    }

    @Test func keepsIntervalsWithinTheirBounds() async throws {
        try await withServer { server in
            for (name, max) in [("recurring", 999), ("trial", 1_000), ("meter", 999)] {
                func body(_ count: String) -> String {
                    var members = ["name": #""Pro""#, "recurring_interval": #""day""#]
                    members["\(name)_interval"] = #""year""#
                    members["\(name)_interval_count"] = count
                    return "{\(members.map { #""\#($0)":\#($1)"# }.joined(separator: ",")),\(Self.free)}"
                }
                let place = "body.recurring.\(name)_interval_count"
                for (count, type) in [
                    ("0", "greater_than_equal"), ("-9223372036854775808", "greater_than_equal"),
                    ("\(max + 1)", "less_than_equal"), ("9223372036854775807", "less_than_equal"),
                    ("99999999999999999999999", "int_type"), ("1.5", "int_type"), ("true", "int_type"),
                ] {
                    #expect(try await server.issues(.post, Self.path, body(count)) == ["\(type) \(place)"])
                }
                let made = try await server.newProduct(body("\(max)"))
                #expect(made["\(name)_interval_count"] == .integer(Int64(max)))
            }
            let alone = #"{"name":"Pro","recurring_interval":"day","meter_interval_count":1,\#(Self.free)}"#
            #expect(try await server.issues(.post, Self.path, alone) == ["missing body.recurring"])
            #expect(try await server.issues(.patch, Self.update, #"{"meter_interval_count":1}"#) == ["missing body"])
        }
    }

    @Test func refusesFilesAndCustomFields() async throws {
        try await withServer { server in
            for name in ["medias", "attached_custom_fields"] {
                let body = #"{"name":"Pro",\#(Self.free),"\#(name)":["\#(unknownID)"]}"#
                let answer = try await server.call(.post, Self.path, body: body)
                #expect(answer.issues == ["value_error body.one_time.\(name)"])
                #expect(answer.messages == ["Value error, This server keeps none of these. Leave the list empty."])
                let update = try await server.issues(.patch, Self.update, #"{"\#(name)":[1]}"#)
                #expect(update == ["value_error body.\(name)"])
            }
        }
    }

    @Test func wantsPricesThatItKnows() async throws {
        try await withServer { server in
            let tags = "'fixed', 'custom', 'free', 'seat_based', 'metered_unit'"
            let unknown = item(
                "union_tag_invalid",
                #"["body","one_time","prices",0]"#,
                "Input tag 'x' found using 'amount_type' does not match any of the expected tags: \(tags)",
                #"{"amount_type":"x"}"#,
                context: #"{"discriminator":"'amount_type'","tag":"x","expected_tags":"\#(tags)"}"#
            )
            let missing = item(
                "union_tag_not_found",
                #"["body","one_time","prices",1]"#,
                "Unable to extract tag using discriminator 'amount_type'",
                "{}",
                context: #"{"discriminator":"'amount_type'"}"#
            )
            let none = item(
                "model_attributes_type",
                #"["body","one_time","prices",2]"#,
                "Input should be a valid dictionary or object to extract fields from",
                "1"
            )
            let body = #"{"name":"Pro","prices":[{"amount_type":"x"},{},1]}"#
            let answer = try await server.call(.post, Self.path, body: body)
            #expect(answer.text == schemaError(unknown, missing, none))
        }
    }

    @Test func wantsSomePricesAndNotTooMany() async throws {
        try await withServer { server in
            let empty = item(
                "too_short",
                #"["body","one_time","prices"]"#,
                "List should have at least 1 item after validation, not 0",
                "[]",
                context: #"{"field_type":"List","min_length":1,"actual_length":0}"#
            )
            let nothing = try await server.call(.post, Self.path, body: #"{"name":"Pro","prices":[]}"#)
            #expect(nothing.text == schemaError(empty))
            #expect(try await server.issues(.patch, Self.update, #"{"prices":[]}"#) == ["too_short body.prices"])
            let many = Array(repeating: "1", count: 1_001).joined(separator: ",")
            #expect(try await server.issues(.patch, Self.update, #"{"prices":[\#(many)]}"#) == ["too_long body.prices"])
            let choice = #"{"prices":[{"id":1},{"id":"x"},{"amount_type":"fixed"}]}"#
            #expect(
                try await server.issues(.patch, Self.update, choice) == [
                    "uuid_type body.prices.0.id", "uuid_parsing body.prices.1.id",
                    "missing body.prices.2.fixed.price_amount",
                ]
            )
        }
    }

    @Test(arguments: [
        (#""amount_type":"fixed""#, ["missing fixed.price_amount"]),
        (#""amount_type":"fixed","price_amount":-1"#, ["greater_than_equal fixed.price_amount"]),
        (#""amount_type":"fixed","price_amount":100000000"#, ["less_than_equal fixed.price_amount"]),
        (#""amount_type":"fixed","price_amount":1e300"#, ["int_type fixed.price_amount"]),
        (
            #""amount_type":"fixed","price_amount":null,"tax_behavior":"x","price_currency":"us""#,
            ["value_error fixed.price_currency", "enum fixed.tax_behavior", "int_type fixed.price_amount"]
        ),
        (#""amount_type":"free","price_currency":"u\u0000d""#, ["value_error free.price_currency"]),
        (#""amount_type":"free","price_currency":"usé""#, ["value_error free.price_currency"]),
        (#""amount_type":"free","price_currency":1"#, ["string_type free.price_currency"]),
        (
            #""amount_type":"custom","minimum_amount":-1,"maximum_amount":100000000,"preset_amount":"x""#,
            [
                "greater_than_equal custom.minimum_amount", "less_than_equal custom.maximum_amount",
                "int_type custom.preset_amount",
            ]
        ),
        (
            #""amount_type":"metered_unit""#,
            ["missing metered_unit.meter_id", "missing metered_unit.unit_amount"]
        ),
        (
            #""amount_type":"metered_unit","meter_id":1,"unit_amount":0,"cap_amount":-1"#,
            [
                "uuid_type metered_unit.meter_id", "greater_than metered_unit.unit_amount",
                "greater_than_equal metered_unit.cap_amount",
            ]
        ),
        (#""amount_type":"seat_based""#, ["missing seat_based.seat_tiers"]),
        (#""amount_type":"seat_based","seat_tiers":[]"#, ["model_attributes_type seat_based.seat_tiers"]),
    ])
    func refusesAPrice(_ price: String, _ issues: [String]) async throws {
        try await withServer { server in
            let created = try await server.issues(.post, Self.path, #"{"name":"Pro","prices":[{\#(price)}]}"#)
            #expect(created == issues.map { $0.replacing(" ", with: " body.one_time.prices.0.") })
            let updated = try await server.issues(.patch, Self.update, #"{"prices":[{\#(price)}]}"#)
            #expect(updated == issues.map { $0.replacing(" ", with: " body.prices.0.") })
        }
    }

    @Test(arguments: [
        ("-1", "greater_than"), (#""0.000""#, "greater_than"), (#""-0.5""#, "greater_than"),
        (#""0.0000000000001""#, "decimal_max_places"), ("1e-13", "decimal_max_places"),
        ("100000", "decimal_whole_digits"), ("99999999999999999999999", "decimal_whole_digits"),
        ("1e30", "decimal_whole_digits"), (#""1e400""#, "decimal_parsing"), (#""1e""#, "decimal_parsing"),
        (#""""#, "decimal_parsing"), (#"".""#, "decimal_parsing"), (#""1,5""#, "decimal_parsing"),
        (#""1.2.3""#, "decimal_parsing"), (#""NaN""#, "decimal_parsing"),
        (#""1e99999999999999999999""#, "decimal_parsing"),
        ("true", "decimal_type"), ("null", "decimal_type"), ("[]", "decimal_type"),
    ])
    func refusesAUnitAmount(_ sent: String, _ type: String) async throws {
        try await withServer { server in
            let body = """
                {"prices":[{"amount_type":"metered_unit","meter_id":"\(unknownID)","unit_amount":\(sent)}]}
                """
            let issues = try await server.issues(.patch, Self.update, body)
            #expect(issues == ["\(type) body.prices.0.metered_unit.unit_amount"])
        }
    }

    @Test(arguments: [
        ("{}", ["missing tiers"]), (#"{"tiers":[]}"#, ["too_short tiers"]), (#"{"tiers":{}}"#, ["list_type tiers"]),
        (
            #"{"seat_tier_type":"x","tiers":[{"min_seats":0,"max_seats":0,"price_per_seat":-1},{},1]}"#,
            [
                "enum seat_tier_type", "greater_than_equal tiers.0.min_seats", "greater_than_equal tiers.0.max_seats",
                "greater_than_equal tiers.0.price_per_seat", "missing tiers.1.min_seats",
                "missing tiers.1.price_per_seat", "model_attributes_type tiers.2",
            ]
        ),
        (
            #"{"tiers":[{"min_seats":1,"price_per_seat":1},{"min_seats":2,"price_per_seat":1}]}"#,
            ["value_error tiers"]
        ),
        (
            #"{"tiers":[{"min_seats":1,"max_seats":5,"price_per_seat":1},{"min_seats":7,"price_per_seat":1}]}"#,
            ["value_error tiers"]
        ),
        (#"{"tiers":[{"min_seats":5,"max_seats":4,"price_per_seat":1}]}"#, ["greater_than_equal tiers.0.max_seats"]),
    ])
    func refusesSeatTiers(_ tiers: String, _ issues: [String]) async throws {
        try await withServer { server in
            let body = #"{"prices":[{"amount_type":"seat_based","seat_tiers":\#(tiers)}]}"#
            let found = try await server.issues(.patch, Self.update, body)
            #expect(found == issues.map { $0.replacing(" ", with: " body.prices.0.seat_based.seat_tiers.") })
        }
    }

    @Test func wantsTheOrganizationThatTheTokenLeavesOpen() async throws {
        try await withServer { server in
            let named = #"{"name":"Pro",\#(Self.free),"organization_id":"\#(server.organizationA.text)"}"#
            let disallowed = try await server.call(.post, Self.path, body: named)
            #expect(disallowed.issues == ["organization_token body.organization_id"])
            let free = #"{"name":"Pro",\#(Self.free)}"#
            let missing = try await server.call(.post, Self.path, token: "PAT_AB", body: free)
            #expect(missing.issues == ["missing body.organization_id"])
            let made = try await server.newProduct(named, token: "PAT_AB")
            #expect(made.text("organization_id") == server.organizationA.text)
        }
    }
}
