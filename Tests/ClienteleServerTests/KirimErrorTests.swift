import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// What Kirim's dialect answers when it does not do what was asked: `spec/kirim.md` §2.2, §2.4 and §3.
///
/// Every comparison of a `refusal` compares the whole form of the error, too.
struct KirimErrorTests {
    private static let patch = #"{"name":"B"}"#

    /// The page of `PATCH /customers/{id}`, outcome by outcome.
    @Test func answersAPatchAsItsPageSays() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer()
            let path = "/v1/customers/\(made.id)"
            let updated = try await server.kirim(.patch, path, Self.patch)
            #expect(updated.status == .ok)
            let expected = made.text.replacing(#""name":"Toko""#, with: #""name":"B""#)
            #expect(updated.textButID == #"{"data":\#(expected),"request_id":"req"}"#)
            let wrong: [(String, String?)] = [(#"{"name":null}"#, "name"), (#"{"email":"x"}"#, "email"), ("[]", nil)]
            for (body, param) in wrong {
                #expect(try await server.kirim(.patch, path, body).refusal == invalid(param))
            }
            let unknown = try await server.kirim(.patch, "/v1/customers/\(unknownKirimID)", Self.patch)
            #expect(unknown.refusal == kirimNotFound)
            for (plan, code) in [
                (Plan(withheld: [.customers]), "feature_not_entitled"),
                (Plan(isActive: false), "subscription_inactive"),
            ] {
                try await server.setPlan(plan)
                let answer = try await server.kirim(.patch, path, Self.patch)
                #expect(answer.refusal == "402 permission_error \(code)")
            }
            try await server.setPlan(nil)
            #expect(try await server.kirim(.patch, path, Self.patch).status == .ok)
        }
    }

    @Test func tellsOfAPlanThatIsFull() async throws {
        try await withServer { server in
            try await server.setPlan(Plan(customersMax: 0))
            let answer = try await server.kirim(.post, "/v1/customers", Self.patch)
            #expect(answer.refusal == "402 permission_error quota_exceeded")
            #expect(try await server.kirim(.get).listed.isEmpty)
        }
    }

    /// Every route of the dialect, with a key that cannot be used.
    @Test(arguments: ["unknown", "expired", "revoked"])
    func refusesAnUnusableKey(_ kind: String) async throws {
        try await withServer { server in
            let path = "/v1/customers/\(try await server.kirimCustomer().id)"
            let before = try await server.kirim(.get, path).textButID
            let (key, code) = try await Self.key(kind, server)
            for (method, path) in [
                (HTTPRequest.Method.get, "/v1/customers"), (.post, "/v1/customers"), (.get, path), (.patch, path),
                (.delete, path), (.get, "/v1/me"),
            ] {
                let body = method == .post || method == .patch ? Self.patch : nil
                let headers: HTTPFields = [.authorization: "Bearer \(key)"]
                let answer = try await server.call(method, path, token: nil, body: body, headers: headers)
                #expect(answer.refusal == "401 authentication_error \(code)", "\(method) \(path)")
                #expect(!answer.text.contains(key))
            }
            #expect(try await server.kirim(.get, path).textButID == before)
        }
    }

    private static func key(_ kind: String, _ server: TestServer) async throws -> (key: String, code: String) {
        switch kind {
        case "unknown": return ("kdv_live_" + String(repeating: "x", count: 24), "invalid_api_key")
        case "expired": return (try #require(server.tokens["kirim_A_expired"]), "expired_api_key")
        default:
            let tokens = AccessTokens(store: server.store, surroundings: server.clock.surroundings)
            let made = try await tokens.create(
                kind: .organization,
                organizations: [server.organizationA],
                scopes: Set(Scope.all),
                dialect: .kirim
            )
            let headers: HTTPFields = [.authorization: "Bearer \(made.secret.text)"]
            #expect(try await server.call(.get, "/v1/me", token: nil, headers: headers).status == .ok)
            try await tokens.revoke(made.token.id)
            server.clock.pass(seconds: AccessTokens.rememberedSeconds)
            return (made.secret.text, "revoked_api_key")
        }
    }

    @Test func expiresAKeyAtItsMoment() async throws {
        try await withServer { server in
            let tokens = AccessTokens(store: server.store, surroundings: server.clock.surroundings)
            let key = try await tokens.create(
                kind: .organization,
                organizations: [server.organizationA],
                scopes: Set(Scope.all),
                dialect: .kirim,
                lifetimeSeconds: 60
            ).secret.text
            func refusal() async throws -> String {
                let headers: HTTPFields = [.authorization: "bearer \(key)"]
                return try await server.call(.get, "/v1/me", token: nil, headers: headers).refusal
            }
            server.clock.pass(seconds: 59)
            #expect(try await refusal().hasPrefix("no error"))
            server.clock.pass(seconds: 1)
            #expect(try await refusal() == "401 authentication_error expired_api_key")
        }
    }

    /// The secret's prefix tells the dialect; a path that only Kirim's has is its own.
    @Test func tellsAMissingKeyInTheFormOfThePath() async throws {
        try await withServer { server in
            let polar = try await server.call(.get, "/v1/customers", token: nil)
            #expect(polar.text == AuthTests.unauthorized)
            #expect(
                try await server.call(.post, "/v1/customers", token: nil, body: "{}").text == AuthTests.unauthorized
            )
            #expect(
                try await server.call(.get, "/v1/customers", token: nil, headers: [.authorization: "Bearer x"]).text
                    == AuthTests.invalidToken
            )
            let missing = "401 authentication_error missing_api_key"
            for path in ["/v1/me", "/v1/me/", "/v1/me?a=b"] {
                #expect(try await server.call(.get, path, token: nil).refusal == missing, "\(path)")
            }
        }
    }

