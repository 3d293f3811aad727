import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.5 of the specification of the Polar dialect says of changing and listing meters.
struct MeterUpdateTests {
    private static let path = "/v1/meters/"
    private static let count = #"{"func":"count"}"#

    @Test func changesWhatIsAskedAndNothingElse() async throws {
        try await withServer { server in
            let made = try await server.newMeter(by: Self.count)
            let path = Self.path + made.id
            server.clock.pass(seconds: 60)
            let filter = #"{"conjunction":"or","clauses":[{"property":"n","operator":"lt","value":7}]}"#
            let answer = try await server.call(
                .patch,
                path,
                body: """
                    {"name":"Other","unit":"custom","custom_label":"credit","custom_multiplier":5,"filter":\(filter),\
                    "aggregation":{"func":"max","property":"n"},"metadata":{"a":true},"is_archived":true,"unknown":1}
                    """
            )
            #expect(answer.status == .ok)
            let moment = answer.json.text("modified_at")
            #expect(moment.hasPrefix("2026-01-01T00:01:00."))
            let expected = """
                {"metadata":{"a":true},"created_at":"\(made.text("created_at"))","modified_at":"\(moment)",\
                "id":"\(made.id)","name":"Other","unit":"custom","custom_label":"credit","custom_multiplier":5,\
                "filter":\(filter),"aggregation":{"func":"max","property":"n"},\
                "organization_id":"\(server.organizationA.text)","archived_at":"\(moment)"}
                """
            #expect(answer.text == expected)
            #expect(try await server.call(.get, path).text == expected)
            server.clock.pass(seconds: 60)
            let nulls = """
                {"name":null,"unit":null,"filter":null,"aggregation":null,"metadata":null,"is_archived":null}
                """
            for body in ["{}", nulls, #"{"name":"Other","is_archived":true}"#] {
                #expect(try await server.call(.patch, path, body: body).text == expected, "\(body)")
            }
        }
    }

    @Test func archivesAndBringsBack() async throws {
        try await withServer { server in
            let path = Self.path + (try await server.newMeter(by: Self.count)).id
            let archived = try await server.call(.patch, path, body: #"{"is_archived":true}"#).json
            #expect(archived.text("archived_at") == archived.text("modified_at"))
            let back = try await server.call(.patch, path, body: #"{"is_archived":false}"#).json
            #expect(back["archived_at"] == .null && back.text("modified_at") > archived.text("modified_at"))
        }
    }

    @Test func takesTheLabelOnlyFromAUnitThatNeedsNone() async throws {
        try await withServer { server in
            let plain = Self.path + (try await server.newMeter(by: Self.count)).id
            let issue = item(
                "missing",
                #"["body","custom_label"]"#,
                "custom_label is required when unit is 'custom'.",
                "null"
            )
            let refused = try await server.call(.patch, plain, body: #"{"unit":"custom"}"#)
            #expect(refused.status == .unprocessableContent && refused.text == schemaError(issue))
            let custom = try await server.call(
                .patch,
                plain,
                body: #"{"unit":"custom","custom_label":"credit","custom_multiplier":2}"#
            )
            #expect(custom.status == .ok)
            for body in [
                #"{"custom_label":null}"#, #"{"custom_label":" "}"#, #"{"unit":"custom","custom_label":null}"#,
            ] {
                #expect(try await server.call(.patch, plain, body: body).text == schemaError(issue), "\(body)")
            }
            #expect(try await server.call(.get, plain).text == custom.text)
            let cleared = try await server.call(
                .patch,
                plain,
                body: #"{"unit":"token","custom_label":null,"custom_multiplier":null}"#
            ).json
            #expect(cleared["custom_label"] == .null && cleared["custom_multiplier"] == .null)
            #expect(cleared.text("unit") == "token")
        }
    }

    @Test func refusesWhatCreationRefuses() async throws {
        try await withServer { server in
            let made = try await server.newMeter(by: Self.count)
            let body = """
                {"metadata":1,"name":"x","unit":"x","custom_label":1,"custom_multiplier":0,"filter":{},\
                "aggregation":{"func":"sum"},"is_archived":"yes"}
                """
            let answer = try await server.call(.patch, Self.path + made.id, body: body)
            #expect(
                answer.issues == [
                    "dict_type body.metadata", "string_too_short body.name", "enum body.unit",
                    "string_type body.custom_label", "greater_than body.custom_multiplier",
                    "missing body.filter.conjunction", "missing body.filter.clauses",
                    "missing body.aggregation.sum.property", "bool_type body.is_archived",
                ]
            )
            #expect(try await server.call(.get, Self.path + made.id).json == made)
        }
    }

    @Test func listsByNameAndByWhatIsAsked() async throws {
        try await withServer { server in
            for (name, metadata) in [
                ("Calls", #"{"tier":"a","n":1}"#), ("api calls", #"{"tier":"b"}"#), ("Bytes", #"{"tier":"a"}"#),
            ] {
                _ = try await server.newMeter(
                    """
                    {"name":"\(name)","metadata":\(metadata),"filter":{"conjunction":"and","clauses":[]},\
                    "aggregation":\(Self.count)}
                    """
                )
            }
            let bytes = try await server.call(.get, Self.path + "?query=bytes").items[0].id
            #expect(try await server.call(.patch, Self.path + bytes, body: #"{"is_archived":true}"#).status == .ok)
            let (a, b) = (server.organizationA.text, server.organizationB.text)
            for (query, names) in [
                ("", ["api calls", "Bytes", "Calls"]), ("sorting=name", ["api calls", "Bytes", "Calls"]),
                ("sorting=-name", ["Calls", "Bytes", "api calls"]),
                ("sorting=created_at", ["Calls", "api calls", "Bytes"]),
                ("sorting=-created_at", ["Bytes", "api calls", "Calls"]),
                ("query=CALL", ["api calls", "Calls"]), ("query=x", []), ("is_archived=true", ["Bytes"]),
                ("is_archived=false", ["api calls", "Calls"]), ("metadata[tier]=a", ["Bytes", "Calls"]),
                ("metadata[tier]=a&metadata[tier]=b", ["api calls", "Bytes", "Calls"]),
                ("metadata[tier]=a&metadata[n]=1", ["Calls"]),
                ("organization_id=\(a)", ["api calls", "Bytes", "Calls"]),
                ("organization_id=\(b)", []), ("limit=2", ["api calls", "Bytes"]), ("limit=2&page=2", ["Calls"]),
            ] {
                let answer = try await server.call(.get, Self.path + "?" + query)
                #expect(answer.items.map { $0.text("name") } == names, "\(query)")
            }
            let page = try await server.call(.get, Self.path + "?limit=2")
            #expect(page.json["pagination"] == ["total_count": 3, "max_page": 2])
        }
    }

    @Test func refusesAListThatCannotBe() async throws {
        try await withServer { server in
            let answer = try await server.call(
                .get,
                Self.path + "?sorting=unit&is_archived=x&page=0&organization_id=x&query=%00"
            )
            #expect(answer.status == .unprocessableContent)
            #expect(
                Set(answer.issues.map { String($0.split(separator: ".").prefix(2).joined(separator: ".")) }) == [
                    "enum query.sorting", "bool_parsing query.is_archived", "greater_than query.page",
                    "uuid_type query.organization_id", "uuid_parsing query.organization_id", "value_error query.query",
                ]
            )
        }
    }
}
