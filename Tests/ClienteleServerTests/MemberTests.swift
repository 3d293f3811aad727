import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What sections 1.12 and 5.10 of the specification of the Polar dialect say of the members of a customer.
struct MemberTests {
    private static let notFound = namedError("ResourceNotFound", "Member not found")
    private static let noCustomer = namedError("ResourceNotFound", "Customer not found")

    @Test func makesAnOwnerOfEveryCustomer() async throws {
        try await withServer { server in
            let made = try await server.customer(#"{"email":"Ada@example.com","name":"Ada","external_id":"one"}"#)
            let answer = try await server.call(.get, "/v1/members/?customer_id=\(made.id)")
            let id = answer.items.first?.id ?? ""
            let owner = """
                {"id":"\(id)","created_at":"\(made.text("created_at"))","modified_at":null,"customer_id":"\(made.id)",\
                "email":"Ada@example.com","name":"Ada","external_id":"one","role":"owner"}
                """
            #expect(answer.text == #"{"items":[\#(owner)],"pagination":{"total_count":1,"max_page":1}}"#)
            #expect(id != made.id)
            #expect(try await server.call(.get, "/v1/customers/\(made.id)/members/\(id)").text == owner)
            #expect(try await server.call(.get, "/v1/customers/external/one/members/one").text == owner)
        }
    }

    @Test func takesWhatIsSaidOfTheOwnerFieldByField() async throws {
        try await withServer { server in
            let made = try await server.customer(
                """
                {"email":"ada@example.com","name":"Ada","external_id":"one",\
                "owner":{"email":"Owner@example.com","name":"Olga","external_id":"o"}}
                """
            )
            #expect(made.text("email") == "ada@example.com" && made.text("name") == "Ada")
            #expect(made.text("external_id") == "one")
            let owner = try #require(try await server.members(of: made.id).first)
            #expect(owner.text("email") == "Owner@example.com" && owner.text("name") == "Olga")
            #expect(owner.text("external_id") == "o" && owner.text("role") == "owner")
            let partial = try await server.customer(
                #"{"email":"b@example.com","name":"Bea","external_id":"two","owner":{"email":"p@example.com"}}"#
            )
            let other = try #require(try await server.members(of: partial.id).first)
            #expect(other.text("email") == "p@example.com" && other.text("name") == "Bea")
            #expect(other.text("external_id") == "two")
        }
    }

    @Test func refusesAnOwnerThatIsNone() async throws {
        try await withServer { server in
            let long = String(repeating: "x", count: 257)
            for (owner, issues) in [
                (#"{"name":"x"}"#, ["missing body.individual.owner.email"]),
                ("[]", ["model_attributes_type body.individual.owner"]),
                (#"{"email":"nope"}"#, ["value_error body.individual.owner.email"]),
                (#"{"email":"o@example.com","name":"\#(long)"}"#, ["string_too_long body.individual.owner.name"]),
                (#"{"email":"o@example.com","external_id":1}"#, ["string_type body.individual.owner.external_id"]),
            ] {
                let body = #"{"email":"a@example.com","owner":\#(owner)}"#
                let answer = try await server.call(.post, "/v1/customers/", body: body)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == issues)
            }
        }
    }

    @Test func addsAMemberToATeam() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            let body =
                #"{"email":" Mia@Example.COM","name":" Mia ","external_id":" m ","role":"billing_manager","x":1}"#
            let made = try await server.call(.post, "/v1/customers/\(id)/members", body: body)
            #expect(made.status == .created)
            let expected = """
                {"id":"\(made.json.id)","created_at":"\(made.json.text("created_at"))","modified_at":null,\
                "customer_id":"\(id)","email":"Mia@example.com","name":"Mia","external_id":"m","role":"billing_manager"}
                """
            #expect(made.text == expected)
            let plain = try await server.call(
                .post,
                "/v1/customers/external/team/members",
                body: #"{"email":"nia@example.com","name":null,"external_id":null}"#
            )
            #expect(plain.status == .created)
            #expect(plain.json.text("role") == "member")
            #expect(plain.json["name"] == .null && plain.json["external_id"] == .null)
            #expect(
                try await server.members(of: id).map { $0.text("role") } == ["owner", "billing_manager", "member"]
            )
        }
    }

    @Test func givesTheMemberThatHasTheAddressAlready() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            let path = "/v1/customers/\(id)/members"
            let first = try await server.call(.post, path, body: #"{"email":"mia@example.com","name":"Mia"}"#)
            let again = try await server.call(
                .post,
                path,
                body: #"{"email":"MIA@example.com","name":"Other","role":"billing_manager","external_id":"team"}"#
            )
            #expect(again.status == .created)
            #expect(again.text == first.text)
            #expect(try await server.members(of: id).count == 2)
        }
    }

