import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ClienteleServer

/// Every route of Polar's that changes something heeds an idempotency key.
struct IdempotencyRouteTests {
    private static let routes = RouteCoverageTests.routes
        .map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        .filter { !$0.hasPrefix("GET ") && $0 != "POST customers/state/query" }

    @Test func knowsTheRoutes() { #expect(Self.routes.count == 29) }

    @Test(arguments: routes)
    func takesEffectOnce(_ route: String) async throws {
        try await withServer { server in
            let customer = try await RouteCustomer(on: server)
            let endpoint = try #require(customer.endpoints.first { "\($0.method.rawValue) \($0.path)" == route })
            let keyed = server.withKey("k")
            let before = try await Self.snapshot(server)
            let first = try await customer.call(endpoint, on: keyed, token: "A")
            #expect(first.status.kind == .successful && first.replayed == "false", "\(first.text)")
            let after = try await Self.snapshot(server)
            #expect(after != before || route == "POST products/:id/benefits")
            server.clock.pass(seconds: 10)
            for token in ["A", try #require(endpoint.accepted.last).rawValue] {
                let again = try await customer.call(endpoint, on: keyed, token: token)
                #expect(again.status == first.status && again.replayed == "true")
                #expect(again.text == first.text)
                for field in first.headers where field.name.rawName.lowercased() != "x-request-id" {
                    let isMark = field.name.rawName == "Idempotent-Replayed"
                    #expect(again.headers[field.name] == (isMark ? "true" : field.value), "\(field.name)")
                }
            }
            try await Self.refuseOthers(endpoint, customer, keyed)
            #expect(try await Self.snapshot(server) == after)
        }
    }

    /// The key's other calls are refused, whether it is the body that differs or the query.
    private static func refuseOthers(
        _ endpoint: PolarEndpoint,
        _ customer: RouteCustomer,
        _ keyed: TestServer
    ) async throws {
        let others = [
            keyed.changing { $0.uri += "?other=1" },
            keyed.changing { $0.body = $0.body.map { #"{"other":1,"# + $0.drop { $0 == " " }.dropFirst() } },
        ]
        for other in endpoint.takesBody ? others : Array(others.prefix(1)) {
            let answer = try await customer.call(endpoint, on: other, token: "A")
            #expect(answer.status == .unprocessableContent)
            #expect(answer.json.text("error") == "IdempotencyKeyReused" && answer.names == ["error", "detail"])
        }
    }

    /// A call that was refused is refused again by the same words, and a key that is none stops every route.
    @Test func repeatsARefusal() async throws {
        try await withServer { server in
            let customer = try await RouteCustomer(on: server)
            let before = try await Self.snapshot(server)
            for route in Self.routes {
                let endpoint = try #require(customer.endpoints.first { "\($0.method.rawValue) \($0.path)" == route })
                for key in ["", String(repeating: "k", count: 256)] {
                    let answer = try await customer.call(endpoint, on: server.withKey(key), token: "A")
                    #expect(answer.issues.map { $0.hasSuffix(" header.Idempotency-Key") } == [true], "\(route)")
                }
                let wrong = server.withKey(route).changing {
                    $0.body = $0.body.map { _ in "[]" }
                    if $0.body == nil {
                        $0.uri = $0.uri.replacing(/[0-9a-f-]{36}|team|bob/, with: unknownID)
                    }
                }
                let first = try await customer.call(endpoint, on: wrong, token: "A")
                #expect(400..<500 ~= first.status.code && first.replayed == "false", "\(route): \(first.text)")
                let again = try await customer.call(endpoint, on: wrong, token: "A")
                #expect(again.status == first.status && again.text == first.text, "\(route)")
                #expect(again.replayed == "true", "\(route)")
            }
            #expect(try await Self.snapshot(server) == before)
        }
    }

    /// All that organization A sees.
    private static func snapshot(_ server: TestServer) async throws -> [String] {
        var texts: [String] = []
        for path in [
            "customers", "members", "meters", "benefits", "products", "subscriptions", "benefit-grants", "events",
            "customer-meters", "webhooks/endpoints",
        ] {
            texts.append(try await server.call(.get, "/v1/\(path)?limit=100").text)
        }
        let events = try await server.store.webhookEvents(
            of: server.organizationA,
            endpoint: nil,
            .polar,
            before: nil,
            limit: 100
        )
        return texts + events.map { "\($0.id) \($0.isPending)" }
    }
}

extension TestServer {
    /// The same server, each of whose requests bears that idempotency key.
    fileprivate func withKey(_ key: String) -> TestServer {
        changing { request in
            for field in keyed(key) { request.headers[field.name] = field.value }
        }
    }
}
