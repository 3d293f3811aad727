import ClienteleClient
import Foundation
import Synchronization
import Testing

/// What a client sends, how often, and what it makes of the answers.
struct CallTests {
    private let create = CustomerCreate(email: "ada@example.com")

    @Test func sendsWhoItIsAndWhatItWants() async throws {
        let server = ScriptedServer([.customer])
        _ = try await server.client().customers.create(create)
        let request = try #require(server.requests.first)
        #expect(request.head.method == .post)
        #expect(request.head.authority == "customers.example:8443")
        #expect(request.head.path == "/base/v1/customers/")
        #expect(request.head.headerFields[.authorization] == "Bearer token-1")
        #expect(request.head.headerFields[.userAgent]?.hasPrefix("clientele-swift/") == true)
        #expect(request.head.headerFields[.contentType] == "application/json")
        #expect(request.head.headerFields[named: "Polar-Version"] == "2026-04")
        #expect(
            request.body.map { String(decoding: $0, as: UTF8.self) }?.contains(#""email":"ada@example.com""#) == true
        )
    }

    @Test func leavesOutWhatStaysAndSendsNullForWhatIsCleared() async throws {
        let server = ScriptedServer([.customer])
        let id = UUID()
        _ = try await server.client().customers.update(id, CustomerUpdate(name: nil, locale: "de"))
        let body = try #require(server.requests.first?.body)
        #expect(String(decoding: body, as: UTF8.self) == #"{"name":null,"locale":"de"}"#)
        #expect(server.requests.first?.head.path == "/base/v1/customers/\(id.uuidString.lowercased())")
    }

    @Test(arguments: [
        ("a/b c?d", "/base/v1/customers/external/a%2Fb%20c%3Fd"), ("..", "/base/v1/customers/external/%2E%2E"),
        ("é", "/base/v1/customers/external/%C3%A9"),
    ])
    func escapesWhatAPathCannotHave(_ externalID: String, _ path: String) async throws {
        let server = ScriptedServer([.customer])
        _ = try await server.client().customers.getExternal(externalID)
        #expect(server.requests.first?.head.path == path)
    }

    @Test func triesAReadAgainAndWaitsAsLongAsItIsAsked() async throws {
        let server = ScriptedServer([.status(503), .status(429, ["retry-after": "7"]), .customer])
        _ = try await server.client().customers.get(UUID())
        #expect(server.requests.count == 3)
        // Half of the bound of 250 ms; then 7 s and some more.
        #expect(server.waits == [.milliseconds(125), .seconds(7) + .milliseconds(250)])
    }

    @Test func readsAgainWhatBrokeOffOnItsWay() async throws {
        let server = ScriptedServer([.breaksOff, .customer])
        _ = try await server.client().customers.get(UUID())
        #expect(server.requests.count == 2)
    }

    @Test func createsOnceHoweverOftenItTries() async throws {
        let server = ScriptedServer([.status(502), .fails, .customer])
        _ = try await server.client().customers.create(create)
        let keys = server.requests.map { $0.head.headerFields[named: "Idempotency-Key"] }
        #expect(keys.count == 3)
        #expect(Set(keys).count == 1)
        #expect(keys[0]?.isEmpty == false)
    }

    @Test func usesTheKeyThatItIsGiven() async throws {
        let server = ScriptedServer([.customer])
        _ = try await server.client().customers.create(create, options: RequestOptions(idempotencyKey: "signup-7"))
        #expect(server.requests.first?.head.headerFields[named: "Idempotency-Key"] == "signup-7")
    }

    @Test func triesNoCreateAgainThatAServerWithoutKeysMayHaveDone() async throws {
        let server = ScriptedServer([.status(502), .customer])
        let error = await failure {
            () async throws(ClienteleError) in try await server.client(.polar).customers.create(create)
        }
        #expect(error?.status == 502)
        #expect(server.requests.count == 1)
        #expect(server.requests.first?.head.headerFields[named: "Idempotency-Key"] == nil)
    }

    @Test func triesAnyCallAgainThatWasNotDone() async throws {
        let server = ScriptedServer([.status(429), .unreachable, .customer])
        _ = try await server.client(.polar).customers.create(create)
        #expect(server.requests.count == 3)
    }

    @Test func givesUpInTheEnd() async throws {
        let server = ScriptedServer(Array(repeating: .status(503), count: 9))
        let error = await failure { () async throws(ClienteleError) in try await server.client().customers.get(UUID()) }
        guard case .server(let response)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(response.status == 503)
        #expect(server.requests.count == 4)
    }

