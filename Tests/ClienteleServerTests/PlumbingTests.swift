import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What holds for every path, by `spec/polar.md` §0.4: paths, methods, versions, browsers, headers.
struct PlumbingTests {
    private static let version = HTTPField.Name("Polar-Version").unsafelyUnwrapped
    private static let deprecation = HTTPField.Name("X-Polar-Deprecation-Notice").unsafelyUnwrapped
    private static let requestID = HTTPField.Name("X-Request-Id").unsafelyUnwrapped
    private static let notFound = #"{"detail":"Not Found"}"#
    private static let unknown = "00000000-0000-4000-8000-000000000000"

    /// Methods of a path that are no others' business, by path.
    static let methods: [(path: String, allowed: Set<String>)] = [
        ("/healthz", ["GET"]), ("/readyz", ["GET"]), ("/metrics", ["GET"]),
        ("/v1/customers", ["GET", "POST"]), ("/v1/customers/", ["GET", "POST"]), ("/v1/customers/export", ["GET"]),
        ("/v1/customers/\(unknown)", ["GET", "PATCH", "DELETE"]), ("/v1/customers/\(unknown)/state", ["GET"]),
        ("/v1/customers/\(unknown)/payment-methods", ["GET"]), ("/v1/customers/\(unknown)/members", ["POST"]),
        ("/v1/customers/\(unknown)/members/\(unknown)", ["GET", "PATCH", "DELETE"]),
        ("/v1/customers/external/x", ["GET", "PUT", "PATCH", "DELETE"]), ("/v1/customers/external/x/state", ["GET"]),
        ("/v1/customers/external/x/payment-methods", ["GET"]), ("/v1/customers/external/x/members", ["POST"]),
        ("/v1/customers/external/x/members/y", ["GET", "PATCH", "DELETE"]), ("/v1/members/", ["GET"]),
        ("/api/v1/customers/", ["GET", "POST"]), ("/api/v1/customers/external/x", ["GET", "PUT", "PATCH", "DELETE"]),
    ]

