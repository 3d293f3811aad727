import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Which organization a call is about: by the token, and by `organization_id` (`spec/polar.md` §4.5).
struct AuthOrganizationTests {
    @Test(arguments: [true, false])
    func refusesToHearTheOrganizationFromAnOrganizationsToken(_ own: Bool) async throws {
        try await withServer { server in
            let id = (own ? server.organizationA : server.organizationB).text
            let response = try await create(server, "A", organization: id)
            let message = "Setting organization_id is disallowed when using an organization token."
            #expect(response.status == .unprocessableContent)
            #expect(response.text == refusal("organization_token", message, input: "\"\(id)\""))
            try await expectNoCustomers(server)
        }
    }

    @Test(arguments: [nil, "null"])
    func takesTheOrganizationOfAnOrganizationsToken(_ named: String?) async throws {
        try await withServer { server in
            for (token, organization) in [("A", server.organizationA), ("B", server.organizationB)] {
                let response = try await create(server, token, organization: named)
                #expect(response.status == .created)
                #expect(response.json["organization_id"]?.string == organization.text)
            }
        }
    }

    @Test func takesAnOrganizationThatIsNamedWithAUsersToken() async throws {
        try await withServer { server in
            for organization in [server.organizationA, server.organizationB] {
                let response = try await create(server, "PAT_AB", organization: organization.text)
                #expect(response.status == .created)
                #expect(response.json["organization_id"]?.string == organization.text)
            }
            #expect(try await server.call(.get, "/v1/customers/", token: "A").items.count == 1)
            #expect(try await server.call(.get, "/v1/customers/", token: "B").items.count == 1)
        }
    }

    @Test(arguments: [nil, "null"])
    func asksForTheOrganizationWhereAUserHasSeveral(_ named: String?) async throws {
        try await withServer { server in
            let response = try await create(server, "PAT_AB", organization: named)
            #expect(response.status == .unprocessableContent)
            #expect(response.text == refusal("missing", "organization_id is required.", input: "null"))
            try await expectNoCustomers(server)
        }
    }

    @Test func knowsNoOrganizationThatIsNotTheUsers() async throws {
        try await withServer { server in
            let others = [
                "00000000-0000-4000-8000-000000000000",
                try await Organizations(store: server.store, surroundings: server.clock.surroundings)
                    .create(name: "C").id.text,
            ]
            for id in others {
                let response = try await create(server, "PAT_AB", organization: id)
                #expect(response.status == .unprocessableContent)
                #expect(response.text == refusal("value_error", "Organization not found.", input: "\"\(id)\""))
            }
            try await expectNoCustomers(server)
        }
    }

    @Test func takesTheOnlyOrganizationOfAUser() async throws {
        try await withOpsServer { server in
            let token = try await server.tokens.create(
                kind: .user,
                organizations: [server.organization],
                scopes: Set(Scope.all)
            ).secret.text
            let id = server.organization.text
            for (number, named) in ["", #", "organization_id": null"#, #", "organization_id": "\#(id)""#].enumerated() {
                let body = #"{"email": "ada\#(number)@acme.com"\#(named)}"#
                let response = try await server.call(.post, "/v1/customers/", bearing: token, body: body)
                #expect(response.status == .created)
                #expect(response.json["organization_id"]?.string == id)
            }
            let other = #"{"email": "eve@acme.com", "organization_id": "00000000-0000-4000-8000-000000000000"}"#
            let response = try await server.call(.post, "/v1/customers/", bearing: token, body: other)
            #expect(response.issues == ["value_error body.organization_id"])
        }
    }

    @Test func showsAUserTheCustomersOfAllOrganizations() async throws {
        try await withServer { server in
            let a = try await id(of: create(server, "A", organization: nil))
            let b = try await id(of: create(server, "B", organization: nil))
            let list = try await server.call(.get, "/v1/customers/", token: "PAT_AB")
            #expect(Set(list.items.compactMap { $0["id"]?.string }) == [a, b])
            for id in [a, b] {
                let body = #"{"name": "Ada"}"#
                #expect(try await server.call(.get, "/v1/customers/\(id)", token: "PAT_AB").status == .ok)
                #expect(try await server.call(.patch, "/v1/customers/\(id)", token: "PAT_AB", body: body).status == .ok)
                #expect(try await server.call(.delete, "/v1/customers/\(id)", token: "PAT_AB").status == .noContent)
            }
            try await expectNoCustomers(server)
        }
    }

