import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// The catalogue of section 6.4 of the specification of the Polar dialect, each form once, as whole bodies.
struct CustomerIssueTests {
    private static let create = "/v1/customers/"
    private static let update = "/v1/customers/\(unknownID)"

    @Test func wantsABody() async throws {
        try await withServer { server in
            let missing = schemaError(item("missing", #"["body"]"#, "Field required", "null"))
            for body in ["", "null", " null "] {
                let create = try await server.call(.post, Self.create, body: body)
                let update = try await server.call(.patch, Self.update, body: body)
                #expect(create.status == .unprocessableContent && create.text == missing)
                #expect(update.status == .unprocessableContent && update.text == missing)
            }
        }
    }

    @Test func wantsAnObject() async throws {
        try await withServer { server in
            let words = "Input should be a valid dictionary or object to extract fields from"
            for body in ["[]", #""x""#, "1", "true", "1.5"] {
                let create = item("model_attributes_type", #"["body","individual"]"#, words, body)
                let created = try await server.call(.post, Self.create, body: body)
                #expect(created.text == schemaError(create))
                let update = item("model_attributes_type", #"["body"]"#, words, body)
                let updated = try await server.call(.patch, Self.update, body: body)
                #expect(updated.text == schemaError(update))
            }
        }
    }

    @Test func readsOnlyWhatSaysThatItIsJSON() async throws {
        try await withServer { server in
            let body = #"{"name":"x"}"#
            let id = try await server.customerID("a@example.com")
            let issue = item(
                "model_attributes_type",
                #"["body"]"#,
                "Input should be a valid dictionary or object to extract fields from",
                #""{\"name\":\"x\"}""#
            )
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "text/json"] {
                let answer = try await server.call(
                    .patch,
                    "/v1/customers/\(id)",
                    body: body,
                    headers: [.contentType: type]
                )
                #expect(answer.status == .unprocessableContent)
                #expect(answer.text == schemaError(issue), "\(type)")
            }
            for type in ["application/json; charset=utf-8", "application/merge-patch+json", "Application/JSON"] {
                let answer = try await server.call(
                    .patch,
                    "/v1/customers/\(id)",
                    body: body,
                    headers: [.contentType: type]
                )
                #expect(answer.status == .ok, "\(type)")
            }
        }
    }

    @Test func echoesTheTextsOfAQuery() async throws {
        try await withServer { server in
            for (query, issue) in [
                (
                    "page=1.5",
                    item(
                        "int_parsing",
                        #"["query","page"]"#,
                        "Input should be a valid integer, unable to parse string as an integer",
                        #""1.5""#
                    )
                ),
                (
                    "limit=",
                    item(
                        "int_parsing",
                        #"["query","limit"]"#,
                        "Input should be a valid integer, unable to parse string as an integer",
                        #""""#
                    )
                ),
                (
                    "limit=-3",
                    item(
                        "greater_than",
                        #"["query","limit"]"#,
                        "Input should be greater than 0",
                        #""-3""#,
                        context: #"{"gt":0}"#
                    )
                ),
                (
                    "active=maybe",
                    item(
                        "bool_parsing",
                        #"["query","active"]"#,
                        "Input should be a valid boolean, unable to interpret input",
                        #""maybe""#
                    )
                ),
            ] {
                let answer = try await server.call(.get, "/v1/customers/?\(query)")
                #expect(answer.status == .unprocessableContent)
                #expect(answer.text == schemaError(issue), "\(query)")
            }
        }
    }

    @Test func tellsBothBranchesOfAFilterByIDs() async throws {
        try await withServer { server in
            let known = server.organizationA.text
            let answer = try await server.call(.get, "/v1/customers/?organization_id=\(known)&organization_id=nope")
            let type = item(
                "uuid_type",
                #"["query","organization_id","uuid"]"#,
                "UUID input should be a string, bytes or UUID object",
                #"["\#(known)","nope"]"#
            )
            let list =
                "json-or-python[json=list[uuid],python=chain[is-instance[Sequence],"
                + "function-wrap[sequence_validator()]]]"
            let parsing = item(
                "uuid_parsing",
                #"["query","organization_id","\#(list)",1]"#,
                "Input should be a valid UUID, invalid character: found `n` at 1",
                #""nope""#,
                context: #"{"error":"invalid character: found `n` at 1"}"#
            )
            #expect(answer.text == schemaError(type, parsing))
        }
    }

    @Test func refusesAnOrganizationThatIsNone() async throws {
        try await withServer { server in
            let location = #"["body","individual","organization_id"]"#
            for (sent, issue) in [
                ("7", item("uuid_type", location, "UUID input should be a string, bytes or UUID object", "7")),
                (
                    #""00000000-0000-1000-8000-000000000000""#,
                    item(
                        "uuid_version",
                        location,
                        "UUID version 4 expected",
                        #""00000000-0000-1000-8000-000000000000""#,
                        context: #"{"expected_version":4}"#
                    )
                ),
            ] {
                let body = #"{"email":"a@example.com","organization_id":\#(sent)}"#
                let answer = try await server.call(.post, Self.create, body: body)
                #expect(answer.text == schemaError(issue))
            }
        }
    }

    @Test func settlesTheOrganizationByTheToken() async throws {
        try await withServer { server in
            func create(_ organization: String?, _ token: String) async throws -> TestResponse {
                let field = organization.map { #","organization_id":"\#($0)""# } ?? ""
                let body = #"{"email":"ada@example.com","tax_id":"x"\#(field)}"#
                return try await server.call(.post, Self.create, token: token, body: body)
            }
            let location = #"["body","organization_id"]"#
            let own = server.organizationA.text
            let disallowed = item(
                "organization_token",
                location,
                "Setting organization_id is disallowed when using an organization token.",
                "\"\(own)\""
            )
            #expect(try await create(own, "A").text == serviceError(disallowed))
            let missing = item("missing", location, "organization_id is required.", "null")
            #expect(try await create(nil, "PAT_AB").text == serviceError(missing))
            let unknown = item("value_error", location, "Organization not found.", "\"\(unknownID)\"")
            #expect(try await create(unknownID, "PAT_AB").text == serviceError(unknown))
            let right = try await create(own, "PAT_AB")
            #expect(right.issues == ["missing body.billing_address"])
        }
    }

    @Test func saysWhatIsWrongWithAnAddress() async throws {
        try await withServer { server in
            for (sent, reason) in [
                ("", "An email address must have an @-sign."), ("nope", "An email address must have an @-sign."),
                ("@example.com", "There must be something before the @-sign."),
                ("a@", "There must be something after the @-sign."),
                ("a@localhost", "The part after the @-sign is not valid. It should have a period."),
                ("a..b@example.com", "An email address cannot have two periods in a row."),
                (".a@example.com", "An email address cannot start with a period."),
                ("a b@example.com", "The email address contains invalid characters before the @-sign: SPACE."),
                ("a@exa_mple.com", "The part after the @-sign contains invalid characters: '_'."),
                ("a@[127.0.0.1]", "A bracketed IP address after the @-sign is not allowed here."),
            ] {
                let issue = item(
                    "value_error",
                    #"["body","individual","email"]"#,
                    "value is not a valid email address: \(reason)",
                    "\"\(sent)\"",
                    context: #"{"reason":"\#(reason)"}"#
                )
                let answer = try await server.call(.post, Self.create, body: #"{"email":"\#(sent)"}"#)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.text == schemaError(issue), "\(sent)")
            }
        }
    }

    @Test func saysWhereJSONEnds() async throws {
        try await withServer { server in
            let answer = try await server.call(.post, Self.create, body: #"{"email":}"#)
            let issue = item(
                "json_invalid",
                #"["body",9]"#,
                "JSON decode error",
                "{}",
                context: #"{"error":"Expecting value"}"#
            )
            #expect(answer.text == schemaError(issue))
        }
    }
}