    @Test func refusesAnExternalIDTwiceWithinACustomer() async throws {
        try await withServer { server in
            let first = try await server.teamID()
            let body = #"{"email":"m@example.com","external_id":"team"}"#
            let answer = try await server.call(.post, "/v1/customers/\(first)/members", body: body)
            #expect(answer.status == .unprocessableContent)
            #expect(answer.json.text("error") == "PolarRequestValidationError")
            #expect(answer.issues == ["value_error body.external_id"])
            let second = try await server.teamID("other@example.com", externalID: "two")
            #expect(try await server.call(.post, "/v1/customers/\(second)/members", body: body).status == .created)
        }
    }

    @Test func keepsAnIndividualAlone() async throws {
        try await withServer { server in
            let id = try await server.customerID("ada@example.com")
            let body = #"{"email":"m@example.com"}"#
            let answer = try await server.call(.post, "/v1/customers/\(id)/members", body: body)
            #expect(answer.status == .forbidden)
            let text =
                "Individual customers can only have one member (the owner). "
                + "Upgrade to a team customer to add more members."
            #expect(answer.text == namedError("NotPermitted", text))
            #expect(try await server.patch(id, #"{"type":"team"}"#).status == .ok)
            #expect(try await server.call(.post, "/v1/customers/\(id)/members", body: body).status == .created)
            #expect(try await server.members(of: id).map { $0.text("role") } == ["owner", "member"])
        }
    }