    /// In a list, `organization_id` is a filter and nothing else: it shows nobody what they may not see.
    @Test func filtersAListByOrganization() async throws {
        try await withServer { server in
            let a = try await id(of: create(server, "A", organization: nil))
            let b = try await id(of: create(server, "B", organization: nil))
            let ofA = "organization_id=\(server.organizationA.text)"
            let ofB = "organization_id=\(server.organizationB.text)"
            let unknown = "organization_id=00000000-0000-4000-8000-000000000000"
            let cases: [(token: String, query: String, found: Set<String>)] = [
                ("A", "", [a]), ("A", ofA, [a]), ("A", ofB, []), ("A", "\(ofA)&\(ofB)", [a]), ("A", unknown, []),
                ("PAT_AB", "", [a, b]), ("PAT_AB", ofA, [a]), ("PAT_AB", ofB, [b]),
                ("PAT_AB", "\(ofA)&\(ofB)", [a, b]),
                ("PAT_AB", "\(ofA)&\(unknown)", [a]), ("PAT_AB", unknown, []),
            ]
            for (token, query, found) in cases {
                let list = try await server.call(.get, "/v1/customers/?\(query)", token: token)
                #expect(list.status == .ok)
                #expect(Set(list.items.compactMap { $0["id"]?.string }) == found, "\(token) \(query)")
                #expect(list.json["pagination"]?["total_count"]?.integer == Int64(found.count), "\(token) \(query)")
                let export = try await server.call(.get, "/v1/customers/export?\(query)", token: token)
                let rows = export.text.split(separator: "\r\n").dropFirst()
                #expect(Set(rows.compactMap { $0.split(separator: ",").first.map(String.init) }) == found)
            }
        }
    }

    /// The same external id may be one customer in each of a user's organizations.
    @Test func answers409WhereAnExternalIDNamesSeveral() async throws {
        try await withServer { server in
            for token in ["A", "B"] {
                let body = #"{"email": "ada@acme.com", "external_id": "one"}"#
                #expect(try await server.call(.post, "/v1/customers/", token: token, body: body).status == .created)
            }
            let path = "/v1/customers/external/one"
            let answers = [
                try await server.call(.get, path, token: "PAT_AB"),
                try await server.call(.get, path + "/state", token: "PAT_AB"),
                try await server.call(.patch, path, token: "PAT_AB", body: "{}"),
                try await server.call(.delete, path, token: "PAT_AB"),
            ]
            for answer in answers {
                #expect(answer.status == .conflict)
                #expect(answer.json["error"]?.string == "AmbiguousExternalCustomerID")
                #expect(answer.json["detail"]?.string?.isEmpty == false)
            }
            #expect(try await server.call(.get, path, token: "A").status == .ok)
            #expect(try await server.call(.get, path, token: "B").status == .ok)
        }
    }

    private func create(_ server: TestServer, _ token: String, organization: String?) async throws -> TestResponse {
        let value = organization == "null" ? "null" : "\"\(organization ?? "")\""
        let named = organization == nil ? "" : #", "organization_id": \#(value)"#
        return try await server.call(
            .post,
            "/v1/customers/",
            token: token,
            body: #"{"email": "ada@acme.com"\#(named)}"#
        )
    }

    private func id(of response: TestResponse) throws -> String { try #require(response.json["id"]?.string) }

    private func refusal(_ type: String, _ message: String, input: String) -> String {
        #"{"error":"PolarRequestValidationError","detail":[{"type":"\#(type)","loc":["body","organization_id"],"#
            + #""msg":"\#(message)","input":\#(input)}]}"#
    }

    private func expectNoCustomers(_ server: TestServer, _ at: SourceLocation = #_sourceLocation) async throws {
        let list = try await server.call(.get, "/v1/customers/", token: "PAT_AB")
        #expect(list.text == #"{"items":[],"pagination":{"total_count":0,"max_page":0}}"#, sourceLocation: at)
    }
}
