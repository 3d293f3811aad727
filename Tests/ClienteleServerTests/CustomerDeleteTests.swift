import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 1.5.4 of the specification of the Polar dialect says of `DELETE /v1/customers/{id}`.
struct CustomerDeleteTests {
    private static let full = """
        {"email":"ada@example.com","name":"Ada","external_id":"one","metadata":{"plan":"pro"},\
        "billing_address":{"country":"US","city":"Austin"}}
        """

    /// What is left of customers, the first first.
    private static let columns = [
        "email", "email_verified", "name", "external_id", "former_external_id", "tax_id", "country", "metadata",
        "deleted_at IS NOT NULL", "anonymized_at IS NOT NULL",
    ]

    @Test(arguments: ["", "?anonymize=true"])
    func takesTheCustomerOutOfSight(_ query: String) async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full).id
            let answer = try await server.call(.delete, "/v1/customers/\(id)\(query)")
            #expect(answer.status == .noContent)
            #expect(answer.text.isEmpty)
            #expect(answer.headers[.contentType] == nil)
            for path in ["/v1/customers/\(id)", "/v1/customers/external/one"] {
                for suffix in ["", "/state", "/payment-methods"] {
                    let gone = try await server.call(.get, path + suffix)
                    #expect(gone.status == .notFound)
                    #expect(gone.json.text("error") == "ResourceNotFound", "\(path + suffix)")
                }
                #expect(try await server.call(.patch, path, body: #"{"name":"x"}"#).status == .notFound)
                #expect(try await server.call(.delete, path).status == .notFound)
            }
            for query in ["", "query=ada", "email=ada@example.com", "metadata[plan]=pro", "query=one"] {
                let list = try await server.call(.get, "/v1/customers/?\(query)")
                #expect(list.text == #"{"items":[],"pagination":{"total_count":0,"max_page":0}}"#, "\(query)")
            }
            let export = try await server.call(.get, "/v1/customers/export")
            #expect(!export.text.contains(id))
        }
    }

    @Test func keepsWhatTheCustomerWas() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full).id
            #expect(try await server.call(.delete, "/v1/customers/\(id)").status == .noContent)
            #expect(
                try await server.kept(Self.columns, in: "customers") == [
                    ["ada@example.com", "0", "Ada", nil, "one", nil, "US", #"{"plan":"pro"}"#, "1", "0"]
                ]
            )
        }
    }

    @Test func destroysWhatIsPersonal() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full).id
            #expect(try await server.call(.delete, "/v1/customers/\(id)?anonymize=true").status == .noContent)
            let row = try #require(try await server.kept(Self.columns, in: "customers").first)
            #expect(row[0]?.wholeMatch(of: #/[0-9a-f]{64}@anonymized\.polar\.sh/#) != nil)
            #expect(row[2]?.wholeMatch(of: #/[0-9a-f]{64}/#) != nil)
            #expect(Array(row[3...]) == [nil, "one", nil, nil, #"{"plan":"pro"}"#, "1", "1"])
            let keys = try await server.kept(["email_key", "name_key", "billing_name", "city"], in: "customers")
            #expect(keys == [[row[0], row[2], nil, nil]])
        }
    }

    @Test func keepsTheNameAndTaxIDOfABusiness() async throws {
        try await withServer { server in
            let id = try await server.customer(
                """
                {"email":"ada@example.com","name":"Ada Ltd","billing_address":{"country":"FR"},"tax_id":"FR61954506077"}
                """
            ).id
            #expect(try await server.call(.delete, "/v1/customers/\(id)?anonymize=true").status == .noContent)
            let row = try #require(try await server.kept(Self.columns, in: "customers").first)
            #expect(row[0]?.hasSuffix("@anonymized.polar.sh") == true)
            #expect(row[2] == "Ada Ltd")
            #expect(row[5] == "FR61954506077")
            #expect(row[6] == nil)
        }
    }

    @Test func hashesOneAddressDifferentlyEachTime() async throws {
        try await withServer { server in
            for _ in 1...2 {
                let id = try await server.customerID("ada@example.com")
                #expect(try await server.call(.delete, "/v1/customers/\(id)?anonymize=1").status == .noContent)
            }
            let emails = try await server.kept(["email"], in: "customers").compactMap { $0[0] }
            #expect(Set(emails).count == 2)
        }
    }

    @Test func anonymizesATeamThatHasNoAddress() async throws {
        try await withServer { server in
            let id = try await server.customer(#"{"type":"team","owner":{"email":"owner@example.com","name":"O"}}"#).id
            #expect(try await server.call(.delete, "/v1/customers/\(id)?anonymize=true").status == .noContent)
            #expect(try await server.kept(["email", "name"], in: "customers") == [[nil, nil]])
        }
    }

    @Test(arguments: ["", "?anonymize=true"])
    func freesEveryKeyAtOnce(_ query: String) async throws {
        try await withServer { server in
            let first = try await server.customer(Self.full).id
            #expect(try await server.call(.delete, "/v1/customers/\(first)\(query)").status == .noContent)
            let second = try await server.customer(Self.full)
            #expect(second.id != first)
            #expect(second["modified_at"] == .null)
            #expect(try await server.call(.get, "/v1/customers/external/one").json.id == second.id)
            let third = try await server.call(.post, "/v1/customers/", body: Self.full)
            #expect(third.issues == ["value_error body.email", "value_error body.external_id"])
            #expect(try await server.members(of: second.id).count == 1)
            #expect(try await server.members(of: first).isEmpty)
        }
    }

    @Test func letsAnotherTakeAHashedAddress() async throws {
        try await withServer { server in
            let id = try await server.customerID("ada@example.com")
            #expect(try await server.call(.delete, "/v1/customers/\(id)?anonymize=true").status == .noContent)
            let hashed = try #require(try await server.kept(["email"], in: "customers").first?.first ?? nil)
            _ = try await server.customerID(hashed)
            let again = try await server.call(.post, "/v1/customers/", body: #"{"email":"\#(hashed)"}"#)
            #expect(again.issues == ["value_error body.email"])
        }
    }

    @Test func takesEveryMemberOutOfSight() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            for number in 1...3 {
                let body = #"{"email":"m\#(number)@example.com","name":"M"}"#
                #expect(try await server.call(.post, "/v1/customers/\(id)/members", body: body).status == .created)
            }
            #expect(try await server.call(.delete, "/v1/customers/\(id)").status == .noContent)
            #expect(try await server.call(.get, "/v1/members/").items.isEmpty)
            let kept = try await server.kept(["email", "deleted_at IS NOT NULL"], in: "members")
            #expect(
                kept == [
                    ["team@example.com", "1"], ["m1@example.com", "1"], ["m2@example.com", "1"],
                    ["m3@example.com", "1"],
                ]
            )
        }
    }

    @Test func destroysWhatIsPersonalInMembersToo() async throws {
        try await withServer { server in
            let id = try await server.teamID()
            let body = #"{"email":"m@example.com","name":"M"}"#
            #expect(try await server.call(.post, "/v1/customers/\(id)/members", body: body).status == .created)
            #expect(try await server.call(.delete, "/v1/customers/\(id)?anonymize=true").status == .noContent)
            let kept = try await server.kept(["email", "email_key", "name", "deleted_at IS NOT NULL"], in: "members")
            #expect(kept.count == 2)
            for row in kept {
                #expect(row[0]?.wholeMatch(of: #/[0-9a-f]{64}@anonymized\.polar\.sh/#) != nil)
                #expect(row[1] == row[0])
                #expect(row[2]?.wholeMatch(of: #/[0-9a-f]{64}/#) != nil)
                #expect(row[3] == "1")
            }
        }
    }

    @Test func deletesByExternalID() async throws {
        try await withServer { server in
            _ = try await server.customer(Self.full)
            #expect(try await server.call(.delete, "/v1/customers/external/ONE").status == .notFound)
            let answer = try await server.call(.delete, "/v1/customers/external/one?anonymize=true")
            #expect(answer.status == .noContent && answer.text.isEmpty)
            let row = try #require(try await server.kept(Self.columns, in: "customers").first)
            #expect(row[0]?.hasSuffix("@anonymized.polar.sh") == true)
            #expect(row[3] == nil && row[4] == "one")
            #expect(try await server.call(.delete, "/v1/customers/external/one").status == .notFound)
        }
    }

    @Test func readsAFlagInEverySpelling() async throws {
        try await withServer { server in
            let yes = ["true", "1", "yes", "on", "t", "y", "TRUE", "Yes"]
            let no = ["false", "0", "no", "off", "f", "n", "FALSE", "Off", "true&anonymize=false"]
            for (number, flag) in (yes + no).enumerated() {
                let id = try await server.customerID("a\(number)@example.com")
                let answer = try await server.call(.delete, "/v1/customers/\(id)?anonymize=\(flag)")
                #expect(answer.status == .noContent, "\(flag)")
            }
            let hidden = try await server.kept(["anonymized_at IS NOT NULL"], in: "customers").map { $0[0] == "1" }
            #expect(hidden == yes.map { _ in true } + no.map { _ in false })
        }
    }

    @Test func refusesAFlagThatIsNone() async throws {
        try await withServer { server in
            let id = try await server.customerID("a@example.com")
            for flag in ["", "2", "maybe", "tru", "null"] {
                let answer = try await server.call(.delete, "/v1/customers/\(id)?anonymize=\(flag)")
                let issue = item(
                    "bool_parsing",
                    #"["query","anonymize"]"#,
                    "Input should be a valid boolean, unable to interpret input",
                    "\"\(flag)\""
                )
                #expect(answer.status == .unprocessableContent)
                #expect(answer.text == schemaError(issue))
            }
            #expect(try await server.call(.get, "/v1/customers/\(id)").status == .ok)
        }
    }

    @Test func leavesOtherOrganizationsAlone() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.full, token: "B").id
            #expect(try await server.call(.delete, "/v1/customers/\(id)").status == .notFound)
            #expect(try await server.call(.delete, "/v1/customers/external/one").status == .notFound)
            #expect(try await server.call(.get, "/v1/customers/\(id)", token: "B").status == .ok)
            #expect(try await server.call(.delete, "/v1/customers/\(id)", token: "PAT_AB").status == .noContent)
        }
    }
}
