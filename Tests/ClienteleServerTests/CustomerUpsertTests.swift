import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// `PUT /v1/customers/external/{external_id}`: our extension, which Polar does not have.
struct CustomerUpsertTests {
    private static let path = "/v1/customers/external/one"

    @Test func createsOnceAndThenChanges() async throws {
        try await withServer { server in
            let body = #"{"email":"ada@example.com","name":"Ada","metadata":{"a":1},"external_id":"other"}"#
            let first = try await server.call(.put, Self.path, body: body)
            #expect(first.status == .created)
            let expected = """
                {"id":"\(first.json.id)","created_at":"\(first.json.text("created_at"))","modified_at":null,\
                "metadata":{"a":1},"external_id":"one","email":"ada@example.com","email_verified":false,\
                "type":"individual","name":"Ada","billing_name":"Ada","billing_address":null,"tax_id":null,\
                "locale":null,"organization_id":"\(server.organizationA.text)","default_payment_method_id":null,\
                "deleted_at":null,"first_user_event_at":null,"avatar_url":"https://www.gravatar.com/avatar/\
                b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72?d=404"}
                """
            #expect(first.text == expected)
            #expect(try await server.members(of: first.json.id).map { $0.text("email") } == ["ada@example.com"])
            server.clock.pass(seconds: 60)
            let second = try await server.call(.put, Self.path, body: #"{"locale":"fr"}"#)
            #expect(second.status == .ok)
            let modifiedAt = second.json.text("modified_at")
            #expect(modifiedAt.hasPrefix("2026-01-01T00:01:00."))
            let changed = expected.replacing(#""modified_at":null"#, with: #""modified_at":"\#(modifiedAt)""#)
                .replacing(#""locale":null"#, with: #""locale":"fr""#)
            #expect(second.text == changed)
            #expect(try await server.call(.get, Self.path).text == changed)
            #expect(try await server.call(.put, Self.path, body: "{}").text == changed)
            #expect(try await server.emails("") == ["ada@example.com"])
        }
    }

    @Test func wantsAnAddressOfANewCustomer() async throws {
        try await withServer { server in
            for body in ["{}", #"{"email":null}"#, #"{"name":"Ada"}"#, #"{"owner":{"email":"o@example.com"}}"#] {
                let answer = try await server.call(.put, Self.path, body: body)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == ["missing body.email"], "\(body)")
                #expect(answer.messages == ["Field required"])
            }
            #expect(try await server.emails("").isEmpty)
            let null = try await server.call(.put, Self.path, body: "null")
            #expect(null.text == schemaError(item("missing", #"["body"]"#, "Field required", "null")))
        }
    }

    @Test func takesNullAsAnUpdateDoes() async throws {
        try await withServer { server in
            let made = try await server.customer(
                #"{"email":"ada@example.com","external_id":"one","name":"Ada","locale":"fr","metadata":{"a":1}}"#
            )
            let cleared = try await server.call(
                .put,
                Self.path,
                body: #"{"email":null,"name":null,"locale":null,"tax_id":null}"#
            )
            #expect(cleared.status == .ok)
            #expect(cleared.json.text("email") == "ada@example.com")
            #expect(cleared.json["name"] == .null && cleared.json["locale"] == .null)
            #expect(cleared.json["metadata"] == made["metadata"])
            let metadata = try await server.call(.put, Self.path, body: #"{"metadata":null}"#)
            #expect(metadata.issues == ["dict_type body.metadata"])
            let address = try await server.call(.put, Self.path, body: #"{"billing_address":null}"#)
            #expect(address.issues == ["value_error body.billing_address"])
            #expect(address.messages == ["Customer billing address cannot be reset to null once set."])
        }
    }

    @Test func refusesAnAddressThatAnotherHas() async throws {
        try await withServer { server in
            _ = try await server.customerID("taken@example.com")
            let issue = item(
                "value_error",
                #"["body","email"]"#,
                "A customer with this email address already exists.",
                #""taken@example.com""#
            )
            let create = try await server.call(.put, Self.path, body: #"{"email":"taken@example.com"}"#)
            #expect(create.status == .unprocessableContent)
            #expect(create.text == serviceError(issue))
            #expect(try await server.call(.get, Self.path).status == .notFound)
            _ = try await server.call(.put, Self.path, body: #"{"email":"ada@example.com"}"#)
            let update = try await server.call(.put, Self.path, body: #"{"email":"taken@example.com"}"#)
            #expect(update.text == serviceError(issue))
            #expect(try await server.call(.get, Self.path).json.text("email") == "ada@example.com")
        }
    }

    @Test func refusesABadTaxIDOfANewCustomer() async throws {
        try await withServer { server in
            let body = #"{"email":"a@example.com","tax_id":"bad","billing_address":{"country":"FR"}}"#
            let answer = try await server.call(.put, Self.path, body: body)
            let issue = item("invalid", #"["body","tax_id"]"#, "Invalid tax ID.", #""bad""#)
            #expect(answer.text == serviceError(issue))
            #expect(try await server.call(.get, Self.path).status == .notFound)
        }
    }

    @Test func makesATeamWithItsOwner() async throws {
        try await withServer { server in
            let body = #"{"type":"team","owner":{"email":"o@example.com","name":"O","external_id":"x"}}"#
            let answer = try await server.call(.put, Self.path, body: body)
            #expect(answer.status == .created)
            #expect(answer.json["email"] == .null && answer.json.text("type") == "team")
            let owner = try #require(try await server.members(of: answer.json.id).first)
            #expect(owner.text("email") == "o@example.com" && owner.text("role") == "owner")
            #expect(owner.text("name") == "O" && owner.text("external_id") == "x")
            let down = try await server.call(.put, Self.path, body: #"{"type":"individual"}"#)
            #expect(down.messages == ["Customer type cannot be downgraded from 'team' to 'individual'."])
        }
    }

    @Test func asksAUserOfSeveralOrganizationsForOne() async throws {
        try await withServer { server in
            let body = #"{"email":"ada@example.com"}"#
            let missing = try await server.call(.put, Self.path, token: "PAT_AB", body: body)
            let issue = item("missing", #"["body","organization_id"]"#, "organization_id is required.", "null")
            #expect(missing.text == serviceError(issue))
            for organization in [server.organizationA, server.organizationB] {
                let body = #"{"email":"ada@example.com","organization_id":"\#(organization.text)"}"#
                let created = try await server.call(.put, Self.path, token: "PAT_AB", body: body)
                #expect(created.status == .created)
                #expect(created.json.text("organization_id") == organization.text)
                let again = try await server.call(.put, Self.path, token: "PAT_AB", body: body)
                #expect(again.status == .ok && again.json.id == created.json.id)
            }
            let foreign = #"{"email":"x@example.com","organization_id":"\#(unknownID)"}"#
            let unknown = try await server.call(.put, Self.path, token: "PAT_AB", body: foreign)
            #expect(unknown.messages == ["Organization not found."])
            let own = #"{"email":"x@example.com","organization_id":"\#(server.organizationA.text)"}"#
            #expect(
                try await server.call(.put, Self.path, body: own).issues == ["organization_token body.organization_id"]
            )
        }
    }

    @Test func takesAnExternalIDApartFromSpace() async throws {
        try await withServer { server in
            let made = try await server.call(
                .put,
                "/v1/customers/external/%20a%2Fb%20",
                body: #"{"email":"a@example.com"}"#
            )
            #expect(made.status == .created)
            #expect(made.json.text("external_id") == "a/b")
            let again = try await server.call(.put, "/v1/customers/external/a%2Fb", body: "{}")
            #expect(again.status == .ok && again.json.id == made.json.id)
            let blank = try await server.call(
                .put,
                "/v1/customers/external/%20",
                body: #"{"email":"b@example.com"}"#
            )
            #expect(blank.status == .unprocessableContent)
            let long = String(repeating: "x", count: 6_000)
            let refused = try await server.call(
                .put,
                "/v1/customers/external/\(long)",
                body: #"{"email":"c@example.com"}"#
            )
            #expect(refused.issues == ["string_too_long path.external_id"])
        }
    }

    @Test func makesANewCustomerInPlaceOfADeletedOne() async throws {
        try await withServer { server in
            let body = #"{"email":"ada@example.com"}"#
            let first = try await server.call(.put, Self.path, body: body)
            #expect(try await server.call(.delete, Self.path).status == .noContent)
            let second = try await server.call(.put, Self.path, body: body)
            #expect(second.status == .created)
            #expect(second.json.id != first.json.id)
        }
    }
}
