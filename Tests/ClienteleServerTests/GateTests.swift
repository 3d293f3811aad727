import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ClienteleServer

/// What a plan lets an organization do, in both dialects.
struct GateTests {
    /// What is refused, whichever dialect says so: `402 QuotaExceeded` or `402 quota_exceeded`.
    private static func denial(_ answer: TestResponse) -> String {
        let polar = answer.json["error"]?.string
        return "\(answer.status.code) " + (polar ?? answer.json["error"]?.text("code") ?? "")
    }

    private static func create(_ server: TestServer, _ index: Int, byKirim: Bool) async throws -> TestResponse {
        if byKirim { return try await server.kirim(.post, "/v1/customers", #"{"name":"N\#(index)"}"#) }
        return try await server.call(.post, "/v1/customers/", body: #"{"email":"n\#(index)@b.co"}"#)
    }

    /// How many of 200 creates at once are by Kirim's dialect.
    @Test(arguments: [0, 100, 200])
    func letsInExactlyAsManyAsThereIsRoomFor(_ byKirim: Int) async throws {
        try await withServer { server in
            try await server.liftLimits()
            try await server.setPlan(Plan(customersMax: 100))
            let answers = try await atOnce(200) { index in
                try await Self.create(server, index, byKirim: (index * 100 + 50) % 200 < byKirim)
            }
            #expect(answers.filter { $0.status == .created }.count == 100)
            let denials = Set(answers.filter { $0.status != .created }.map(Self.denial))
            let expected = (byKirim > 0 ? ["402 quota_exceeded"] : []) + (byKirim < 200 ? ["402 QuotaExceeded"] : [])
            #expect(denials.isSubset(of: expected) && !denials.isEmpty)
            let list = try await server.call(.get, "/v1/customers/?limit=1")
            #expect(list.json["pagination"]?["total_count"] == 100)
            #expect(try await server.kirim(.get, "/v1/customers?limit=100").json["has_more"] == false)
        }
    }

    @Test func makesRoomByDeletingAndNotByArchiving() async throws {
        try await withServer { server in
            try await server.setPlan(Plan(customersMax: 2))
            let first = try await Self.create(server, 0, byKirim: true).data.id
            _ = try await Self.create(server, 1, byKirim: false)
            for byKirim in [false, true] {
                #expect(Self.denial(try await Self.create(server, 2, byKirim: byKirim)).hasPrefix("402 "))
            }
            _ = try await server.kirim(.delete, "/v1/customers/\(first)")
            #expect(Self.denial(try await Self.create(server, 2, byKirim: true)) == "402 quota_exceeded")
            #expect(try await server.call(.delete, "/v1/customers/\(Spelling.uuid(first))").status == .noContent)
            #expect(try await Self.create(server, 2, byKirim: true).status == .created)
            #expect(Self.denial(try await Self.create(server, 3, byKirim: false)) == "402 QuotaExceeded")
        }
    }

    /// A new limit holds at once, also below what there is; what there is can still be used.
    @Test func heedsTheLimitOnCustomersAtOnce() async throws {
        try await withServer { server in
            let id = try await server.customerID("n0@b.co")
            _ = try await Self.create(server, 1, byKirim: true)
            try await server.policies.setPlan(Plan(customersMax: 1), of: server.organizationA)
            #expect(Self.denial(try await Self.create(server, 2, byKirim: false)) == "402 QuotaExceeded")
            #expect(try await server.patch(id, #"{"name":"X"}"#).status == .ok)
            #expect(try await server.kirimPatch(Spelling.kirimID(id), #"{"name":"Y"}"#).text("name") == "Y")
            #expect(
                try await server.call(.post, "/v1/customers/", token: "B", body: #"{"email":"b@b.co"}"#).status
                    == .created
            )
            try await server.policies.setPlan(Plan(customersMax: 3), of: server.organizationA)
            #expect(try await Self.create(server, 2, byKirim: false).status == .created)
            try await server.policies.setPlan(nil, of: server.organizationA)
            for index in 3..<6 { #expect(try await Self.create(server, index, byKirim: index == 4).status == .created) }
        }
    }

    /// An upsert is a creation only where there is nothing yet.
    @Test func letsAnUpsertChangeWhatThereIs() async throws {
        try await withServer { server in
            func upsert(_ id: String, _ email: String) async throws -> TestResponse {
                let body = #"{"email":"\#(email)","name":"N"}"#
                return try await server.call(.put, "/v1/customers/external/\(id)", body: body)
            }
            try await server.setPlan(Plan(customersMax: 1))
            #expect(try await upsert("one", "a@b.co").status == .created)
            #expect(try await upsert("one", "c@b.co").status == .ok)
            let refused = try await upsert("two", "d@b.co")
            #expect(Self.denial(refused) == "402 QuotaExceeded" && refused.names == ["error", "detail"])
            #expect(try await server.emails("") == ["c@b.co"])
        }
    }

    @Test func gatesNothingWithoutAPlan() async throws {
        try await withServer { server in
            for plan in [nil, Plan(), nil] {
                try await server.setPlan(plan)
                #expect(try await server.kirim(.post, "/v1/customers", #"{"name":"A"}"#).status == .created)
                for (_, path) in Self.routes { #expect(try await server.call(.get, path).status == .ok, "\(path)") }
            }
            try await server.setPlan(Plan(withheld: Set(Plan.Feature.allCases)), of: server.organizationB)
            for (_, path) in Self.routes { #expect(try await server.call(.get, path).status == .ok, "\(path)") }
        }
    }

    /// A route of each part of the API; some parts have several lists.
    private static let routes: [(Plan.Feature, String)] = [
        (.customers, "/v1/customers/"), (.customers, "/v1/customers/export"), (.members, "/v1/members/"),
        (.products, "/v1/products/"), (.benefits, "/v1/benefits/"), (.benefits, "/v1/benefit-grants/"),
        (.subscriptions, "/v1/subscriptions/"), (.meters, "/v1/meters/"), (.meters, "/v1/customer-meters/"),
        (.events, "/v1/events/"), (.webhooks, "/v1/changes"), (.webhooks, "/v1/webhooks/endpoints"),
    ]

    @Test(arguments: Plan.Feature.allCases)
    func withholdsOnePartOfTheAPI(_ feature: Plan.Feature) async throws {
        try await withServer { server in
            try await server.setPlan(Plan(withheld: [feature]))
            for (part, path) in Self.routes {
                let answer = try await server.call(.get, path)
                guard part == feature else {
                    #expect(answer.status == .ok, "\(path)")
                    continue
                }
                #expect(Self.denial(answer) == "402 FeatureNotEntitled", "\(path)")
                #expect(answer.names == ["error", "detail"])
                #expect(answer.json.text("detail").contains(feature.rawValue))
            }
            let kirim = try await server.kirim(.get)
            #expect(Self.denial(kirim) == (feature == .customers ? "402 feature_not_entitled" : "200 "))
            #expect(try await server.call(.get, "/v1/members/", token: "B").status == .ok)
        }
    }

    /// Every route, with a body that it would accept.
    @Test(arguments: [false, true])
    func answersNothingToAnInactivePlan(_ isActive: Bool) async throws {
        try await withServer { server in
            let customer = try await RouteCustomer(on: server)
            let before = try await customer.everything(on: server)
            try await server.setPlan(Plan(withheld: isActive ? Set(Plan.Feature.allCases) : [], isActive: isActive))
            for endpoint in customer.endpoints {
                let answer = try await customer.call(endpoint, on: server, token: "A")
                let expected = isActive ? "402 FeatureNotEntitled" : "402 SubscriptionInactive"
                #expect(Self.denial(answer) == expected, "\(endpoint.method) \(endpoint.path)")
            }
            try await server.setPlan(nil)
            #expect(try await customer.everything(on: server) == before)
        }
    }

    /// A user's token goes on working where its organizations may.
    @Test(arguments: [Plan(withheld: [.customers]), Plan(isActive: false)])
    func letsAUserReachWhatIsNotDenied(_ plan: Plan) async throws {
        try await withServer { server in
            let a = try await server.customerID("a@b.co")
            let b = try await server.customerID("b@b.co", token: "B")
            #expect(try await server.emails("", token: "PAT_AB").count == 2)
            try await server.setPlan(plan)
            #expect(try await server.emails("", token: "PAT_AB") == ["b@b.co"])
            #expect(try await server.call(.get, "/v1/customers/\(a)", token: "PAT_AB").status == .notFound)
            #expect(try await server.patch(b, #"{"name":"X"}"#, token: "PAT_AB").status == .ok)
            try await server.setPlan(plan, of: server.organizationB)
            let expected = plan.isActive ? "402 FeatureNotEntitled" : "402 SubscriptionInactive"
            #expect(Self.denial(try await server.call(.get, "/v1/customers/", token: "PAT_AB")) == expected)
            try await server.setPlan(nil)
            #expect(try await server.emails("", token: "PAT_AB") == ["a@b.co"])
        }
    }

    /// A call that names no organization does not go to another one because the first is denied.
    @Test func putsNothingElsewhereForAUser() async throws {
        try await withServer { server in
            let body = #"{"email":"x@b.co"}"#
            for plan in [nil, Plan(isActive: false)] {
                try await server.setPlan(plan)
                let answer = try await server.call(.post, "/v1/customers/", token: "PAT_AB", body: body)
                #expect(answer.issues == ["missing body.organization_id"])
            }
            #expect(try await server.emails("", token: "B").isEmpty)
        }
    }

    /// Who may not come in at all is not told of a plan.
    @Test func asksForATokenFirst() async throws {
        try await withServer { server in
            try await server.setPlan(Plan(isActive: false))
            #expect(try await server.call(.get, "/v1/customers/", token: nil).status == .unauthorized)
            #expect(try await server.call(.get, "/v1/customers/", token: "A_expired").status == .unauthorized)
            #expect(try await server.call(.get, "/v1/customers/", token: "A_products").status == .forbidden)
            #expect(try await server.kirim(.get, token: "kirim_A_expired").status == .unauthorized)
        }
    }
}
