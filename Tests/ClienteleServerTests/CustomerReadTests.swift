import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What sections 1.5.1, 1.5.2, 1.15 and 2.1 of the specification of the Polar dialect say of reading one customer.
struct CustomerReadTests {
    private static let body = #"{"email":"ada@example.com","external_id":"one","metadata":{"b":1,"a":2}}"#

    @Test func readsInEverySpellingOfAnID() async throws {
        try await withServer { server in
            let made = try await server.customer(Self.body)
            for id in [made.id, made.id.uppercased(), made.id.replacing("-", with: "")] {
                let answer = try await server.call(.get, "/v1/customers/\(id)")
                #expect(answer.status == .ok)
                #expect(answer.text == made.text)
            }
            #expect(try await server.call(.get, "/v1/customers/external/one").text == made.text)
        }
    }

    @Test func putsWhatIsInForceAfterTheCustomer() async throws {
        try await withServer { server in
            for body in [Self.body, #"{"type":"team","external_id":"two","owner":{"email":"o@example.com"}}"#] {
                let made = try await server.customer(body)
                let expected =
                    made.text.dropLast() + #","active_subscriptions":[],"granted_benefits":[],"active_meters":[]}"#
                for path in [made.id, "external/\(made.text("external_id"))"] {
                    let answer = try await server.call(.get, "/v1/customers/\(path)/state")
                    #expect(answer.status == .ok)
                    #expect(answer.text == expected)
                }
            }
        }
    }