    @Test func refusesAMemberThatIsNone() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            for (body, issues) in [
                ("{}", ["missing body.email"]), (#"{"email":null}"#, ["string_type body.email"]),
                (#"{"email":"nope"}"#, ["value_error body.email"]),
                (
                    #"{"email":"m@example.com","name":1,"external_id":2}"#,
                    ["string_type body.name", "string_type body.external_id"]
                ),
                ("[]", ["model_attributes_type body"]), ("null", ["missing body"]),
            ] {
                let answer = try await server.call(.post, "/v1/customers/\(id)/members", body: body)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == issues, "\(body)")
            }
            let roles = "<MemberRole.member: 'member'> or <MemberRole.billing_manager: 'billing_manager'>"
            for role in ["owner", "boss"] {
                let answer = try await server.call(
                    .post,
                    "/v1/customers/\(id)/members",
                    body: #"{"email":"m@example.com","role":"\#(role)"}"#
                )
                let issue = item(
                    "literal_error",
                    #"["body","role"]"#,
                    "Input should be \(roles)",
                    "\"\(role)\"",
                    context: #"{"expected":"\#(roles)"}"#
                )
                #expect(answer.text == schemaError(issue))
            }
            #expect(try await server.members(of: id).count == 1)
        }
    }

    @Test func knowsNothingOfOthersAndOfNobody() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            let owner = try #require(try await server.members(of: id).first)
            let other = try await server.teamID("other@example.com", externalID: "two")
            let body = #"{"email":"m@example.com"}"#
            for path in [unknownID, "external/none"] {
                let answer = try await server.call(.post, "/v1/customers/\(path)/members", body: body)
                #expect(answer.status == .notFound)
                #expect(answer.text == Self.noCustomer)
            }
            for (path, text) in [
                ("\(id)/members/\(unknownID)", Self.notFound), ("external/team/members/none", Self.notFound),
                ("\(other)/members/\(owner.id)", Self.notFound), ("external/two/members/team", Self.notFound),
                ("\(unknownID)/members/\(owner.id)", Self.noCustomer), ("external/none/members/team", Self.noCustomer),
            ] {
                let get = try await server.call(.get, "/v1/customers/\(path)")
                let patch = try await server.call(.patch, "/v1/customers/\(path)", body: "{}")
                let delete = try await server.call(.delete, "/v1/customers/\(path)")
                for answer in [get, patch, delete] {
                    #expect(answer.status == .notFound)
                    #expect(answer.text == text, "\(path)")
                }
            }
            #expect(
                try await server.call(.get, "/v1/customers/\(id)/members/\(owner.id)", token: "B").status == .notFound
            )
            #expect(try await server.call(.get, "/v1/members/", token: "B").items.isEmpty)
            let odd = try await server.call(.get, "/v1/customers/nope/members/nope")
            #expect(odd.issues == ["uuid_parsing path.id", "uuid_parsing path.member_id"])
        }
    }

    @Test func changesAMember() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            let body = #"{"email":"mia@example.com","name":"Mia","external_id":"m"}"#
            let made = try await server.call(.post, "/v1/customers/\(id)/members", body: body).json
            server.clock.pass(seconds: 60)
            let path = "/v1/customers/external/team/members/m"
            let answer = try await server.call(
                .patch,
                path,
                body: #"{"email":"New@Example.com","name":null,"role":"billing_manager"}"#
            )
            #expect(answer.status == .ok)
            let modifiedAt = answer.json.text("modified_at")
            #expect(modifiedAt.hasPrefix("2026-01-01T00:01:00."))
            let expected = """
                {"id":"\(made.id)","created_at":"\(made.text("created_at"))","modified_at":"\(modifiedAt)",\
                "customer_id":"\(id)","email":"New@example.com","name":null,"external_id":"m","role":"billing_manager"}
                """
            #expect(answer.text == expected)
            #expect(try await server.call(.get, path).text == expected)
            let kept = try await server.call(.patch, path, body: #"{"email":null,"role":null}"#)
            #expect(kept.json.text("email") == "New@example.com" && kept.json.text("role") == "billing_manager")
            for (body, issues) in [
                (#"{"email":"nope"}"#, ["value_error body.email"]), (#"{"name":1}"#, ["string_type body.name"]),
            ] {
                let bad = try await server.call(.patch, path, body: body)
                #expect(bad.status == .unprocessableContent)
                #expect(bad.issues == issues)
            }
        }
    }

    @Test func refusesAnAddressTwiceWithinACustomer() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            let body = #"{"email":"mia@example.com"}"#
            let member = try await server.call(.post, "/v1/customers/\(id)/members", body: body).json.id
            let answer = try await server.call(
                .patch,
                "/v1/customers/\(id)/members/\(member)",
                body: #"{"email":"TEAM@example.com"}"#
            )
            #expect(answer.status == .unprocessableContent)
            #expect(answer.issues == ["value_error body.email"])
            #expect(answer.messages == ["A member with this email already exists for this customer."])
        }
    }

    @Test func movesOwnershipAndNeverLosesIt() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            let path = "/v1/customers/\(id)/members"
            let member = try await server.call(.post, path, body: #"{"email":"mia@example.com"}"#).json.id
            let owner = try #require(try await server.members(of: id).first).id
            for role in ["member", "billing_manager"] {
                let demoted = try await server.call(.patch, "\(path)/\(owner)", body: #"{"role":"\#(role)"}"#)
                let issue = item(
                    "value_error",
                    #"["body","role"]"#,
                    "Cannot change role. Customer must have exactly one owner.",
                    "\"\(role)\""
                )
                #expect(demoted.text == serviceError(issue))
            }
            let deleted = try await server.call(.delete, "\(path)/\(owner)")
            let issue = item(
                "value_error",
                #"["body"]"#,
                "Cannot delete the only owner. Transfer ownership first.",
                "\"\(owner)\""
            )
            #expect(deleted.status == .unprocessableContent)
            #expect(deleted.text == serviceError(issue))
            let promoted = try await server.call(.patch, "\(path)/\(member)", body: #"{"role":"owner"}"#)
            #expect(promoted.status == .ok && promoted.json.text("role") == "owner")
            #expect(
                try await server.members(of: id).map { $0.id + $0.text("role") } == [
                    owner + "billing_manager", member + "owner",
                ]
            )
            #expect(try await server.call(.patch, "\(path)/\(member)", body: #"{"role":"owner"}"#).status == .ok)
            #expect(try await server.call(.delete, "\(path)/\(owner)").status == .noContent)
            #expect(try await server.call(.get, "\(path)/\(owner)").text == Self.notFound)
        }
    }

    @Test func keepsTheAddressOfAnIndividualWithTheCustomer() async throws {
        try await withServer { server in
            let id = try await server.customerID("ada@example.com")
            let owner = try #require(try await server.members(of: id).first).id
            let path = "/v1/customers/\(id)/members/\(owner)"
            let refused = try await server.call(.patch, path, body: #"{"email":"new@example.com"}"#)
            #expect(refused.status == .unprocessableContent)
            #expect(
                refused.messages == [
                    "Cannot change the email of an individual customer's owner. Update the customer's email instead."
                ]
            )
            let named = try await server.call(.patch, path, body: #"{"email":"ADA@example.com","name":"Ada"}"#)
            #expect(named.status == .ok && named.json.text("name") == "Ada")
            #expect(named.json.text("email") == "ada@example.com")
        }
    }

    @Test func removesAMemberWhoMayComeAgain() async throws {
        try await withServer { server in
            _ = try await server.teamID()
            let path = "/v1/customers/external/team/members"
            let body = #"{"email":"mia@example.com","external_id":"m"}"#
            let first = try await server.call(.post, path, body: body).json.id
            let answer = try await server.call(.delete, "\(path)/m")
            #expect(answer.status == .noContent && answer.text.isEmpty)
            #expect(try await server.call(.delete, "\(path)/m").status == .notFound)
            let second = try await server.call(.post, path, body: body)
            #expect(second.status == .created)
            #expect(second.json.id != first)
        }
    }
}
