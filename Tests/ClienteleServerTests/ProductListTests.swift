import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// The filters, orders and pages of the list of products, and what a product gives.
struct ProductListTests {
    private static let path = "/v1/products/"

    @Test func filtersByWhatAProductIs() async throws {
        try await withServer { server in
            let ids = try await fill(server)
            let benefit = try await server.flag()
            let other = try await server.flag("Other")
            try await server.give([other, benefit], with: ids[1])
            for (query, names) in [
                ("", ["Cup 50%", "beta Plan", "Alpha"]), ("query=ALPHA", ["Alpha"]), ("query=%25", ["Cup 50%"]),
                ("query=_", []), ("query=", ["Cup 50%", "beta Plan", "Alpha"]), ("is_archived=true", ["Cup 50%"]),
                ("is_archived=false", ["beta Plan", "Alpha"]), ("is_recurring=true", ["beta Plan", "Alpha"]),
                ("is_recurring=0", ["Cup 50%"]), ("visibility=draft", ["Alpha"]),
                ("visibility=draft&visibility=private", ["beta Plan", "Alpha"]), ("id=\(ids[0])", ["Alpha"]),
                ("id=\(ids[0])&id=\(ids[2])&id=\(unknownID)", ["Cup 50%", "Alpha"]), ("id=\(unknownID)", []),
                ("benefit_id=\(benefit)", ["beta Plan"]), ("benefit_id=\(benefit)&benefit_id=\(other)", ["beta Plan"]),
                ("benefit_id=\(unknownID)", []), ("metadata[tier]=1", ["Alpha"]),
                ("metadata[tier]=1&metadata[tier]=x", ["beta Plan", "Alpha"]),
                ("metadata[tier]=1&metadata[new]=true", []), ("organization_id=\(server.organizationB.text)", []),
                ("organization_id=\(server.organizationA.text)&is_archived=t", ["Cup 50%"]), ("unknown=1", nil),
            ] as [(String, [String]?)] {
                let found = try await server.names(of: Self.path + "?" + query)
                #expect(found == names ?? ["Cup 50%", "beta Plan", "Alpha"], "\(query)")
            }
            #expect(try await server.names(of: Self.path, token: "B").isEmpty)
            #expect(try await server.names(of: Self.path, token: "PAT_AB").count == 3)
        }
    }

    @Test func sortsByEachKey() async throws {
        try await withServer { server in
            _ = try await fill(server)
            for (sorting, names) in [
                ("created_at", ["Alpha", "beta Plan", "Cup 50%"]), ("-created_at", ["Cup 50%", "beta Plan", "Alpha"]),
                ("name", ["Alpha", "beta Plan", "Cup 50%"]), ("-name", ["Cup 50%", "beta Plan", "Alpha"]),
                ("price_amount", ["beta Plan", "Cup 50%", "Alpha"]),
                ("-price_amount_type&sorting=-price_amount", ["Alpha", "Cup 50%", "beta Plan"]),
            ] {
                #expect(try await server.names(of: Self.path + "?sorting=" + sorting) == names, "\(sorting)")
            }
            let answer = try await server.call(.get, Self.path + "?sorting=name&sorting=price")
            #expect(answer.issues == ["enum query.sorting.1"])
        }
    }

    @Test func pages() async throws {
        try await withServer { server in
            _ = try await fill(server)
            let first = try await server.call(.get, Self.path + "?limit=2")
            #expect(first.items.map { $0.text("name") } == ["Cup 50%", "beta Plan"])
            #expect(first.json["pagination"] == ["total_count": 3, "max_page": 2])
            #expect(try await server.names(of: Self.path + "?limit=2&page=2") == ["Alpha"])
            #expect(try await server.names(of: Self.path + "?page=9").isEmpty)
        }
    }