    @Test func servesAPathWithAndWithoutASlashAtItsEnd() async throws {
        try await withServer { server in
            var ids: [String] = []
            for path in ["/v1/customers", "/v1/customers/"] {
                let body = #"{"email": "ada\#(ids.count)@acme.com"}"#
                let made = try await server.call(.post, path, body: body)
                #expect(made.status == .created)
                ids.append(try #require(made.json["id"]?.string))
            }
            for path in ["/v1/customers", "/v1/members", "/v1/customers/export", "/v1/customers/\(ids[0])"] {
                let plain = try await server.call(.get, path)
                let slashed = try await server.call(.get, path + "/")
                #expect(plain.status == .ok)
                #expect(slashed.status == .ok)
                #expect(slashed.headers[.location] == nil)
                #expect(slashed.text == plain.text)
            }
        }
    }

    @Test(arguments: [
        "/", "/v1", "/v1/", "/v2/customers/", "/customers/", "/v1/customer/", "/v1/customers/\(unknown)/nothing",
        "/v1/customers/external/a/b", "/api/customers/", "/healthz/x", "/V1/customers/",
        "/api/v1/nothing",
    ])
    func knowsNoOtherPath(_ path: String) async throws {
        try await withServer { server in
            for token in ["A", nil] {
                let response = try await server.call(.get, path, token: token)
                #expect(response.status == .notFound)
                #expect(response.headers[.contentType] == "application/json")
                #expect(response.text == Self.notFound)
            }
        }
    }

    @Test(arguments: methods)
    func refusesOtherMethods(_ path: String, _ allowed: Set<String>) async throws {
        try await withServer { server in
            for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
                guard !allowed.contains(name) else { continue }
                let response = try await server.call(try #require(HTTPRequest.Method(name)), path)
                #expect(response.status == .methodNotAllowed, "\(name)")
                let allow = (response.headers[.allow] ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
                #expect(Set(allow) == allowed && allow.count == allowed.count, "\(name)")
                if name != "HEAD" { #expect(response.text == #"{"detail":"Method Not Allowed"}"#, "\(name)") }
                #expect(response.headers[.contentType] == "application/json", "\(name)")
            }
        }
    }

    /// A method that no path has is none of this path's either.
    @Test(arguments: ["PROPFIND", "CONNECT", "PURGE", "X-OWN"])
    func refusesMethodsThatNoPathHas(_ name: String) async throws {
        try await withServer { server in
            let method = try #require(HTTPRequest.Method(name))
            for path in ["/v1/customers/", "/healthz"] {
                let response = try await server.call(method, path)
                #expect(response.status == .methodNotAllowed, "\(path)")
                #expect(response.text == #"{"detail":"Method Not Allowed"}"#, "\(path)")
                #expect(response.headers[.allow]?.contains("GET") == true, "\(path)")
            }
            #expect(try await server.call(method, "/v1/nowhere").text == Self.notFound)
        }
    }

    @Test func answersABrowserThatAsksWhatItMaySend() async throws {
        try await withServer { server in
            let response = try await server.call(
                .options,
                "/v1/customers/",
                token: nil,
                headers: [
                    .origin: "https://shop.acme.com", .accessControlRequestMethod: "PATCH",
                    .accessControlRequestHeaders: "authorization, polar-version",
                ]
            )
            #expect(response.status.kind == .successful)
            #expect(response.text.isEmpty)
            #expect(response.headers[.accessControlAllowOrigin] == "*")
            #expect(response.headers[.accessControlAllowCredentials] == nil)
            let methods = list(response.headers[.accessControlAllowMethods])
            #expect(methods.isSuperset(of: ["get", "post", "put", "patch", "delete"]))
            let headers = list(response.headers[.accessControlAllowHeaders])
            #expect(headers.isSuperset(of: ["authorization", "content-type", "polar-version"]))
        }
    }

    /// Without the two headers of a preflight, `OPTIONS` is a method like others.
    @Test(arguments: [[:], [.origin: "https://x.com"], [.accessControlRequestMethod: "GET"]] as [HTTPFields])
    func takesNoOtherOptionsForAPreflight(_ headers: HTTPFields) async throws {
        try await withServer { server in
            let response = try await server.call(.options, "/v1/customers/", headers: headers)
            #expect(response.status == .methodNotAllowed)
        }
    }

    @Test func letsAnyPageReadItsAnswers() async throws {
        try await withServer { server in
            for (path, token) in [
                ("/v1/customers/", "A"), ("/v1/customers/", nil), ("/v1/customers/x", "A"), ("/v1/x", "A"),
            ] {
                let response = try await server.call(
                    .get,
                    path,
                    token: token,
                    headers: [.origin: "https://shop.acme.com"]
                )
                #expect(response.headers[.accessControlAllowOrigin] == "*", "\(path)")
                #expect(response.headers[.accessControlAllowCredentials] == nil, "\(path)")
                #expect(list(response.headers[.accessControlExposeHeaders]).contains("polar-version"), "\(path)")
                let plain = try await server.call(.get, path, token: token)
                #expect(plain.headers[.accessControlAllowOrigin] == nil, "\(path)")
            }
        }
    }

    @Test(arguments: [(nil, "2026-04"), ("2026-04", "2026-04"), ("2026-10", "2026-10")])
    func saysWhichVersionAnswered(_ asked: String?, _ answered: String) async throws {
        try await withServer { server in
            let body = #"{"email": "ada@acme.com"}"#
            let headers: HTTPFields = asked.map { [Self.version: $0] } ?? [:]
            let made = try await server.call(.post, "/v1/customers/", body: body, headers: headers)
            #expect(made.status == .created)
            #expect(made.headers[Self.version] == answered)
            for (path, token) in [("/v1/customers/", "A"), ("/v1/customers/", nil), ("/v1/customers/x", "A")] {
                let response = try await server.call(.get, path, token: token, headers: headers)
                #expect(response.headers[Self.version] == answered, "\(response.status)")
            }
        }
    }

    @Test(arguments: ["2025-01", "2026-4", "2026-04-01", "latest", "", "v1"])
    func knowsNoOtherVersion(_ version: String) async throws {
        try await withServer { server in
            let headers: HTTPFields = [Self.version: version]
            for token in ["A", nil] {
                let response = try await server.call(.get, "/v1/customers/", token: token, headers: headers)
                #expect(response.status == .notFound)
                #expect(response.text == Self.notFound)
                #expect(response.headers[Self.version] == nil)
            }
            let body = #"{"email": "ada@acme.com"}"#
            let made = try await server.call(.post, "/v1/customers/", body: body, headers: [Self.version: "2025-01"])
            #expect(made.status == .notFound)
            #expect(try await server.call(.get, "/v1/customers/").items.isEmpty)
        }
    }

    @Test func servesTheFormerPrefixWithANotice() async throws {
        try await withServer { server in
            let body = #"{"email": "ada@acme.com", "external_id": "ada"}"#
            let made = try await server.call(.post, "/api/v1/customers/", body: body)
            #expect(made.status == .created)
            #expect(made.headers[Self.deprecation]?.isEmpty == false)
            for path in ["customers/", "customers", "customers/external/ada", "customers/x", "members/"] {
                for token in ["A", nil] {
                    let former = try await server.call(.get, "/api/v1/\(path)", token: token)
                    let today = try await server.call(.get, "/v1/\(path)", token: token)
                    #expect(former.status == today.status)
                    #expect(former.text == today.text)
                    #expect(former.headers[Self.deprecation]?.isEmpty == false, "\(path)")
                    #expect(today.headers[Self.deprecation] == nil, "\(path)")
                    #expect(former.headers[Self.version] == "2026-04")
                }
            }
        }
    }

    @Test func letsNobodyKeepAnAnswer() async throws {
        try await withServer { server in
            let body = #"{"email": "ada@acme.com"}"#
            let made = try await server.call(.post, "/v1/customers/", body: body)
            let id = try #require(made.json["id"]?.string)
            let answers = [
                made, try await server.call(.get, "/v1/customers/\(id)"),
                try await server.call(.get, "/v1/customers/x"),
                try await server.call(.get, "/v1/customers/\(Self.unknown)"),
                try await server.call(.get, "/v1/customers/export"), try await server.call(.put, "/v1/customers/"),
                try await server.call(.delete, "/v1/customers/\(id)"),
            ]
            #expect(answers.map(\.status.code) == [201, 200, 422, 404, 200, 405, 204])
            #expect(Set(answers.map { $0.headers[.cacheControl] }) == ["private, no-store"])
        }
    }

    @Test(arguments: ["a", "0f7d2c1e-1d1b-4d0b-9b1a", "!~*'()", String(repeating: "x", count: 128)])
    func takesOverARequestID(_ id: String) async throws {
        try await withServer { server in
            for path in ["/v1/customers/", "/healthz", "/nowhere", "/v1/customers/x"] {
                let response = try await server.call(.get, path, headers: [Self.requestID: id])
                #expect(response.headers[values: Self.requestID] == [id], "\(path)")
            }
        }
    }

    @Test(arguments: ["", "a b", "é", "a\tb", String(repeating: "x", count: 129)])
    func givesAnIDWhereTheCallersIsOdd(_ id: String) async throws {
        try await withServer { server in
            var given: Set<String> = []
            for _ in 0..<3 {
                let response = try await server.call(.get, "/v1/customers/", headers: [Self.requestID: id])
                let found = try #require(response.headers[Self.requestID])
                #expect(found != id && !found.isEmpty && found.utf8.allSatisfy { 0x21...0x7E ~= $0 })
                given.insert(found)
            }
            #expect(given.count == 3)
        }
    }

    @Test func decodesWhatAPathNames() async throws {
        try await withServer { server in
            let ids = ["a/b", "a b", "é/ü", "50%", "a%2Fb", "a?b#c", "a+b", "😀", "a;b=c&d"]
            for (number, id) in ids.enumerated() {
                let body = JSON.object([
                    .init("email", .string("ada\(number)@acme.com")), .init("external_id", .string(id)),
                ])
                #expect(try await server.call(.post, "/v1/customers/", body: body.text).status == .created)
            }
            for id in ids {
                let all = id.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                for path in ["/v1/customers/external/\(all)", "/v1/customers/external/\(all.uppercased())/"] {
                    let response = try await server.call(.get, path)
                    #expect(response.json["external_id"]?.string == id, "\(path)")
                }
            }
            #expect(try await server.call(.get, "/v1/customers/external/a+b").json["external_id"]?.string == "a+b")
            #expect(try await server.call(.get, "/v1/customers/external/a/b").status == .notFound)
            #expect(try await server.call(.get, "/v1/customers/external/%FF").status == .notFound)
            let nul = try await server.call(.get, "/v1/customers/external/a%00b")
            #expect(nul.status == .unprocessableContent)
            #expect(nul.issues == ["value_error path.external_id"])
        }
    }

    private func list(_ value: String?) -> Set<String> {
        Set((value ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " } })
    }
}
