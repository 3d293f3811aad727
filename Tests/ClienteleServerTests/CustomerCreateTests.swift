import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 1.3 of the specification of the Polar dialect says of `POST /v1/customers/`.
struct CustomerCreateTests {
    private static let path = "/v1/customers/"

    @Test func answersTheWholeCustomerInThePublishedOrder() async throws {
        try await withServer { server in
            let body = """
                {"email":"Jo.Ann+1@Example-Corp.COM","external_id":" ext_1 ","name":"  Jo Ann ",
                 "metadata":{"plan":"pro","seats":3,"beta":true,"score":1.5},
                 "billing_address":{"country":"us","line1":"1 Main St","city":"Austin","state":"TX","postal_code":"78701"},
                 "tax_id":"91-1144442","locale":"en-us"}
                """
            let answer = try await server.call(.post, Self.path, body: body)
            #expect(answer.status == .created)
            #expect(answer.headers[.contentType] == "application/json")
            let (id, createdAt) = (answer.json.id, answer.json.text("created_at"))
            let expected = """
                {"id":"\(id)","created_at":"\(createdAt)","modified_at":null,\
                "metadata":{"plan":"pro","seats":3,"beta":true,"score":1.5},"external_id":"ext_1",\
                "email":"Jo.Ann+1@example-corp.com","email_verified":false,"type":"individual","name":"Jo Ann",\
                "billing_name":"Jo Ann","billing_address":{"line1":"1 Main St","line2":null,"postal_code":"78701",\
                "city":"Austin","state":"US-TX","country":"US"},"tax_id":["911144442","us_ein"],"locale":"en-US",\
                "organization_id":"\(server.organizationA.text)","default_payment_method_id":null,"deleted_at":null,\
                "first_user_event_at":null,"avatar_url":"https://www.gravatar.com/avatar/\
                d75d31264f853c002fd7eeaa646d06f92d93d1953886cced1830f3d4adbad7d3?d=404"}
                """
            #expect(answer.text == expected)
            #expect(id.wholeMatch(of: #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil)
            #expect(createdAt.wholeMatch(of: #/2026-01-01T00:00:00\.[0-9]{6}Z/#) != nil)
            #expect(try await server.call(.get, "/v1/customers/\(id)").text == expected)
        }
    }