    @Test func leavesLongWaitsToTheCaller() async throws {
        let server = ScriptedServer([.status(429, ["retry-after": "3600"]), .customer])
        let error = await failure { () async throws(ClienteleError) in try await server.client().customers.get(UUID()) }
        guard case .rateLimited(let retryAfter, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(retryAfter == .seconds(3_600))
        #expect(server.waits == [])
    }

    @Test(arguments: [400, 401, 402, 403, 404, 409, 410, 412, 422])
    func triesNothingAgainThatWasRefused(_ status: Int) async throws {
        let server = ScriptedServer([.status(status), .customer])
        let error = await failure { () async throws(ClienteleError) in try await server.client().customers.get(UUID()) }
        #expect(error?.status == status)
        #expect(server.requests.count == 1)
    }

    @Test func keepsTheBodyAndTheIDOfARefusal() async throws {
        let body = #"{"detail":[{"loc":["body","name"],"msg":"too long","type":"string_too_long"}]}"#
        let server = ScriptedServer([.status(422, ["x-request-id": "req-9"], body)])
        let error = await failure { () async throws(ClienteleError) in
            try await server.client().customers.create(create)
        }
        #expect(error?.issues == ["string_too_long body.name"])
        #expect(error?.response?.requestID == "req-9")
        #expect(error?.response.map { String(decoding: $0.body, as: UTF8.self) } == body)
        #expect(error.map { "\($0)" } == "body.name: too long")
    }

    @Test func saysWhereAnAnswerCannotBeRead() async throws {
        let server = ScriptedServer([
            .status(200, [:], #"{"items":[{"id":7}],"pagination":{"total_count":1,"max_page":1}}"#)
        ])
        let error = await failure { () async throws(ClienteleError) in try await server.client().customers.list().page()
        }
        guard case .decoding(let path, let reason, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == "items.0.id")
        #expect(reason == "is not a UUID")
    }

    @Test func stopsWhenItsTaskIsCancelled() async throws {
        let server = ScriptedServer([.hangs])
        let client = server.client()
        let task = Task { () -> ClienteleError? in
            await failure { () async throws(ClienteleError) in try await client.customers.get(UUID()) }
        }
        await server.untilAsked()
        task.cancel()
        guard case .cancelled? = await task.value else {
            Issue.record("The call went on.")
            return
        }
    }

    @Test func passesMiddlewaresFromTheOutermost() async throws {
        struct Tag: ClientMiddleware {
            let name: String

            func intercept(
                _ request: ClientRequest,
                next: @Sendable (ClientRequest) async throws -> ClientResponse
            ) async throws -> ClientResponse {
                var request = request
                let tags = request.head.headerFields[named: "x-tags"] ?? ""
                request.head.headerFields[named: "x-tags"] = tags + name
                return try await next(request)
            }
        }
        let server = ScriptedServer([.status(503), .customer])
        var configuration = ClienteleClient.Configuration()
        configuration.middlewares = [Tag(name: "a"), Tag(name: "b")]
        _ = try await server.client(configuration: configuration).customers.get(UUID())
        #expect(server.requests.map { $0.head.headerFields[named: "x-tags"] } == ["ab", "ab"])
    }

    @Test func asksForTheTokenBeforeEachAttempt() async throws {
        let server = ScriptedServer([.status(503), .customer])
        _ = try await server.client().customers.get(UUID())
        #expect(server.requests.map { $0.head.headerFields[.authorization] } == ["Bearer token-1", "Bearer token-2"])
    }

    @Test func walksPagesUntilTheLast() async throws {
        let server = ScriptedServer([.page(of: 2, max: 3), .page(of: 1, max: 3), .page(of: 2, max: 3)])
        var count = 0
        for try await _ in server.client().customers.list(limit: 2) { count += 1 }
        #expect(count == 5)
        #expect(
            server.requests.map { $0.head.path?.split(separator: "?").last } == [
                "page=1&limit=2", "page=2&limit=2", "page=3&limit=2",
            ]
        )
    }

    @Test func readsWaysOfPaying() async throws {
        let card =
            #"{"id":"23eb134d-9003-44a7-9d4a-38f1a8036b23","created_at":"2026-01-02T03:04:05Z","modified_at":null,"#
            + #""processor":"stripe","customer_id":"f9ec1797-5370-42ae-b7a9-c28415a296b6","type":"card","#
            + #""method_metadata":{"brand":"visa","last4":"4242"},"is_default":true}"#
        let body = #"{"items":[\#(card)],"pagination":{"total_count":1,"max_page":1}}"#
        let server = ScriptedServer([.status(200, [:], body)])
        let page = try await server.client().customers.paymentMethods(of: .externalID("ada")).page()
        #expect(page.items.first?.methodMetadata?["last4"] == "4242")
        #expect(page.items.first?.isDefault == true)
        #expect(server.requests.first?.head.path == "/base/v1/customers/external/ada/payment-methods?page=1")
    }

    @Test func readsCustomersOfOlderShapes() throws {
        let text =
            #"{"id":"23eb134d-9003-44a7-9d4a-38f1a8036b23","created_at":"2024-01-02T03:04:05+02:00","email":"a@b.co","organization_id":"f9ec1797-5370-42ae-b7a9-c28415a296b6","tax_id":"FR61954506077"}"#
        let customer = try Customer(wireText: text)
        #expect(customer.type == .individual)
        #expect(customer.taxID?.number == "FR61954506077")
        #expect(customer.taxID?.format == nil)
        #expect(customer.createdAt == Date(timeIntervalSince1970: 1_704_157_445))
    }

    @Test func readsWordsThatItDoesNotKnow() throws {
        let word: CustomerType = "household"
        let text =
            #"{"id":"23eb134d-9003-44a7-9d4a-38f1a8036b23","created_at":"2024-01-02T03:04:05Z","type":"household","organization_id":"f9ec1797-5370-42ae-b7a9-c28415a296b6"}"#
        #expect(try Customer(wireText: text).type == word)
    }
}
