import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What sections 1.4, 6.1 and 6.2 of the specification of the Polar dialect say of `GET /v1/customers/`.
struct CustomerListTests {
    private static let empty = #"{"items":[],"pagination":{"total_count":0,"max_page":0}}"#

    @Test func showsNothingWhereThereIsNothing() async throws {
        try await withServer { server in
            _ = try await server.customerID("foreign@example.com", token: "B")
            let answer = try await server.call(.get, "/v1/customers/")
            #expect(answer.status == .ok)
            #expect(answer.text == Self.empty)
        }
    }

    @Test func showsTheNewestFirstAsAGetDoes() async throws {
        try await withServer { server in
            let first = try await server.customer(#"{"email":"a@example.com","metadata":{"b":1.0,"a":"x"}}"#)
            let second = try await server.customer(#"{"type":"team","owner":{"email":"o@example.com"}}"#)
            let answer = try await server.call(.get, "/v1/customers/")
            let expected =
                #"{"items":[\#(second.text),\#(first.text)],"pagination":{"total_count":2,"max_page":1}}"#
            #expect(answer.text == expected)
        }
    }

    @Test func givesPages() async throws {
        try await withServer { server in
            for number in 0..<12 { _ = try await server.customerID("a\(number)@example.com") }
            for (query, first, count, maxPage) in [
                ("", "a11", 10, 2), ("page=2", "a1", 2, 2), ("page=3", nil, 0, 2), ("limit=5&page=3", "a1", 2, 3),
                ("limit=12", "a11", 12, 1), ("limit=1&page=12", "a0", 1, 12), ("page=1.0&limit=4.0", "a11", 4, 3),
                ("page=9&page=2", "a1", 2, 2), ("page=%2B1", "a11", 10, 2), ("unknown=1", "a11", 10, 2),
            ] as [(String, String?, Int, Int64)] {
                let answer = try await server.call(.get, "/v1/customers/?\(query)")
                #expect(answer.status == .ok)
                #expect(answer.items.count == count, "\(query)")
                #expect(answer.items.first?.text("email") == first.map { "\($0)@example.com" }, "\(query)")
                #expect(answer.json["pagination"] == ["total_count": 12, "max_page": .integer(maxPage)], "\(query)")
            }
        }
    }

    @Test func cutsALimitToAHundred() async throws {
        try await withServer { server in
            for number in 0..<101 { _ = try await server.customerID("a\(number)@example.com") }
            for limit in ["101", "1000", "99999999999999999999"] {
                let answer = try await server.call(.get, "/v1/customers/?limit=\(limit)")
                #expect(answer.items.count == 100)
                #expect(answer.json["pagination"] == ["total_count": 101, "max_page": 2])
            }
        }
    }

    @Test func findsATextAnywhereInNamesAndAtTheStartOfAnExternalID() async throws {
        try await withServer { server in
            for body in [
                #"{"email":"user_one@example.com","name":"50% Off","external_id":"ext_123"}"#,
                #"{"email":"userAone@example.com","name":"50 Off","external_id":"other_ext_123"}"#,
                #"{"email":"gamma@münchen.de","name":"Acme \"Größe\" Ltd","external_id":"EXT_456"}"#,
            ] { _ = try await server.customer(body) }
            for (query, found) in [
                ("50%25", ["user_one"]), ("user_one", ["user_one"]), ("ext_1", ["user_one"]), ("123", []),
                ("ext_", ["user_one", "gamma"]), ("EXT_4", ["gamma"]), ("ext_456", ["gamma"]),
                ("off", ["user_one", "userAone"]),
                ("OFF", ["user_one", "userAone"]), ("acme", ["gamma"]), ("gr%C3%B6%C3%9Fe", ["gamma"]),
                ("%22Gr", ["gamma"]), ("m%C3%BCnchen", ["gamma"]), ("xn--", []), ("o", ["user_one", "userAone"]),
                ("_", ["user_one"]), ("%25", ["user_one"]), ("0+o", ["userAone"]),
                ("+", ["user_one", "userAone", "gamma"]),
                ("%20off%20", []), ("", ["user_one", "userAone", "gamma"]), ("*", []), ("o*", []),
                ("acme+OR+off", []), ("one", ["user_one", "userAone"]),
            ] as [(String, [String])] {
                let emails = try await server.emails("sorting=created_at&query=\(query)")
                #expect(emails.map { String($0.prefix { $0 != "@" }) } == found, "query=\(query)")
            }
        }
    }

    @Test func findsABillingName() async throws {
        try await withServer { server in
            for (email, name) in [("a@example.com", "Acme Corporation"), ("b@example.com", "Globex Inc")] {
                let id = try #require(Customer.ID(try await server.customerID(email)))
                _ = try await server.store.update(.id(id), in: [server.organizationA], claiming: CustomerKeys()) {
                    customer,
                    _ in customer.billingName = name
                }
            }
            let answer = try await server.call(.get, "/v1/customers/?query=Acme")
            #expect(answer.items.map { $0.text("email") } == ["a@example.com"])
            #expect(answer.items.first?["name"] == .null)
            #expect(answer.items.first?.text("billing_name") == "Acme Corporation")
        }
    }

    @Test func findsTheWholeAddressInAnyCase() async throws {
        try await withServer { server in
            _ = try await server.customerID("Ada@example.com")
            _ = try await server.customerID("ada2@example.com")
            #expect(try await server.emails("email=ADA@Example.COM") == ["Ada@example.com"])
            for query in ["email=", "email=ada", "email=ada@example.co", "email=a%25", "email=%20ada@example.com"] {
                #expect(try await server.call(.get, "/v1/customers/?\(query)").text == Self.empty, "\(query)")
            }
        }
    }

    @Test func filtersByMetadataAsItIsWritten() async throws {
        try await withServer { server in
            for (name, metadata) in [
                ("a", #"{"user_id":"ABC","n":1,"t":true,"__x":"1"}"#), ("b", #"{"user_id":"DEF","n":1.0,"t":false}"#),
                ("c", #"{"user_id":"GHI","n":1.5,"t":"true"}"#), ("d", #"{"n":"1"}"#),
            ] {
                _ = try await server.customer(#"{"email":"\#(name)@example.com","metadata":\#(metadata)}"#)
            }
            for (query, found) in [
                ("metadata[user_id]=ABC&metadata[user_id]=DEF", "ab"), ("metadata[user_id]=abc", ""),
                ("metadata%5Buser_id%5D=GHI", "c"), ("metadata[n]=1", "ad"), ("metadata[n]=1.0", "b"),
                ("metadata[n]=1.5", "c"), ("metadata[t]=true", "ac"), ("metadata[t]=True", ""),
                ("metadata[n]=1&metadata[user_id]=ABC", "a"), ("metadata[n]=1&metadata[user_id]=DEF", ""),
                ("metadata[user_id][0]=ABC", "a"), ("metadata=1", "abcd"), ("metadata[]=x", "abcd"),
                ("metadata[missing]=x", ""), ("metadata[__x]=1", "a"),
                ("metadata[user_id]=ABC&metadata[user_id]=DEF&metadata[n]=1", "a"),
                ("metadata[user_id]=ABC&email=b@example.com", ""),
            ] {
                let emails = try await server.emails("sorting=created_at&\(query)")
                #expect(String(emails.compactMap(\.first)) == found, "\(query)")
            }
        }
    }

    @Test func knowsThatNobodyIsSubscribed() async throws {
        try await withServer { server in
            _ = try await server.customerID("a@example.com")
            #expect(try await server.emails("active=true").isEmpty)
            #expect(try await server.emails("active=No") == ["a@example.com"])
        }
    }

    @Test func narrowsToOrganizationsOfTheCaller() async throws {
        try await withServer { server in
            let (a, b) = (server.organizationA.text, server.organizationB.text)
            _ = try await server.customerID("a@example.com")
            _ = try await server.customerID("b@example.com", token: "B")
            for (token, query, found) in [
                ("PAT_AB", "", "ab"), ("PAT_AB", "organization_id=\(a)", "a"), ("PAT_AB", "organization_id=\(b)", "b"),
                ("PAT_AB", "organization_id=\(a)&organization_id=\(b)", "ab"),
                ("PAT_AB", "organization_id=\(unknownID)", ""), ("A", "organization_id=\(b)", ""),
                ("A", "organization_id=\(a.uppercased())", "a"),
                ("A", "organization_id=\(a.replacing("-", with: ""))", "a"),
                ("A", "organization_id=\(b)&organization_id=\(a)", "a"),
            ] {
                let emails = try await server.emails("sorting=email&\(query)", token: token)
                #expect(String(emails.compactMap(\.first)) == found, "\(token) \(query)")
            }
        }
    }

    @Test func sortsByEveryKeyBothWays() async throws {
        try await withServer { server in
            for body in [
                #"{"email":"c@example.com","name":"beta"}"#, #"{"email":"a@example.com","name":"Alpha"}"#,
                #"{"email":"d@example.com"}"#, #"{"email":"b@example.com","name":"beta"}"#,
            ] { _ = try await server.customer(body) }
            for (query, order) in [
                ("sorting=created_at", "cadb"), ("sorting=-created_at", "bdac"), ("sorting=email", "abcd"),
                ("sorting=-email", "dcba"), ("sorting=name&sorting=email", "abcd"),
                ("sorting=name&sorting=-email", "acbd"), ("sorting=-name&sorting=email", "dbca"), ("", "bdac"),
            ] {
                let emails = try await server.emails(query)
                #expect(String(emails.compactMap(\.first)) == order, "\(query)")
            }
            let pages = try await [1, 2, 3, 4].async { page in
                try await server.emails("sorting=name&limit=1&page=\(page)")
            }
            #expect(Set(pages.joined()).count == 4)
        }
    }

    @Test func putsATeamWithoutAnAddressLastWhenSortedByAddress() async throws {
        try await withServer { server in
            _ = try await server.customer(#"{"type":"team","name":"T","owner":{"email":"a@example.com"}}"#)
            _ = try await server.customerID("b@example.com")
            #expect(try await server.emails("sorting=email") == ["b@example.com", "null"])
            #expect(try await server.emails("sorting=-email") == ["null", "b@example.com"])
        }
    }

    @Test func refusesAnOrderThatThereIsNot() async throws {
        try await withServer { server in
            let choices = "'created_at', '-created_at', 'email', '-email', 'name' or '-name'"
            for (text, decoded) in [
                ("", ""), ("NAME", "NAME"), ("%2Bname", "+name"), ("name,email", "name,email"), ("--name", "--name"),
                ("-", "-"), ("id", "id"),
            ] {
                let answer = try await server.call(.get, "/v1/customers/?sorting=name&sorting=\(text)")
                let issue = item(
                    "enum",
                    #"["query","sorting",1]"#,
                    "Input should be \(choices)",
                    "\"\(decoded)\"",
                    context: #"{"expected":"\#(choices)"}"#
                )
                #expect(answer.status == .unprocessableContent)
                #expect(answer.text == schemaError(issue))
            }
        }
    }

    @Test func tellsEveryIssueOfAQuery() async throws {
        try await withServer { server in
            let answer = try await server.call(
                .get,
                "/v1/customers/?limit=0&page=0&active=x&organization_id=y&sorting=z&query=%00&email=%00&metadata[a]=%00"
            )
            #expect(answer.status == .unprocessableContent)
            let list =
                "json-or-python[json=list[uuid],python=chain[is-instance[Sequence],"
                + "function-wrap[sequence_validator()]]]"
            #expect(
                answer.issues == [
                    "greater_than query.page", "greater_than query.limit", "enum query.sorting.0",
                    "uuid_type query.organization_id.uuid", "uuid_parsing query.organization_id.\(list).0",
                    "value_error query.email", "value_error query.query", "bool_parsing query.active",
                    "value_error query.metadata[a]",
                ]
            )
        }
    }
}

extension Array where Element: Sendable {
    /// The results of `transform` for each element, one after the other.
    fileprivate func async<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
