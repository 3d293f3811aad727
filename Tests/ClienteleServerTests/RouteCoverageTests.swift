import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ClienteleServer

/// Compares what must be complete with what the program says of itself.
///
/// A new route fails these tests until it is in the list, with its scopes and a request that it accepts.
struct RouteCoverageTests {
    /// Every route of Polar's surface, under `/v1/`, and the resource whose scopes it wants.
    static let routes = [
        "DELETE benefits/:id benefits",
        "DELETE customers/:id customers",
        "DELETE customers/:id/members/:member members",
        "DELETE customers/external/:external_id customers",
        "DELETE customers/external/:external_id/members/:member members",
        "DELETE subscriptions/:id subscriptions",
        "DELETE webhooks/endpoints/:id webhooks",
        "GET benefit-grants benefits",
        "GET benefits benefits",
        "GET benefits/:id benefits",
        "GET benefits/:id/grants benefits",
        "GET changes webhooks",
        "GET changes/stream webhooks",
        "GET customer-meters customer_meters",
        "GET customer-meters/:id customer_meters",
        "GET customers customers",
        "GET customers/:id customers",
        "GET customers/:id/benefits/:key customers",
        "GET customers/:id/members/:member members",
        "GET customers/:id/payment-methods customers",
        "GET customers/:id/state customers",
        "GET customers/export customers",
        "GET customers/external/:external_id customers",
        "GET customers/external/:external_id/benefits/:key customers",
        "GET customers/external/:external_id/members/:member members",
        "GET customers/external/:external_id/payment-methods customers",
        "GET customers/external/:external_id/state customers",
        "GET events events",
        "GET events/:id events",
        "GET members members",
        "GET meters meters",
        "GET meters/:id meters",
        "GET products products",
        "GET products/:id products",
        "GET subscriptions subscriptions",
        "GET subscriptions/:id subscriptions",
        "GET webhooks/deliveries webhooks",
        "GET webhooks/endpoints webhooks",
        "GET webhooks/endpoints/:id webhooks",
        "PATCH benefits/:id benefits",
        "PATCH customers/:id customers",
        "PATCH customers/:id/members/:member members",
        "PATCH customers/external/:external_id customers",
        "PATCH customers/external/:external_id/members/:member members",
        "PATCH meters/:id meters",
        "PATCH products/:id products",
        "PATCH subscriptions/:id subscriptions",
        "PATCH webhooks/endpoints/:id webhooks",
        "PATCH webhooks/endpoints/:id/secret webhooks",
        "POST benefits benefits",
        "POST customers customers",
        "POST customers/:id/members members",
        "POST customers/external/:external_id/members members",
        "POST customers/state/query customers",
        "POST events/ingest events",
        "POST meters meters",
        "POST products products",
        "POST products/:id/benefits products",
        "POST subscriptions subscriptions",
        "POST webhooks/endpoints webhooks",
        "POST webhooks/events/:id/redeliver webhooks",
        "PUT customers/external/:external_id customers",
    ]

    static let otherRoutes = ["GET /healthz", "GET /metrics", "GET /readyz", "GET /v1/health"]

    /// A route whose answer never ends, which has tests of its own.
    private static let endless = "GET changes/stream"

    @Test func knowsEveryRoute() async throws {
        try await withEndpoints { endpoints in
            let found = endpoints.map { "\($0.method.rawValue) \($0.path) \($0.resource)" }
            #expect(found.sorted() == Self.routes)
        }
    }

    /// A route that reads takes `x:read` or `x:write`, one that writes only `x:write`.
    @Test func wantsTheScopesOfItsResource() async throws {
        try await withEndpoints { endpoints in
            for endpoint in endpoints {
                let read = "\(endpoint.resource):read"
                let write = "\(endpoint.resource):write"
                let expected =
                    endpoint.resource == "customer_meters" ? [read] : endpoint.reads ? [read, write] : [write]
                #expect(endpoint.accepted.map(\.rawValue).sorted() == expected, "\(endpoint.method) \(endpoint.path)")
            }
        }
    }

