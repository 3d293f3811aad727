import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.10 of the specification of the Polar dialect says of `GET /v1/members/`.
struct MemberListTests {
    /// Two customers of A, a team of three and an individual, and one of B; gives the team's id.
    private static func people(_ server: TestServer) async throws -> String {
        let team = try await server.teamID("t1@example.com")
        for (email, role) in [("t2@example.com", "member"), ("t3@example.com", "billing_manager")] {
            let body = #"{"email":"\#(email)","role":"\#(role)"}"#
            _ = try await server.call(.post, "/v1/customers/\(team)/members", body: body)
        }
        _ = try await server.customer(#"{"email":"i1@example.com","external_id":"one"}"#)
        _ = try await server.customer(#"{"email":"b1@example.com","external_id":"one"}"#, token: "B")
        return team
    }

    private static func names(_ server: TestServer, _ query: String, token: String = "A") async throws -> [String] {
        let answer = try await server.call(.get, "/v1/members/?\(query)", token: token)
        guard answer.status == .ok else { throw Unexpected(answer) }
        return answer.items.map { String($0.text("email").prefix(2)) }
    }

    @Test func filtersAndPages() async throws {
        try await withServer { server in
            let team = try await Self.people(server)
            for (query, found) in [
                ("", ["i1", "t3", "t2", "t1"]), ("customer_id=\(team)", ["t3", "t2", "t1"]),
                ("external_customer_id=one", ["i1"]), ("external_customer_id=ONE", []), ("role=owner", ["i1", "t1"]),
                ("role=member", ["t2"]), ("customer_id=\(team)&role=billing_manager", ["t3"]),
                ("customer_id=\(unknownID)", []), ("limit=2&page=2", ["t2", "t1"]), ("page=9", []),
                ("page=99999999999999999999", []), ("sorting=-created_at", ["i1", "t3", "t2", "t1"]),
            ] as [(String, [String])] {
                #expect(try await Self.names(server, query) == found, "\(query)")
            }
            let page = try await server.call(.get, "/v1/members/?limit=3&page=2")
            #expect(page.json["pagination"] == ["total_count": 4, "max_page": 2])
            #expect(try await Self.names(server, "external_customer_id=one", token: "PAT_AB") == ["b1", "i1"])
        }
    }

    @Test func sortsTheOldestFirst() async throws {
        try await withServer { server in
            _ = try await Self.people(server)
            #expect(try await Self.names(server, "sorting=created_at") == ["t1", "t2", "t3", "i1"])
        }
    }

    @Test func knowsNoCustomerOfAMalformedID() async throws {
        try await withServer { server in
            for id in ["nope", "1"] {
                let answer = try await server.call(.get, "/v1/members/?customer_id=\(id)")
                #expect(answer.status == .notFound)
                #expect(answer.text == namedError("ResourceNotFound", "Invalid customer ID format"))
            }
        }
    }

    @Test func refusesAQueryThatIsNone() async throws {
        try await withServer { server in
            for (query, issue) in [
                ("role=boss", "enum query.role"), ("page=0", "greater_than query.page"),
                ("limit=x", "int_parsing query.limit"),
                ("external_customer_id=%00", "value_error query.external_customer_id"),
            ] {
                let answer = try await server.call(.get, "/v1/members/?\(query)")
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == [issue])
            }
        }
    }
}
