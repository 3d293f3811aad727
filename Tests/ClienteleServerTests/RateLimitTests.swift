import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// How often an organization may call: `spec/kirim.md` §2.5 and §4, and what an operator sets.
struct RateLimitTests {
    private static let limited = "429 rate_limit_error rate_limit_exceeded"

    private static func write(_ server: TestServer, token: String = "kirim_A") async throws -> TestResponse {
        let isKirim = token.hasPrefix("kirim")
        // A refused write is one all the same.
        return try await server.call(.post, "/v1/customers/", token: token, body: isKirim ? "[]" : "1")
    }

    private static func read(_ server: TestServer, token: String = "kirim_A") async throws -> TestResponse {
        try await server.call(.get, "/v1/customers/", token: token)
    }

    /// How many of so many calls are let by.
    private static func passing(_ count: Int, _ call: () async throws -> TestResponse) async throws -> Int {
        var passed = 0
        for _ in 0..<count where try await call().status != .tooManyRequests { passed += 1 }
        return passed
    }

    @Test func letsSixtyWritesAMinuteBy() async throws {
        try await withServer { server in
            let id = try await server.kirimCustomer().id
            #expect(try await Self.passing(59) { try await Self.write(server) } == 59)
            for (method, path) in [
                (HTTPRequest.Method.post, "/v1/customers"), (.patch, "/v1/customers/\(id)"),
                (.delete, "/v1/customers/\(id)"),
            ] {
                let answer = try await server.kirim(method, path, method == .delete ? nil : #"{"name":"Other"}"#)
                #expect(answer.refusal == Self.limited, "\(method)")
                #expect(answer.header("Retry-After") == "1")
                #expect(answer.header("X-RateLimit-Limit") == "60" && answer.header("X-RateLimit-Remaining") == "0")
                // The clock stands just after the beginning of 2026, and a bucket is full a minute after it was empty.
                #expect(answer.header("X-RateLimit-Reset") == "1767225661")
            }
            let one = try await server.kirim(.get, "/v1/customers/\(id)")
            #expect(one.data.text("name") == "Toko" && one.data.text("status") == "pending")
            #expect(try await Self.passing(100) { try await Self.read(server) } == 100)
            #expect(try await Self.write(server).refusal == Self.limited)
        }
    }

    @Test func letsSixHundredReadsAMinuteBy() async throws {
        try await withServer { server in
            let passed = try await Self.passing(620) { try await Self.read(server) }
            #expect(passed == 600)
            let me = try await server.kirim(.get, "/v1/me")
            #expect(me.refusal == Self.limited && me.header("X-RateLimit-Limit") == "600")
            #expect(try await Self.write(server).status == .badRequest)
        }
    }

    @Test func fillsTheBucketEvenly() async throws {
        try await withServer { server in
            let passed = try await Self.passing(61) { try await Self.write(server) }
            #expect(passed == 60)
            for seconds: Int64 in [1, 3, 10] {
                server.clock.pass(seconds: seconds)
                #expect(try await Self.passing(20) { try await Self.write(server) } == Int(seconds))
            }
            server.clock.pass(seconds: 3_600)
            #expect(try await Self.passing(70) { try await Self.write(server) } == 60)
        }
    }

    @Test func tellsWhenToComeAgain() async throws {
        try await withServer { server in
            try await server.setLimits(writes: 6)
            #expect(try await Self.passing(6) { try await Self.write(server) } == 6)
            for token in ["kirim_A", "A"] {
                #expect(try await Self.write(server, token: token).header("Retry-After") == "10")
            }
            server.clock.pass(seconds: 4)
            #expect(try await Self.write(server).header("Retry-After") == "6")
            server.clock.pass(seconds: 5)
            #expect(try await Self.write(server).header("Retry-After") == "1")
            server.clock.pass(seconds: 1)
            #expect(try await Self.passing(2) { try await Self.write(server) } == 1)
        }
    }

    @Test func holdsPolarToLimitsThatAreSet() async throws {
        try await withServer { server in
            #expect(try await Self.passing(100) { try await Self.write(server, token: "A") } == 100)
            try await server.setLimits(reads: 20, writes: 10)
            #expect(try await Self.passing(12) { try await Self.write(server, token: "A") } == 10)
            let refused = try await Self.write(server, token: "A")
            #expect(refused.status == .tooManyRequests && refused.header("Retry-After") == "6")
            #expect(refused.names == ["error", "detail"] && refused.json.text("error") == "TooManyRequests")
            #expect(refused.header("Polar-Version") == "2026-04")
            #expect(try await Self.passing(22) { try await Self.read(server, token: "A") } == 20)
            #expect(try await Self.read(server, token: "B").status == .ok)
            try await server.policies.setLimits(nil, of: server.organizationA)
            server.clock.pass(seconds: 1)
            #expect(try await Self.passing(100) { try await Self.write(server, token: "A") } == 100)
        }
    }

    /// A question in a body counts by its method, as the contract says.
    @Test func countsByMethod() async throws {
        try await withServer { server in
            try await server.setLimits(writes: 2)
            let query = #"{"ids":[]}"#
            for _ in 0..<2 { _ = try await server.call(.post, "/v1/customers/state/query", body: query) }
            for (method, path) in [
                (HTTPRequest.Method.put, "/v1/customers/external/x"), (.patch, "/v1/customers/\(unknownID)"),
                (.delete, "/v1/customers/\(unknownID)"), (.post, "/v1/customers/state/query"),
            ] {
                let answer = try await server.call(method, path, body: method == .delete ? nil : query)
                #expect(answer.status == .tooManyRequests, "\(method)")
            }
        }
    }

    @Test func countsBothDialectsTogether() async throws {
        try await withServer { server in
            try await server.setLimits(reads: 10, writes: 10)
            for token in ["A", "kirim_A", "A_write", "A", "kirim_A", "PAT_AB"] {
                #expect(try await Self.passing(1) { try await Self.write(server, token: token) } == 1)
            }
            #expect(try await Self.passing(6) { try await Self.write(server) } == 4)
            #expect(try await Self.write(server, token: "A").status == .tooManyRequests)
            #expect(try await Self.read(server, token: "A").status == .ok)
        }
    }

    @Test func countsOrganizationsApart() async throws {
        try await withServer { server in
            #expect(try await Self.passing(61) { try await Self.write(server) } == 60)
            #expect(try await Self.passing(61) { try await Self.write(server, token: "kirim_B") } == 60)
            try await server.setLimits(writes: 100)
            #expect(try await Self.passing(10) { try await Self.write(server) } > 0)
            #expect(try await Self.passing(10) { try await Self.write(server, token: "kirim_B") } <= 1)
        }
    }

    @Test func countsOnlyTheClassThatIsLimited() async throws {
        try await withServer { server in
            try await server.setLimits(reads: nil, writes: 1)
            #expect(try await Self.passing(700) { try await Self.read(server) } == 700)
            #expect(try await Self.passing(3) { try await Self.write(server) } == 1)
        }
    }

    /// On successes and on what is refused; never for what needs no key.
    @Test func tellsWhatIsLeft() async throws {
        try await withServer { server in
            func left(_ answer: TestResponse) -> [String] {
                ["Limit", "Remaining", "Reset"].map { answer.header("X-RateLimit-\($0)") ?? "-" }
            }
            try await server.setLimits(reads: 30, writes: 20)
            let second = 1_767_225_601
            let created = try await server.kirim(.post, "/v1/customers", #"{"name":"A"}"#)
            #expect(left(created) == ["20", "19", "\(second + 4)"])
            let path = "/v1/customers/\(created.data.id)"
            #expect(left(try await server.kirim(.patch, path, "[]")) == ["20", "18", "\(second + 7)"])
            #expect(left(try await server.kirim(.patch, "/v1/customers/x", "{}")) == ["20", "17", "\(second + 10)"])
            #expect(left(try await server.kirim(.delete, "/v1/customers/\(unknownKirimID)"))[..<2] == ["20", "16"])
            #expect(left(try await server.kirim(.get, path)) == ["30", "29", "\(second + 3)"])
            #expect(left(try await server.kirim(.get, "/v1/customers?limit=0")) == ["30", "28", "\(second + 5)"])
            #expect(left(try await server.kirim(.get, "/v1/me")) == ["30", "27", "\(second + 7)"])
            try await server.setPlan(Plan(isActive: false))
            let gated = try await server.kirim(.get)
            #expect(gated.status.code == 402 && left(gated) == ["30", "26", "\(second + 9)"])
            #expect(left(try await server.call(.get, "/v1/customers/")) == ["-", "-", "-"])
        }
    }

    /// Guessing is stopped, and stops nobody else.
    @Test func letsSixtyUnusableTokensAMinuteBy() async throws {
        try await withServer { server in
            func attempt(_ secret: String) async throws -> TestResponse {
                try await server.call(.get, "/v1/customers", token: nil, headers: [.authorization: "Bearer \(secret)"])
            }
            for index in 0..<60 {
                let secret = index % 2 == 0 ? "kdv_live_\(index)" : "clientele_oat_\(index)"
                #expect(try await attempt(secret).status == .unauthorized)
            }
            let kirim = try await attempt("kdv_live_other")
            #expect(kirim.refusal == Self.limited && kirim.header("Retry-After") == "1")
            let expired = try await server.kirim(.get, token: "kirim_A_expired")
            #expect(expired.refusal == Self.limited)
            let polar = try await server.call(.get, "/v1/customers/", token: "A_expired")
            #expect(polar.status == .tooManyRequests && polar.json.text("error") == "TooManyRequests")
            #expect(polar.header("Retry-After") == "1")
            #expect(try await Self.read(server).status == .ok)
            #expect(try await Self.read(server, token: "B").status == .ok)
            #expect(try await server.call(.get, "/v1/customers/", token: nil).status == .unauthorized)
            server.clock.pass(seconds: 2)
            #expect(try await attempt("kdv_live_other").status == .unauthorized)
            #expect(try await attempt("clientele_oat_other").status == .unauthorized)
            #expect(try await attempt("kdv_live_other").status == .tooManyRequests)
        }
    }

    /// Two servers let by what one would, give or take a tenth; afterwards as many as come back.
    @Test func holdsTwoServersToOneLimit() async throws {
        try await withTwoServers(.postgres) { server in
            try await server.setLimits(reads: 400, writes: 400)
            let first = try await atOnce(600) { index in
                try await Self.read(server, token: index % 3 == 0 ? "A" : "kirim_A").status
            }
            #expect(Set(first) == [.ok, .tooManyRequests])
            #expect(360...440 ~= first.filter { $0 == .ok }.count)
            server.clock.pass(seconds: 30)
            let second = try await atOnce(300) { _ in try await Self.read(server).status }
            #expect(160...240 ~= second.filter { $0 == .ok }.count)
            #expect(try await Self.read(server, token: "B").status == .ok)
        }
    }
}
