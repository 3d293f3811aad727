import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ClienteleServer

/// What a token of several organizations means to plans, limits and idempotency keys, and what else a keyed call depends on.
struct UserTokenTests {
    @Test func isCountedForEachOfItsOrganizations() async throws {
        try await withServer { server in
            let limits = CallLimits(readsPerMinute: 5, writesPerMinute: nil)
            try await server.policies.setLimits(limits, of: server.organizationB)
            var statuses: [Int] = []
            for _ in 0..<6 {
                statuses.append(try await server.call(.get, "/v1/customers", token: "PAT_AB").status.code)
            }
            #expect(statuses == [200, 200, 200, 200, 200, 429])
            #expect(try await server.call(.get, "/v1/customers", token: "B").status == .tooManyRequests)
            #expect(try await server.call(.get, "/v1/customers", token: "A").status == .ok)
        }
    }

    @Test func isToldWhenAnOrganizationThatItNamesMayNotBeUsed() async throws {
        try await withServer { server in
            try await server.policies.setPlan(Plan(isActive: false), of: server.organizationA)
            func create(in organization: Organization.ID) async throws -> Int {
                let body = #"{"email":"a@example.com","organization_id":"\#(organization)"}"#
                return try await server.call(.post, "/v1/customers", token: "PAT_AB", body: body).status.code
            }
            #expect(try await create(in: server.organizationA) == 402)
            #expect(try await create(in: server.organizationB) == 201)
        }
    }

    /// One organization's token gets nothing that was answered to one of several, though the key is of the same organization.
    @Test func sharesNoAnswerWithATokenOfFewerOrganizations() async throws {
        try await withServer { server in
            let body = #"{"email":"b@example.com","external_id":"x"}"#
            #expect(try await server.call(.post, "/v1/customers", token: "B", body: body).status == .created)
            let headers: HTTPFields = [.idempotencyKey: "k"]
            let first = try await server.call(
                .patch,
                "/v1/customers/external/x",
                token: "PAT_AB",
                body: #"{"name":"N"}"#,
                headers: headers
            )
            #expect(first.status == .ok)
            for token in ["A", "B"] {
                let answer = try await server.call(
                    .patch,
                    "/v1/customers/external/x",
                    token: token,
                    body: #"{"name":"N"}"#,
                    headers: headers
                )
                #expect(!answer.text.contains("b@example.com") || token == "B", "\(answer.text)")
            }
        }
    }

    @Test func aKeyIsOfTheVersionThatWasExpected() async throws {
        try await withServer { server in
            let made = try await server.call(.post, "/v1/customers", body: #"{"email":"a@example.com"}"#)
            let id = try #require(made.json["id"]?.string)
            let tag = try #require(made.headers[.eTag])
            func patch(_ expected: String) async throws -> (Int, String?) {
                let answer = try await server.call(
                    .patch,
                    "/v1/customers/\(id)",
                    body: #"{"name":"N"}"#,
                    headers: [.idempotencyKey: "k", .ifMatch: expected]
                )
                return (answer.status.code, answer.json["error"]?.string)
            }
            #expect(try await patch("\"1\"") == (412, "PreconditionFailed"))
            #expect(try await patch(tag) == (422, "IdempotencyKeyReused"))
        }
    }

    @Test func anonymizingDestroysWhatWasKeptAboutACustomer() async throws {
        try await withServer { server in
            func create() async throws -> (id: String?, replayed: String?) {
                let answer = try await server.call(
                    .post,
                    "/v1/customers",
                    body: #"{"email":"a@example.com"}"#,
                    headers: [.idempotencyKey: "k"]
                )
                return (answer.json["id"]?.string, answer.headers[.idempotentReplayed])
            }
            let first = try await create()
            let id = try #require(first.id)
            #expect(try await create() == (id, "true"))
            #expect(try await server.call(.delete, "/v1/customers/\(id)?anonymize=true").status == .noContent)
            let second = try await create()
            #expect(second.replayed == "false" && second.id != id)
        }
    }

    @Test func kirimAnswersHeadWithoutABody() async throws {
        try await withServer { server in
            let answer = try await server.call(.head, "/v1/customers", token: "kirim_A")
            #expect(answer.status == .ok && answer.text.isEmpty)
            #expect(answer.headers.contains { $0.name.canonicalName == "x-ratelimit-limit" && $0.value == "600" })
        }
    }
}