    /// Asks every path of the router for every method: what is no route answers 405, and what is one does not.
    @Test func addsNoRouteBesides() async throws {
        let polar = Self.routes.map { $0.split(separator: " ") }
        let expected = polar.flatMap { ["\($0[0]) /v1/\($0[1])", "\($0[0]) /api/v1/\($0[1])"] } + Self.otherRoutes
        let paths = Set(expected.compactMap { $0.split(separator: " ").last.map(String.init) })
        try await withServices { services in
            let metrics = PrometheusMetrics()
            let requests = HTTPMetrics(factory: metrics)
            let router = polarRouter(services: services, metrics: metrics, requests: requests)
            let found = router.routes.map { $0.path.description.replacing("{", with: ":").replacing("}", with: "") }
            #expect(Set(found) == paths)
        }
        try await withServer { server in
            var found: [String] = []
            for path in paths {
                for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
                    let method = try #require(HTTPRequest.Method(method))
                    let response = try await server.call(method, path, token: nil)
                    if response.status != .methodNotAllowed { found.append("\(method.rawValue) \(path)") }
                }
            }
            #expect(found.sorted() == expected.sorted())
        }
    }

    @Test func refusesEveryEndpointWithoutAToken() async throws {
        try await withCustomer { server, customer in
            for endpoint in customer.endpoints {
                let response = try await customer.call(endpoint, on: server, token: nil)
                #expect(response.status == .unauthorized, "\(endpoint.method) \(endpoint.path)")
                #expect(response.text == AuthTests.unauthorized, "\(endpoint.method) \(endpoint.path)")
            }
        }
    }

    @Test(arguments: ["A_expired", "unknown"])
    func refusesEveryEndpointWithAnUnusableToken(_ token: String) async throws {
        try await withCustomer { server, customer in
            for endpoint in customer.endpoints {
                // Whoever tries many bad tokens in a short time is told to wait.
                server.clock.pass(seconds: 1)
                let response = try await customer.call(endpoint, on: server, token: token)
                #expect(response.status == .unauthorized, "\(endpoint.method) \(endpoint.path)")
                #expect(response.text == AuthTests.invalidToken, "\(endpoint.method) \(endpoint.path)")
            }
        }
    }

    @Test func refusesEveryEndpointToAForeignScope() async throws {
        try await withCustomer { server, customer in
            for endpoint in customer.endpoints {
                let foreign = endpoint.resource == "customers" ? "members:write" : "customers:write"
                for token in [endpoint.resource == "products" ? "meters:read" : "A_products", foreign] {
                    let response = try await customer.call(endpoint, on: server, token: token)
                    #expect(response.status == .forbidden, "\(endpoint.method) \(endpoint.path) for \(token)")
                    #expect(response.text == AuthTests.insufficientScope)
                }
            }
        }
    }

    @Test func letsAReaderReadAndNeverWrite() async throws {
        try await withCustomer { server, customer in
            for endpoint in customer.endpoints where endpoint.ends {
                let response = try await customer.call(endpoint, on: server, token: "\(endpoint.resource):read")
                let expected = endpoint.reads ? HTTPResponse.Status.ok : .forbidden
                #expect(response.status == expected, "\(endpoint.method) \(endpoint.path)")
            }
        }
    }

    /// Each call finds the customer as it was made.
    @Test(arguments: routes.filter { !$0.hasPrefix(endless) })
    func letsAWriterDoAll(_ route: String) async throws {
        try await withServer { server in
            let customer = try await RouteCustomer(on: server)
            let endpoint = try #require(customer.endpoints.first { "\($0.method.rawValue) \($0.path)" == route.route })
            let scope = try #require(endpoint.accepted.last).rawValue
            let response = try await customer.call(endpoint, on: server, token: scope)
            #expect(response.status.kind == .successful, "\(response.text)")
        }
    }

    /// What another organization has is not there: 404, and an empty list.
    @Test func hidesACustomerFromOtherOrganizations() async throws {
        try await withCustomer { server, customer in
            for endpoint in customer.endpoints where endpoint.ends {
                let response = try await customer.call(endpoint, on: server, token: "B")
                let name = "\(endpoint.method.rawValue) \(endpoint.path)"
                switch name {
                case "GET changes":
                    // Those of the customers that it made itself, and took away again.
                    #expect(response.status == .ok && !response.items.isEmpty)
                    #expect(
                        response.items.allSatisfy {
                            $0["data"]?["organization_id"]?.string != server.organizationA.text
                        }
                    )
                case _
                where endpoint.method == .get && !endpoint.path.contains(":") && !endpoint.path.hasSuffix("export"):
                    #expect(response.status == .ok)
                    #expect(response.text == #"{"items":[],"pagination":{"total_count":0,"max_page":0}}"#, "\(name)")
                case "POST customers/state/query":
                    #expect(response.text == #"{"items":[]}"#)
                case "POST meters", "POST benefits", "POST products", "POST events/ingest", "POST webhooks/endpoints":
                    // They make something of B's own.
                    #expect(response.status.kind == .successful, "\(name): \(response.text)")
                case "POST subscriptions":
                    #expect(response.issues == ["value_error body.product_id"], "\(name)")
                case "GET customers/export":
                    #expect(response.text.split(separator: "\r\n").count == 1)
                case "POST customers", "PUT customers/external/:external_id":
                    // They make a customer of B's own, which is taken away again.
                    #expect(response.json["organization_id"]?.string == server.organizationB.text, "\(name)")
                    let id = try #require(response.json["id"]?.string)
                    #expect(try await server.call(.delete, "/v1/customers/\(id)", token: "B").status == .noContent)
                default:
                    #expect(response.status == .notFound, "\(name)")
                    #expect(response.json["error"]?.string == "ResourceNotFound", "\(name)")
                }
                #expect(!response.text.contains(customer.id) && !response.text.contains("ada@"), "\(name)")
            }
        }
    }

    private func withServices(_ body: (Services) async throws -> Void) async throws {
        try await withStore { store in
            try await body(
                Services(store: store, isReady: { await store.isReady() })
            )
        }
    }

    private func withEndpoints(_ body: ([PolarEndpoint]) async throws -> Void) async throws {
        try await withServices { services in
            let endpoints = PolarRoutes(services: services).endpoints
            try #require(!endpoints.isEmpty)
            try await body(endpoints)
        }
    }

    /// Runs `body` with a customer of organization A, and checks that nothing about it was changed.
    private func withCustomer(
        _ body: @escaping @Sendable (TestServer, RouteCustomer) async throws -> Void
    ) async throws {
        try await withServer { server in
            let customer = try await RouteCustomer(on: server)
            let before = try await customer.everything(on: server)
            try await body(server, customer)
            #expect(try await customer.everything(on: server) == before)
        }
    }
}

extension PolarEndpoint {
    /// Whether its answer ends by itself.
    var ends: Bool { path != "changes/stream" }

    /// Whether the route changes nothing; one of them takes its question in a body.
    fileprivate var reads: Bool { method == .get || path == "customers/state/query" }

    /// The resource whose scopes the route wants: what stands before the colon in all of them.
    fileprivate var resource: String {
        Set(accepted.map { $0.rawValue.split(separator: ":").first.map(String.init) ?? "" }).sorted().joined(
            separator: "+"
        )
    }
}

extension String {
    /// The method and path of a line of the list.
    fileprivate var route: String { split(separator: " ").prefix(2).joined(separator: " ") }
}