    /// Only a bearer token is one: what else the header may hold is a missing key.
    @Test func tellsAMissingKeyWhereTheHeaderHasNone() async throws {
        try await withServer { server in
            for header in ["Basic YTpi", "Bearer", "Bearer ", "Token x", ""] {
                let answer = try await server.call(.get, "/v1/me", token: nil, headers: [.authorization: header])
                #expect(answer.refusal == "401 authentication_error missing_api_key", "\(header)")
            }
        }
    }

    @Test func takesNoKeyFromTheQuery() async throws {
        try await withServer { server in
            let key = try #require(server.tokens["kirim_A"])
            for name in ["api_key", "key", "token", "access_token"] {
                let answer = try await server.call(.get, "/v1/me?\(name)=\(key)", token: nil)
                #expect(answer.refusal == "401 authentication_error missing_api_key")
            }
        }
    }

    @Test func tellsAnotherMethodFromAnotherPath() async throws {
        try await withServer { server in
            let path = "/v1/customers/\(try await server.kirimCustomer().id)"
            for (method, path, allowed) in [
                (HTTPRequest.Method.put, path, "DELETE, GET, PATCH"), (.post, path, "DELETE, GET, PATCH"),
                (.delete, "/v1/customers", "GET, POST"), (.patch, "/v1/customers", "GET, POST"),
                (.post, "/v1/me", "GET"), (.delete, "/v1/me", "GET"),
            ] {
                let answer = try await server.kirim(method, path)
                #expect(answer.refusal == "405 invalid_request_error method_not_allowed", "\(method) \(path)")
                #expect(answer.headers[.allow] == allowed)
            }
            for other in [
                "/v1/nothing", "/v1", "/", "/customers", "/v1/products", "/v1/members", "\(path)/setup_links",
                "\(path)/archive", "\(path)/state", "/v1/customers/external/x", "/v2/me", "/api/v1/customers",
            ] {
                #expect(try await server.kirim(.get, other).refusal == kirimNotFound, "\(other)")
                #expect(try await server.kirim(.post, other, "{}").refusal == kirimNotFound, "\(other)")
            }
            #expect(try await server.kirim(.get, path).data.text("status") == "pending")
        }
    }

    /// A key of one dialect is none of the other's: every route of each is closed to the other.
    @Test func takesNoTokenOfTheOtherDialect() async throws {
        try await withServer { server in
            let me = try await server.call(.get, "/v1/me", token: "A")
            #expect(me.status == .notFound && me.text == #"{"detail":"Not Found"}"#)
            #expect(try await server.call(.get, "/v1/customers", token: "A").names == ["items", "pagination"])
            #expect(try await server.kirim(.get, "/v1/customers").names.first == "data")
        }
    }

    @Test func refusesABodyThatIsTooLarge() async throws {
        try await withServer { server in
            let body = #"{"name":"\#(String(repeating: " ", count: 10_485_760))A"}"#
            let answer = try await server.kirim(.post, "/v1/customers", body)
            #expect(answer.refusal == "413 invalid_request_error request_too_large")
            #expect(try await server.kirim(.get).listed.isEmpty)
        }
    }
}
