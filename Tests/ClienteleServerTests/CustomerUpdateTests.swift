import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 1.5.3 of the specification of the Polar dialect says of `PATCH /v1/customers/{id}`.
struct CustomerUpdateTests {
    private static let full = """
        {"email":"Ada@example.com","name":"Ada","external_id":"one","metadata":{"a":1,"b":"x"},"locale":"fr",\
        "billing_address":{"country":"FR","city":"Paris"},"tax_id":"FR61954506077"}
        """

    @Test func leavesAloneWhatIsNotSent() async throws {
        try await withServer { server in
            let made = try await server.customer(Self.full)
            for body in ["{}", #"{"email":null}"#, #"{"email":"ADA@example.com"}"#, #"{"organization_id":7,"id":1}"#] {
                let answer = try await server.patch(made.id, body)
                #expect(answer.status == .ok)
                #expect(answer.text == made.text, "\(body)")
            }
            #expect(try await server.call(.get, "/v1/customers/\(made.id)").text == made.text)
        }
    }

    @Test(arguments: [
        #"{"name":"Ada"}"#, #"{"metadata":{"a":1,"b":"x"}}"#, #"{"billing_address":{"country":"FR","city":"Paris"}}"#,
        #"{"locale":"fr"}"#, #"{"external_id":"one"}"#, #"{"type":null}"#,
    ])
    func movesModifiedAtWhenTheValueIsTheSame(_ body: String) async throws {
        try await withServer { server in
            let made = try await server.customer(Self.full)
            server.clock.pass(seconds: 60)
            let answer = try await server.patch(made.id, body)
            #expect(answer.status == .ok)
            let modifiedAt = answer.json.text("modified_at")
            #expect(modifiedAt.hasPrefix("2026-01-01T00:01:00."))
            let expected = made.text.replacing(#""modified_at":null"#, with: #""modified_at":"\#(modifiedAt)""#)
            #expect(answer.text == expected)
            #expect(try await server.call(.get, "/v1/customers/\(made.id)").text == expected)
        }
    }

    @Test func changesTheAddressAndForgetsThatItWasVerified() async throws {
        try await withServer { server in
            let made = try await server.customer(Self.full)
            let id = try #require(Customer.ID(made.id))
            _ = try await server.store.update(.id(id), in: [server.organizationA], claiming: CustomerKeys()) {
                customer,
                _ in customer.emailVerified = true
            }
            let same = try await server.patch(made.id, #"{"email":"ada@example.com"}"#)
            #expect(same.json["email_verified"] == true)
            #expect(same.json.text("email") == "Ada@example.com")
            let other = try await server.patch(made.id, #"{"email":" New@Example.COM "}"#)
            #expect(other.status == .ok)
            #expect(other.json["email_verified"] == false)
            #expect(other.json.text("email") == "New@example.com")
            #expect(try await server.emails("email=ada@example.com").isEmpty)
            #expect(try await server.emails("email=new@example.com") == ["New@example.com"])
        }
    }

    @Test func refusesAnAddressThatAnotherHas() async throws {
        try await withServer { server in
            _ = try await server.customerID("Taken@example.com")
            let id = try await server.customerID("ada@example.com")
            let answer = try await server.patch(id, #"{"email":"taken@example.com","name":"New"}"#)
            #expect(answer.status == .unprocessableContent)
            let issue = item(
                "value_error",
                #"["body","email"]"#,
                "A customer with this email address already exists.",
                #""taken@example.com""#
            )
            #expect(answer.text == serviceError(issue))
            #expect(try await server.call(.get, "/v1/customers/\(id)").json["name"] == .null)
        }
    }

    @Test func clearsANameByNullAndByNothing() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full).id
            for body in [#"{"name":null}"#, #"{"name":""}"#, #"{"name":" \n"}"#] {
                #expect(try await server.patch(id, #"{"name":" Eve "}"#).json.text("name") == "Eve")
                let cleared = try await server.patch(id, body)
                #expect(cleared.json["name"] == .null && cleared.json["billing_name"] == .null)
            }
            let long = try await server.patch(id, #"{"name":"\#(String(repeating: " ", count: 257))"}"#)
            #expect(long.issues == ["string_too_long body.name"])
        }
    }

    @Test func replacesMetadataWhole() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full).id
            let answer = try await server.patch(id, #"{"metadata":{"c":true}}"#)
            #expect(answer.json["metadata"] == ["c": true])
            #expect(try await server.emails("metadata[a]=1").isEmpty)
            #expect(try await server.emails("metadata[c]=true") == ["Ada@example.com"])
            #expect(try await server.patch(id, #"{"metadata":{}}"#).json["metadata"] == .object([]))
            let null = try await server.patch(id, #"{"metadata":null}"#)
            let issue = item("dict_type", #"["body","metadata"]"#, "Input should be a valid dictionary", "null")
            #expect(null.text == schemaError(issue))
        }
    }

    @Test func replacesAnAddressWholeAndNeverClearsIt() async throws {
        try await withServer { server in
            let id = try await server.customerID("ada@example.com")
            let refusal = serviceError(
                item(
                    "value_error",
                    #"["body","billing_address"]"#,
                    "Customer billing address cannot be reset to null once set.",
                    "null"
                )
            )
            #expect(try await server.patch(id, #"{"billing_address":null}"#).text == refusal)
            let set = try await server.patch(id, #"{"billing_address":{"country":"us","state":"CA","line1":"1"}}"#)
            let address: JSON = [
                "line1": "1", "line2": nil, "postal_code": nil, "city": nil, "state": "US-CA", "country": "US",
            ]
            #expect(set.json["billing_address"] == address)
            #expect(try await server.patch(id, #"{"billing_address":null}"#).text == refusal)
            #expect(try await server.call(.get, "/v1/customers/\(id)").json["billing_address"] == address)
            let replaced = try await server.patch(id, #"{"billing_address":{"country":"DE"}}"#)
            #expect(replaced.json["billing_address"]?["line1"] == .null)
            #expect(replaced.json["billing_address"]?["state"] == .null)
        }
    }

    @Test func clearsATaxIDWithoutAnAddressInTheRequest() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full).id
            for body in [#"{"tax_id":null}"#, #"{"tax_id":""}"#] {
                let set = try await server.patch(id, #"{"tax_id":"FR00300076965"}"#)
                #expect(set.json["tax_id"] == ["FR00300076965", "eu_vat"])
                let cleared = try await server.patch(id, body)
                #expect(cleared.status == .ok)
                #expect(cleared.json["tax_id"] == .null)
                #expect(cleared.json["billing_address"]?.text("city") == "Paris")
            }
        }
    }

    @Test func judgesATaxIDByTheAddressSentOrElseTheOneKept() async throws {
        try await withServer { server in
            let bare = try await server.customerID("bare@example.com")
            let missing = try await server.patch(bare, #"{"tax_id":"FR61954506077"}"#)
            #expect(
                missing.text
                    == serviceError(
                        item(
                            "missing",
                            #"["body","billing_address"]"#,
                            "Country is required to validate tax ID.",
                            "null"
                        )
                    )
            )
            let id = try await server.customer(Self.full).id
            let bad = try await server.patch(id, #"{"tax_id":"INVALID"}"#)
            let invalid = item("invalid", #"["body","tax_id"]"#, "Invalid tax ID.", #""INVALID""#)
            #expect(bad.text == serviceError(invalid))
            let moved = try await server.patch(id, #"{"billing_address":{"country":"US"}}"#)
            let stored = item("invalid", #"["body","tax_id"]"#, "Invalid tax ID.", #""FR61954506077""#)
            #expect(moved.text == serviceError(stored))
            let kept = try await server.call(.get, "/v1/customers/\(id)").json
            #expect(kept["billing_address"]?.text("country") == "FR")
            #expect(kept["modified_at"] == .null)
            let both = try await server.patch(id, #"{"billing_address":{"country":"DE"},"tax_id":"DE114103379"}"#)
            #expect(both.json["tax_id"] == ["DE114103379", "eu_vat"])
            let again = try await server.patch(id, #"{"billing_address":{"country":"DE","city":"Bonn"}}"#)
            #expect(again.json["tax_id"] == ["DE114103379", "eu_vat"])
            let left = try await server.patch(id, #"{"billing_address":{"country":"US"},"tax_id":null}"#)
            #expect(left.status == .ok)
            #expect(left.json["tax_id"] == .null)
        }
    }

    @Test func changesALocale() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full).id
            #expect(try await server.patch(id, #"{"locale":"en_GB"}"#).json.text("locale") == "en-GB")
            #expect(try await server.patch(id, #"{"locale":null}"#).json["locale"] == .null)
            let empty = try await server.patch(id, #"{"locale":""}"#)
            let issue = item(
                "value_error",
                #"["body","locale"]"#,
                "Value error, Invalid IETF BCP 47 language tag",
                #""""#,
                context: #"{"error":{}}"#
            )
            #expect(empty.text == schemaError(issue))
        }
    }

    @Test func writesAnExternalIDOnce() async throws {
        try await withServer { server in
            _ = try await server.customer(#"{"email":"other@example.com","external_id":"taken"}"#)
            let id = try await server.customerID("ada@example.com")
            for body in [#"{"external_id":null}"#, #"{"external_id":""}"#] {
                let answer = try await server.patch(id, body)
                #expect(answer.status == .ok)
                #expect(answer.json["external_id"] == .null)
            }
            let taken = try await server.patch(id, #"{"external_id":"taken"}"#)
            let inUse = item(
                "value_error",
                #"["body","external_id"]"#,
                "A customer with this external ID already exists.",
                #""taken""#
            )
            #expect(taken.text == serviceError(inUse))
            let set = try await server.patch(id, #"{"external_id":" 123 ","name":"Ada"}"#)
            #expect(set.json.text("external_id") == "123" && set.json.text("name") == "Ada")
            #expect(try await server.patch(id, #"{"external_id":" 123"}"#).status == .ok)
            for (sent, input) in [
                ("null", "null"), (#""""#, "null"), (#""124""#, #""124""#), (#""taken""#, #""taken""#),
            ] {
                let answer = try await server.patch(id, #"{"external_id":\#(sent)}"#)
                let fixed = item(
                    "value_error",
                    #"["body","external_id"]"#,
                    "Customer external ID cannot be updated.",
                    input
                )
                #expect(answer.text == serviceError(fixed), "\(sent)")
            }
        }
    }

    @Test func makesATeamAndNeverAnIndividualOfIt() async throws {
        try await withServer { server in
            let id = try await server.customerID("ada@example.com")
            #expect(try await server.patch(id, #"{"type":"individual"}"#).json.text("type") == "individual")
            #expect(try await server.patch(id, #"{"type":null}"#).json.text("type") == "individual")
            #expect(try await server.patch(id, #"{"type":"team"}"#).json.text("type") == "team")
            #expect(try await server.patch(id, #"{"type":"team"}"#).status == .ok)
            for (sent, input) in [(#""individual""#, #""individual""#), ("null", "null")] {
                let issue = item(
                    "value_error",
                    #"["body","type"]"#,
                    "Customer type cannot be downgraded from 'team' to 'individual'.",
                    input
                )
                #expect(try await server.patch(id, #"{"type":\#(sent)}"#).text == serviceError(issue))
            }
            let odd = try await server.patch(id, #"{"type":"robot"}"#)
            let choice = item(
                "enum",
                #"["body","type"]"#,
                "Input should be 'individual' or 'team'",
                #""robot""#,
                context: #"{"expected":"'individual' or 'team'"}"#
            )
            #expect(odd.text == schemaError(choice))
        }
    }

    @Test func tellsEveryRuleBrokenInOrderAndTheTaxIDOnlyAlone() async throws {
        try await withServer { server in
            _ = try await server.customerID("taken@example.com")
            let id = try await server.teamID()
            let answer = try await server.patch(
                id,
                """
                {"type":"individual","external_id":"new","billing_address":null,"email":"taken@example.com","tax_id":"x"}
                """
            )
            #expect(
                answer.issues == [
                    "value_error body.email", "value_error body.billing_address", "value_error body.external_id",
                    "value_error body.type",
                ]
            )
        }
    }

    @Test func tellsEveryIssueInTheOrderOfTheSchema() async throws {
        try await withServer { server in
            let answer = try await server.patch(
                unknownID,
                """
                {"type":1,"external_id":1,"locale":1,"tax_id":1,"billing_address":1,"name":1,"email":1,"metadata":1,\
                "owner":1,"organization_id":1}
                """
            )
            #expect(answer.status == .unprocessableContent)
            #expect(
                answer.issues == [
                    "dict_type body.metadata", "string_type body.email", "string_type body.name",
                    "model_attributes_type body.billing_address", "string_type body.tax_id",
                    "string_type body.locale", "string_type body.external_id", "enum body.type",
                ]
            )
        }
    }

    @Test func ignoresTheFixedKeysOnTheExternalPath() async throws {
        try await withServer { server in
            let made = try await server.customer(Self.full)
            let answer = try await server.call(
                .patch,
                "/v1/customers/external/one",
                body: #"{"external_id":5,"type":"robot","name":"Eve"}"#
            )
            #expect(answer.status == .ok)
            #expect(answer.json.id == made.id)
            #expect(answer.json.text("name") == "Eve")
            #expect(answer.json.text("external_id") == "one" && answer.json.text("type") == "individual")
        }
    }

    @Test func tellsTheOwnerOfAnIndividualAndNoOther() async throws {
        try await withServer { server in
            let drifted = try await server.customer(#"{"email":"a@example.com","owner":{"email":"o@example.com"}}"#).id
            _ = try await server.patch(drifted, #"{"name":"New","email":"A@example.com"}"#)
            #expect(try await server.members(of: drifted).map { $0.text("email") } == ["o@example.com"])
            #expect(try await server.patch(drifted, #"{"email":" Next@Example.com "}"#).status == .ok)
            #expect(try await server.members(of: drifted).map { $0.text("email") } == ["next@example.com"])
            let team = try await server.teamID()
            #expect(try await server.patch(team, #"{"email":"moved@example.com"}"#).status == .ok)
            #expect(try await server.members(of: team).map { $0.text("email") } == ["team@example.com"])
        }
    }
}
