import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Many calls of one idempotency key at once, and what lies between them.
struct IdempotencyRaceTests {
    private static let callers = 200

    /// Sends one create many times at once, and checks that it was done once.
    private static func race(_ server: TestServer, _ token: String) async throws {
        try await server.liftLimits()
        let answers = try await atOnce(callers) { _ in
            try await IdempotencyTests.create(server, "k", token: token)
        }
        #expect(Set(answers.map(\.status)) == [.created])
        #expect(Set(answers.map(\.text)).count == 1)
        #expect(answers.filter { $0.replayed == "false" }.count == 1)
        #expect(answers.filter { $0.replayed == "true" }.count == callers - 1)
        #expect(try await server.call(.get, "/v1/customers/").items.count == 1)
    }

    @Test(arguments: ["kirim_A", "A"])
    func makeOneCustomer(_ token: String) async throws {
        try await withServer { try await Self.race($0, token) }
    }

    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres], ["kirim_A", "A"])
    func makeOneCustomerOnTwoServers(_ engine: TestEngine, _ token: String) async throws {
        try await withTwoServers(engine) { try await Self.race($0, token) }
    }

    /// Calls of one key that ask for different things: one is done, and the others of its kind get its answer.
    @Test(arguments: ["kirim_A", "A"])
    func doOneOfSeveralCalls(_ token: String) async throws {
        try await withServer { server in
            try await server.liftLimits()
            let answers = try await atOnce(100) { index in
                try await IdempotencyTests.create(server, "k", token: token, name: "N\(index % 4)")
            }
            let made = answers.filter { $0.status == .created }
            #expect(made.count == 25 && Set(made.map(\.text)).count == 1)
            #expect(answers.filter { $0.status == .unprocessableContent }.count == 75)
            #expect(try await server.call(.get, "/v1/customers/").items.count == 1)
        }
    }

    /// Refusals, too, are one: whoever comes first.
    @Test func repeatOneRefusal() async throws {
        try await withServer { server in
            _ = try await server.customerID("ada@b.co")
            let answers = try await atOnce(100) { _ in try await IdempotencyTests.create(server, "k", token: "A") }
            #expect(Set(answers.map(\.text)).count == 1, "\(Set(answers.map(\.text)))")
            #expect(answers.allSatisfy { $0.issues == ["value_error body.email"] })
            #expect(answers.filter { $0.replayed == "false" }.count == 1)
        }
    }

    @Test func countEventsOnce() async throws {
        try await withServer { server in
            let body = #"{"events":[{"name":"call","external_customer_id":"e"}]}"#
            let answers = try await atOnce(100) { _ in
                try await server.call(.post, "/v1/events/ingest", body: body, headers: keyed("k"))
            }
            #expect(Set(answers.map(\.text)) == [#"{"inserted":1,"duplicates":0}"#])
            #expect(try await server.call(.get, "/v1/events/").items.count == 1)
        }
    }

    /// With keys of their own, calls are not held up, nor mixed up.
    @Test func keepManyKeysApart() async throws {
        try await withServer { server in
            try await server.liftLimits()
            let answers = try await atOnce(200) { index in
                try await IdempotencyTests.create(server, "k\(index / 2)", name: "N\(index / 2)")
            }
            for index in 0..<100 {
                let pair = answers[2 * index..<2 * index + 2]
                #expect(Set(pair.map(\.text)).count == 1 && pair.first?.data.text("name") == "N\(index)")
            }
            #expect(try await server.call(.get, "/v1/customers/").json["pagination"]?["total_count"] == 100)
        }
    }

    /// Where the plan has room for one more, that one is the key's: its other calls are no further customers.
    @Test func useOnePlaceOfThePlan() async throws {
        try await withServer { server in
            try await server.liftLimits()
            try await server.setPlan(Plan(customersMax: 1))
            let answers = try await atOnce(50) { _ in try await IdempotencyTests.create(server, "k") }
            #expect(Set(answers.map(\.status)) == [.created] && Set(answers.map(\.text)).count == 1)
        }
    }

    /// The key of a user's token is the token's own: it stays where it was when a plan leaves the token fewer organizations.
    @Test func areOneAlsoWhenAPlanEndsBetweenThem() async throws {
        try await withServer { server in
            let body = #"{"email":"t@b.co","type":"team","organization_id":"\#(server.organizationB.text)"}"#
            func call() async throws -> TestResponse {
                try await server.call(.post, "/v1/customers/", token: "PAT_AB", body: body, headers: keyed("k"))
            }
            let first = try await call()
            #expect(first.status == .created && first.replayed == "false")
            try await server.setPlan(Plan(isActive: false))
            let again = try await call()
            #expect(again.text == first.text && again.replayed == "true")
        }
    }
}