    @Test func tellsEveryIssueOfAQuery() async throws {
        try await withServer { server in
            let query = "page=0&limit=x&sorting=x&query=%00&is_archived=x&is_recurring=x&visibility=x&metadata[a]=%00"
            let answer = try await server.call(.get, Self.path + "?" + query)
            #expect(answer.status == .unprocessableContent)
            #expect(
                answer.issues == [
                    "greater_than query.page", "int_parsing query.limit", "enum query.sorting.0",
                    "value_error query.metadata[a]", "value_error query.query", "bool_parsing query.is_archived",
                    "bool_parsing query.is_recurring", "enum query.visibility",
                ]
            )
            for name in ["id", "benefit_id", "organization_id"] {
                let answer = try await server.call(.get, "\(Self.path)?\(name)=x")
                #expect(answer.issues.first == "uuid_type query.\(name).uuid", "\(name)")
            }
        }
    }

    @Test func givesBenefitsInTheOrderInWhichTheyAreSet() async throws {
        try await withServer { server in
            let product = try await server.freeProduct()
            let (a, b) = (try await server.flag("Aaa"), try await server.flag("Bbb"))
            #expect(try await server.give([b, a], with: product)["benefits"]?.array?.map(\.id) == [b, a])
            let path = "/v1/products/\(product)"
            let shown = try await server.call(.get, path).json["benefits"]?.array ?? []
            let benefit = try await server.call(.get, "/v1/benefits/\(b)").json
            #expect(shown.first == benefit)
            #expect(try await server.give([a, b], with: product)["benefits"]?.array?.map(\.id) == [a, b])
            #expect(try await server.give([b], with: product)["benefits"]?.array?.map(\.id) == [b])
            #expect(try await server.give([], with: product)["benefits"] == [])
        }
    }

    @Test func refusesBenefitsThatItCannotGive() async throws {
        try await withServer { server in
            let product = try await server.freeProduct()
            let path = "/v1/products/\(product)/benefits"
            let known = try await server.flag()
            let foreign = try await server.flag(token: "B")
            try await server.give([known], with: product)
            for (body, issues) in [
                ("{}", ["missing body.benefits"]), (#"{"benefits":null}"#, ["list_type body.benefits"]),
                (#"{"benefits":"x"}"#, ["list_type body.benefits"]),
                (#"{"benefits":[1,"\#(known)","x"]}"#, ["uuid_type body.benefits.0", "uuid_parsing body.benefits.2"]),
                (#"{"benefits":["\#(known)","\#(known)"]}"#, ["value_error body.benefits.1"]),
            ] {
                #expect(try await server.issues(.post, path, body) == issues, "\(body)")
            }
            let body = #"{"benefits":["\#(known)","\#(foreign)","\#(unknownID)"]}"#
            let answer = try await server.call(.post, path, body: body)
            let issues = [(1, foreign), (2, unknownID)].map { index, id in
                item("value_error", #"["body","benefits",\#(index)]"#, "Benefit does not exist.", "\"\(id)\"")
            }
            #expect(answer.text == serviceError(issues[0], issues[1]))
            let many = Array(repeating: "1", count: 1_001).joined(separator: ",")
            #expect(try await server.issues(.post, path, #"{"benefits":[\#(many)]}"#) == ["too_long body.benefits"])
            let shown = try await server.call(.get, "/v1/products/\(product)").json
            #expect(shown["benefits"]?.array?.map(\.id) == [known])
        }
    }

    /// Three products, the oldest first.
    private func fill(_ server: TestServer) async throws -> [String] {
        var ids: [String] = []
        for body in [
            """
            {"name":"Alpha","visibility":"draft","recurring_interval":"month","metadata":{"tier":1},\
            "prices":[{"amount_type":"fixed","price_amount":900}]}
            """,
            """
            {"name":"beta Plan","visibility":"private","recurring_interval":"year","metadata":{"tier":"x","new":true},\
            "prices":[{"amount_type":"custom"}]}
            """,
            #"{"name":"Cup 50%","prices":[{"amount_type":"fixed","price_amount":100}]}"#,
        ] {
            ids.append(try await server.newProduct(body).id)
        }
        let archived = try await server.call(.patch, "/v1/products/\(ids[2])", body: #"{"is_archived":true}"#)
        #expect(archived.status == .ok)
        return ids
    }
}
