import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Who may come in, by `spec/polar.md` §4.4: whole bodies, and the headers that an OAuth library reads.
struct AuthTests {
    static let unauthorized = #"{"error":"Unauthorized","detail":"Unauthorized"}"#
    static let invalidTokenText =
        "The access token provided is expired, revoked, malformed, or invalid for other reasons."
    static let invalidToken = #"{"error": "invalid_token", "error_description": "\#(invalidTokenText)"}"#
    static let scopeText = "The request requires higher privileges than provided by the access token."
    static let insufficientScope = #"{"error": "insufficient_scope", "error_description": "\#(scopeText)"}"#

    private static let pragma = HTTPField.Name("Pragma").unsafelyUnwrapped

    @Test func refusesARequestWithoutCredentials() async throws {
        try await withServer { server in
            let response = try await server.call(.get, "/v1/customers/", token: nil)
            expectUnauthorized(response)
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.headers[.cacheControl] == "private, no-store")
            #expect(response.headers[Self.pragma] == nil)
        }
    }

    /// What is not the scheme Bearer with a token in ASCII counts as no credentials.
    @Test(arguments: [
        "TOKEN", "Basic TOKEN", "Token TOKEN", "BearerTOKEN", "Bearer", "Bearer ", "Bearer    ", "", "TOKEN Bearer",
        "Bearer TOKENé",
    ])
    func takesNothingElseForAToken(_ pattern: String) async throws {
        try await withServer { server in
            let token = try #require(server.tokens["A"])
            let value = pattern.split(separator: "TOKEN", omittingEmptySubsequences: false).joined(separator: token)
            let response = try await server.call(
                .get,
                "/v1/customers/",
                token: nil,
                headers: [.authorization: value]
            )
            expectUnauthorized(response)
        }
    }

    @Test(arguments: ["access_token", "token", "authorization"])
    func takesNoTokenFromTheQuery(_ name: String) async throws {
        try await withServer { server in
            let token = try #require(server.tokens["A"])
            expectUnauthorized(try await server.call(.get, "/v1/customers/?\(name)=\(token)", token: nil))
        }
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER", "bEaReR"])
    func takesTheSchemeInAnyCase(_ scheme: String) async throws {
        try await withServer { server in
            let token = try #require(server.tokens["A"])
            let headers: HTTPFields = [.authorization: "\(scheme) \(token)"]
            let good = try await server.call(.get, "/v1/customers/", token: nil, headers: headers)
            #expect(good.status == .ok)
            let bad = try await server.call(
                .get,
                "/v1/customers/",
                token: nil,
                headers: [.authorization: "\(scheme) x"]
            )
            expectInvalidToken(bad)
        }
    }

    /// A token is compared whole, by its bytes.
    @Test func refusesATokenThatIsNotOneOfOurs() async throws {
        try await withServer { server in
            let token = try #require(server.tokens["A"])
            let others = [
                "polar_oat_unknown", "polar_cst_unknown", "x", token + "x", String(token.dropLast()),
                token.uppercased(),
                String(token.dropFirst()), "\(token) \(token)",
            ]
            for other in others {
                let response = try await server.call(
                    .get,
                    "/v1/customers/",
                    token: nil,
                    headers: [.authorization: "Bearer \(other)"]
                )
                expectInvalidToken(response, "\(other)")
            }
        }
    }

    @Test func refusesATokenThatHasExpired() async throws {
        try await withOpsServer { server in
            let token = try await server.token(lifetimeSeconds: 60).text
            #expect(try await server.call(.get, "/v1/customers/", bearing: token).status == .ok)
            server.clock.pass(seconds: 59)
            #expect(try await server.call(.get, "/v1/customers/", bearing: token).status == .ok)
            server.clock.pass(seconds: 1)
            expectInvalidToken(try await server.call(.get, "/v1/customers/", bearing: token))
        }
    }

    @Test func neverExpiresATokenWithoutALifetime() async throws {
        try await withServer { server in
            let today = try await server.call(.get, "/v1/customers/")
            server.clock.pass(seconds: 100 * 366 * 24 * 3_600)
            let inACentury = try await server.call(.get, "/v1/customers/")
            #expect([today.status, inACentury.status] == [.ok, .ok])
        }
    }

    @Test func refusesATokenAtOnceWhenItIsRevoked() async throws {
        try await withOpsServer { server in
            let token = try await server.token()
            let other = try await server.token()
            #expect(try await server.call(.get, "/v1/customers/", bearing: token.text).status == .ok)
            try await server.tokens.revoke(token.id)
            expectInvalidToken(try await server.call(.get, "/v1/customers/", bearing: token.text))
            #expect(try await server.call(.get, "/v1/customers/", bearing: other.text).status == .ok)
        }
    }

    /// A revocation made by another process holds within a second.
    @Test func learnsOfARevocationElsewhereWithinASecond() async throws {
        try await withOpsServer { server in
            let token = try await server.token()
            #expect(try await server.call(.get, "/v1/customers/", bearing: token.text).status == .ok)
            try await AccessTokens(store: server.store, surroundings: server.clock.surroundings).revoke(token.id)
            server.clock.pass(seconds: 1)
            expectInvalidToken(try await server.call(.get, "/v1/customers/", bearing: token.text))
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, Set(["customers:write", "customers:read"])), (.post, Set(["customers:write"])),
    ])
    func namesTheScopesThatAreMissing(_ method: HTTPRequest.Method, _ scopes: Set<String>) async throws {
        try await withServer { server in
            let body = method == .post ? #"{"email": "ada@acme.com"}"# : nil
            let response = try await server.call(method, "/v1/customers/", token: "A_products", body: body)
            #expect(response.status == .forbidden)
            #expect(response.text == Self.insufficientScope)
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.headers[.cacheControl] == "no-store")
            #expect(response.headers[Self.pragma] == "no-cache")
            let challenge = try #require(response.headers[.wwwAuthenticate])
            let match = try #require(
                challenge.wholeMatch(
                    of:
                        #/Bearer realm="polar", scope="([^"]*)", error="insufficient_scope", error_description="([^"]*)"/#
                )
            )
            #expect(Set(match.1.split(separator: " ").map(String.init)) == scopes)
            #expect(match.2 == Self.scopeText)
        }
    }

    /// A bad token, a body that is not JSON, no token, a missing scope, a bad body, an unknown record: the first counts.
    @Test(arguments: [
        ("A_expired", "{", 401, "invalid_token"), ("A_expired", "{}", 401, "invalid_token"),
        (nil, "{", 422, "RequestValidationError"), ("A_products", "{", 422, "RequestValidationError"),
        ("A_read", "{", 422, "RequestValidationError"), ("A", "{", 422, "RequestValidationError"),
        (nil, #"{"email": 1}"#, 401, "Unauthorized"), (nil, #"{"name": "x"}"#, 401, "Unauthorized"),
        ("A_products", #"{"email": 1}"#, 403, "insufficient_scope"),
        ("A_read", #"{"name": "x"}"#, 403, "insufficient_scope"),
        ("A", #"{"email": 1}"#, 422, "RequestValidationError"), ("A", #"{"name": "x"}"#, 404, "ResourceNotFound"),
    ])
    func tellsTheFirstOfSeveralProblems(_ token: String?, _ body: String, _ status: Int, _ error: String) async throws {
        try await withServer { server in
            let path = "/v1/customers/00000000-0000-4000-8000-000000000000"
            let response = try await server.call(.patch, path, token: token, body: body)
            #expect(response.status.code == status)
            #expect(response.json["error"]?.string == error)
            if body == "{", status == 422 {
                #expect(response.issues.count == 1)
                #expect(response.issues.first?.hasPrefix("json_invalid body.") == true)
            }
        }
    }

    private func expectUnauthorized(_ response: TestResponse, _ at: SourceLocation = #_sourceLocation) {
        #expect(response.status == .unauthorized, sourceLocation: at)
        #expect(response.text == Self.unauthorized, sourceLocation: at)
        #expect(response.headers[.wwwAuthenticate] == #"Bearer realm="polar""#, sourceLocation: at)
    }

    private func expectInvalidToken(
        _ response: TestResponse,
        _ comment: Comment? = nil,
        _ at: SourceLocation = #_sourceLocation
    ) {
        let challenge = #"Bearer realm="polar", error="invalid_token", error_description="\#(Self.invalidTokenText)""#
        #expect(response.status == .unauthorized, comment, sourceLocation: at)
        #expect(response.text == Self.invalidToken, comment, sourceLocation: at)
        #expect(response.headers[.contentType] == "application/json", comment, sourceLocation: at)
        #expect(response.headers[.wwwAuthenticate] == challenge, comment, sourceLocation: at)
        #expect(response.headers[.cacheControl] == "no-store", comment, sourceLocation: at)
        #expect(response.headers[Self.pragma] == "no-cache", comment, sourceLocation: at)
    }
}