    @Test func needsAnAddressAndNothingElse() async throws {
        try await withServer { server in
            let answer = try await server.call(.post, Self.path, body: #"{"email":"ada@example.com"}"#)
            #expect(answer.status == .created)
            let expected = """
                {"id":"\(answer.json.id)","created_at":"\(answer.json.text("created_at"))","modified_at":null,\
                "metadata":{},"external_id":null,"email":"ada@example.com","email_verified":false,"type":"individual",\
                "name":null,"billing_name":null,"billing_address":null,"tax_id":null,"locale":null,\
                "organization_id":"\(server.organizationA.text)","default_payment_method_id":null,"deleted_at":null,\
                "first_user_event_at":null,"avatar_url":"https://www.gravatar.com/avatar/\
                b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72?d=404"}
                """
            #expect(answer.text == expected)
        }
    }

    @Test func takesNullForEveryOptionalField() async throws {
        try await withServer { server in
            let body = """
                {"email":"ada@example.com","name":null,"external_id":null,"billing_address":null,"tax_id":null,\
                "locale":null,"organization_id":null,"owner":null,"unknown":{"a":1}}
                """
            let made = try await server.customer(body)
            for name in ["name", "external_id", "billing_address", "tax_id", "locale"] {
                #expect(made[name] == .null, "\(name)")
            }
            #expect(made["unknown"] == nil)
        }
    }

    @Test func takesABlankTextForNone() async throws {
        try await withServer { server in
            for (index, blank) in ["", " ", #"\t\n "#, #"\u00a0\u3000"#].enumerated() {
                let body = """
                    {"email":"a\(index)@example.com","name":"\(blank)","external_id":"\(blank)","tax_id":"\(blank)",\
                    "billing_address":{"country":"FR","line1":"\(blank)","line2":"\(blank)","city":"\(blank)",\
                    "state":"\(blank)","postal_code":"\(blank)"}}
                    """
                let made = try await server.customer(body)
                #expect(made["name"] == .null && made["external_id"] == .null && made["tax_id"] == .null)
                let address: JSON = [
                    "line1": nil, "line2": nil, "postal_code": nil, "city": nil, "state": nil, "country": "FR",
                ]
                #expect(made["billing_address"] == address)
            }
        }
    }

    @Test func measuresANameBeforeItIsTrimmed() async throws {
        try await withServer { server in
            let longest = String(repeating: "é", count: 256)
            #expect(
                try await server.customer(#"{"email":"a@example.com","name":"\#(longest)"}"#).text("name") == longest
            )
            let spaced = " " + longest
            let answer = try await server.call(
                .post,
                Self.path,
                body: #"{"email":"b@example.com","name":"\#(spaced)"}"#
            )
            #expect(answer.status == .unprocessableContent)
            let issue = item(
                "string_too_long",
                #"["body","individual","name"]"#,
                "String should have at most 256 characters",
                "\"\(spaced)\"",
                context: #"{"max_length":256}"#
            )
            #expect(answer.text == schemaError(issue))
        }
    }

    @Test func keepsControlCharactersOfAName() async throws {
        try await withServer { server in
            let made = try await server.customer(#"{"email":"a@example.com","name":"a\u0001\tb"}"#)
            #expect(made.text("name") == "a\u{1}\tb")
        }
    }

    @Test func tellsEveryIssueInTheOrderOfTheSchema() async throws {
        try await withServer { server in
            let body = """
                {"email":1,"owner":1,"organization_id":1,"locale":1,"tax_id":1,"billing_address":1,"name":1,\
                "external_id":1,"metadata":1}
                """
            for kind in ["individual", "team"] {
                let typed = body.replacing("{", with: #"{"type":"\#(kind)","#, maxReplacements: 1)
                let answer = try await server.call(.post, Self.path, body: typed)
                #expect(answer.status == .unprocessableContent)
                #expect(
                    answer.issues == [
                        "dict_type body.\(kind).metadata", "string_type body.\(kind).external_id",
                        "string_type body.\(kind).name", "model_attributes_type body.\(kind).billing_address",
                        "string_type body.\(kind).tax_id", "string_type body.\(kind).locale",
                        "uuid_type body.\(kind).organization_id", "model_attributes_type body.\(kind).owner",
                        "string_type body.\(kind).email",
                    ]
                )
            }
            #expect(try await server.emails("").isEmpty)
        }
    }

    @Test func refusesATypeThatThereIsNot() async throws {
        try await withServer { server in
            let rows = [(#""robot""#, "robot"), ("null", "None"), (#""Team""#, "Team"), ("3", "3")]
            for (value, tag) in rows {
                let body = #"{"email":"a@example.com","type":\#(value)}"#
                let answer = try await server.call(.post, Self.path, body: body)
                #expect(answer.status == .unprocessableContent)
                let issue = item(
                    "union_tag_invalid",
                    #"["body"]"#,
                    "Input tag '\(tag)' found using _customer_create_type() does not match any of the expected tags: "
                        + "'individual', 'team'",
                    body,
                    context: """
                        {"discriminator":"_customer_create_type()","tag":"\(tag)","expected_tags":"'individual', 'team'"}
                        """
                )
                #expect(answer.text == schemaError(issue))
            }
        }
    }

    @Test func refusesATeamThatNobodyCanBeReachedIn() async throws {
        try await withServer { server in
            for body in [
                #"{"type":"team","name":"T"}"#, #"{"type":"team","email":null}"#,
                #"{"type":"team","owner":null}"#,
            ] {
                let answer = try await server.call(.post, Self.path, body: body)
                #expect(answer.status == .unprocessableContent)
                let issue = item(
                    "value_error",
                    #"["body","team"]"#,
                    "Value error, An owner with an email address is required when creating a team customer without an "
                        + "email.",
                    body,
                    context: #"{"error":{}}"#
                )
                #expect(answer.text == schemaError(issue))
            }
        }
    }

    @Test func makesATeamWithoutAnAddressWhereItsOwnerHasOne() async throws {
        try await withServer { server in
            let made = try await server.customer(#"{"type":"team","owner":{"email":"Owner@example.com"}}"#)
            #expect(made["email"] == .null)
            #expect(made.text("type") == "team")
            let avatar =
                "https://www.gravatar.com/avatar/c8cd3c6427301eaf6665bccacd65ddb614527acc843a15463e3faba57124c351?d=404"
            #expect(made.text("avatar_url") == avatar)
            #expect(try await server.call(.get, "/v1/customers/\(made.id)").json == made)
        }
    }

    @Test func wantsAnAddressOfAnIndividual() async throws {
        try await withServer { server in
            let absent = try await server.call(.post, Self.path, body: #"{"owner":{"email":"o@example.com"}}"#)
            let missing = item(
                "missing",
                #"["body","individual","email"]"#,
                "Field required",
                #"{"owner":{"email":"o@example.com"}}"#
            )
            #expect(absent.text == schemaError(missing))
            let null = try await server.call(.post, Self.path, body: #"{"email":null}"#)
            let notText = item(
                "string_type",
                #"["body","individual","email"]"#,
                "Input should be a valid string",
                "null"
            )
            #expect(null.text == schemaError(notText))
        }
    }

    @Test func refusesAnEmailTwiceWhateverItsCase() async throws {
        try await withServer { server in
            _ = try await server.customerID("Ada@example.com")
            for email in ["Ada@example.com", "ada@EXAMPLE.com", "ADA@example.com"] {
                let answer = try await server.call(.post, Self.path, body: #"{"email":"\#(email)"}"#)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.json.text("error") == "PolarRequestValidationError")
                #expect(answer.issues == ["value_error body.email"])
                #expect(answer.messages == ["A customer with this email address already exists."])
            }
            _ = try await server.customerID("ada+1@example.com")
            _ = try await server.customerID("ada@example.com", token: "B")
            #expect(try await server.emails("sorting=created_at") == ["Ada@example.com", "ada+1@example.com"])
        }
    }

    @Test func tellsOfEveryKeyThatIsTakenAndEchoesIt() async throws {
        try await withServer { server in
            _ = try await server.customer(#"{"email":"ada@example.com","external_id":"one"}"#)
            let answer = try await server.call(
                .post,
                Self.path,
                body: #"{"email":"ada@example.com","external_id":"one","tax_id":"bad"}"#
            )
            let email = item(
                "value_error",
                #"["body","email"]"#,
                "A customer with this email address already exists.",
                #""ada@example.com""#
            )
            let externalID = item(
                "value_error",
                #"["body","external_id"]"#,
                "A customer with this external ID already exists.",
                #""one""#
            )
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text == serviceError(email, externalID))
        }
    }

    @Test func tellsExternalIDsApartByCase() async throws {
        try await withServer { server in
            _ = try await server.customer(#"{"email":"a@example.com","external_id":"one"}"#)
            _ = try await server.customer(#"{"email":"b@example.com","external_id":"ONE"}"#)
            let answer = try await server.call(
                .post,
                Self.path,
                body: #"{"email":"c@example.com","external_id":" one "}"#
            )
            #expect(answer.issues == ["value_error body.external_id"])
        }
    }

    @Test func judgesATaxIDLast() async throws {
        try await withServer { server in
            let bare = try await server.call(
                .post,
                Self.path,
                body: #"{"email":"a@example.com","tax_id":"FR61954506077"}"#
            )
            let missing = item(
                "missing",
                #"["body","billing_address"]"#,
                "Country is required to validate tax ID.",
                "null"
            )
            #expect(bare.text == serviceError(missing))
            let bad = try await server.call(
                .post,
                Self.path,
                body: #"{"email":"a@example.com","tax_id":" INVALID ","billing_address":{"country":"FR"}}"#
            )
            #expect(bad.issues == ["invalid body.tax_id"])
            #expect(bad.messages == ["Invalid tax ID."])
            let good = try await server.customer(
                #"{"email":"a@example.com","tax_id":"FR61954506077","billing_address":{"country":"FR"}}"#
            )
            #expect(good["tax_id"] == ["FR61954506077", "eu_vat"])
        }
    }

    @Test func takesATaxIDInTheFormThatAnswersHave() async throws {
        try await withServer { server in
            func body(_ number: Int, _ kind: String) -> String {
                """
                {"email":"a\(number)@example.com","tax_id":["FR61954506077","\(kind)"],"billing_address":{"country":"FR"}}
                """
            }
            #expect(try await server.customer(body(1, "eu_vat"))["tax_id"] == ["FR61954506077", "eu_vat"])
            let other = try await server.call(.post, Self.path, body: body(2, "us_ein"))
            #expect(other.issues == ["invalid body.tax_id"])
            #expect(other.messages == ["Invalid tax ID."])
        }
    }
}