    @Test func listsNoPaymentMethods() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.body).id
            for path in [id, "external/one"] {
                for query in ["", "?page=2&limit=1000", "?page=99999999999999999999"] {
                    let answer = try await server.call(.get, "/v1/customers/\(path)/payment-methods\(query)")
                    #expect(answer.status == .ok)
                    #expect(answer.text == #"{"items":[],"pagination":{"total_count":0,"max_page":0}}"#)
                }
                let bad = try await server.call(.get, "/v1/customers/\(path)/payment-methods?page=0")
                #expect(bad.issues == ["greater_than query.page"])
            }
        }
    }

    @Test func knowsNothingOfOthersAndOfNobody() async throws {
        try await withServer { server in
            let foreign = try await server.customer(Self.body, token: "B").id
            for path in [foreign, unknownID, "external/one", "external/none"] {
                for suffix in ["", "/state", "/payment-methods"] {
                    let answer = try await server.call(.get, "/v1/customers/\(path)\(suffix)")
                    #expect(answer.status == .notFound)
                    #expect(answer.text == customerNotFound, "\(path)\(suffix)")
                }
                for answer in [
                    try await server.call(.patch, "/v1/customers/\(path)", body: "{}"),
                    try await server.call(.delete, "/v1/customers/\(path)"),
                ] {
                    #expect(answer.status == .notFound)
                    #expect(answer.text == customerNotFound, "\(path)")
                }
            }
            #expect(try await server.call(.get, "/v1/customers/\(foreign)", token: "PAT_AB").status == .ok)
        }
    }

    @Test func tellsExternalIDsApartByEveryByte() async throws {
        try await withServer { server in
            let encodings = [
                ("One", "One"), ("one", "one"), ("a/b", "a%2Fb"), ("a%2Fb", "a%252Fb"), ("a b", "a%20b"),
                ("a+b", "a+b"),
                ("é", "%C3%A9"), ("e\u{301}", "e%CC%81"), ("..", "%2E%2E"), ("?#", "%3F%23"), ("state", "state"),
                ("100%", "100%25"), ("日本", "%E6%97%A5%E6%9C%AC"),
            ]
            for (number, (externalID, _)) in encodings.enumerated() {
                _ = try await server.customer(#"{"email":"a\#(number)@example.com","external_id":"\#(externalID)"}"#)
            }
            for (number, (externalID, path)) in encodings.enumerated() {
                for suffix in ["", "/state"] {
                    let answer = try await server.call(.get, "/v1/customers/external/\(path)\(suffix)")
                    #expect(answer.status == .ok, "\(externalID)")
                    #expect(answer.json.text("email") == "a\(number)@example.com", "\(externalID)")
                }
            }
            for path in ["ONE", "one%20", "%20one", "a%2fB", "e", "on", "one%2F"] {
                #expect(try await server.call(.get, "/v1/customers/external/\(path)").status == .notFound, "\(path)")
            }
        }
    }

    @Test func refusesAnIDThatIsNone() async throws {
        try await withServer { server in
            let version = item(
                "uuid_version",
                #"["path","id"]"#,
                "UUID version 4 expected",
                #""00000000-0000-1000-8000-000000000000""#,
                context: #"{"expected_version":4}"#
            )
            let text = item(
                "uuid_parsing",
                #"["path","id"]"#,
                "Input should be a valid UUID, invalid character: found `n` at 1",
                #""nope""#,
                context: #"{"error":"invalid character: found `n` at 1"}"#
            )
            for (id, issue) in [("00000000-0000-1000-8000-000000000000", version), ("nope", text)] {
                for suffix in ["", "/state", "/payment-methods"] {
                    let answer = try await server.call(.get, "/v1/customers/\(id)\(suffix)")
                    #expect(answer.status == .unprocessableContent)
                    #expect(answer.text == schemaError(issue))
                }
                #expect(try await server.call(.patch, "/v1/customers/\(id)", body: "{}").text == schemaError(issue))
                #expect(try await server.call(.delete, "/v1/customers/\(id)").text == schemaError(issue))
            }
        }
    }

    @Test func tellsOfThePathAndTheBodyTogether() async throws {
        try await withServer { server in
            let answer = try await server.call(.patch, "/v1/customers/nope", body: #"{"name":1}"#)
            #expect(answer.issues == ["uuid_parsing path.id", "string_type body.name"])
            let query = try await server.call(.delete, "/v1/customers/nope?anonymize=x")
            #expect(query.issues == ["uuid_parsing path.id", "bool_parsing query.anonymize"])
            let unknown = try await server.call(.patch, "/v1/customers/\(unknownID)", body: #"{"name":1}"#)
            #expect(unknown.status == .unprocessableContent)
        }
    }

    @Test func cannotChooseBetweenTwoOrganizations() async throws {
        try await withServer { server in
            let a = try await server.customer(Self.body)
            let b = try await server.customer(Self.body, token: "B")
            let path = "/v1/customers/external/one"
            for answer in [
                try await server.call(.get, path, token: "PAT_AB"),
                try await server.call(.get, path + "/state", token: "PAT_AB"),
                try await server.call(.get, path + "/payment-methods", token: "PAT_AB"),
                try await server.call(.patch, path, token: "PAT_AB", body: #"{"name":"x"}"#),
                try await server.call(.delete, path, token: "PAT_AB"),
                try await server.call(.post, path + "/members", token: "PAT_AB", body: #"{"email":"m@example.com"}"#),
                try await server.call(.get, path + "/members/one", token: "PAT_AB"),
                try await server.call(.patch, path + "/members/one", token: "PAT_AB", body: "{}"),
                try await server.call(.delete, path + "/members/one", token: "PAT_AB"),
            ] {
                #expect(answer.status == .conflict)
                #expect(answer.names == ["error", "detail"])
                #expect(answer.json.text("error") == "AmbiguousExternalCustomerID")
            }
            #expect(try await server.call(.get, path).text == a.text)
            #expect(try await server.call(.get, path, token: "B").text == b.text)
            #expect(try await server.call(.delete, path, token: "B").status == .noContent)
            #expect(try await server.call(.get, path, token: "PAT_AB").text == a.text)
        }
    }

    @Test func servesBothFormsOfAPath() async throws {
        try await withServer { server in
            let made = try await server.call(.post, "/v1/customers", body: Self.body)
            #expect(made.status == .created)
            let id = made.json.id
            for path in ["", "/", "/\(id)/", "/external/one/", "/\(id)/state/", "/export/"] {
                #expect(try await server.call(.get, "/v1/customers\(path)").status == .ok, "\(path)")
            }
        }
    }

    @Test func hasNoOtherRoutes() async throws {
        try await withServer { server in
            let id = try await server.customer(Self.body).id
            for (method, path) in [
                (.put, "/v1/customers/\(id)"), (.patch, "/v1/customers/"), (.delete, "/v1/customers/"),
                (.post, "/v1/customers/\(id)"), (.post, "/v1/customers/export"), (.put, "/v1/customers/"),
                (.get, "/v1/customers/\(id)/members"), (.post, "/v1/customers/external/one"),
                (.post, "/v1/customers/\(id)/state"),
            ] as [(HTTPRequest.Method, String)] {
                let answer = try await server.call(method, path, body: method == .get ? nil : "{}")
                #expect(answer.status == .methodNotAllowed, "\(method) \(path)")
                #expect(answer.text == #"{"detail":"Method Not Allowed"}"#)
            }
            for path in ["/v1/customers/\(id)/nothing", "/v1/customers/external/one/nothing", "/v1/nothing"] {
                let answer = try await server.call(.get, path)
                #expect(answer.status == .notFound)
                #expect(answer.text == #"{"detail":"Not Found"}"#)
            }
        }
    }
}
