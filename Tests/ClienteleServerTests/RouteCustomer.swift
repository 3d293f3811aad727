import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClienteleServer

/// A team with an owner and a member that has something of everything, and for every route a request that the route accepts.
struct RouteCustomer: Sendable {
    let id: String
    /// The ids of what there is, by the first part of a route's path.
    private let ids: [String: String]
    let member: String
    let endpoints: [PolarEndpoint]
    /// Tokens of the same organization with one scope each, by the scope.
    let tokens: [String: String]

    init(on server: TestServer) async throws {
        func make(_ path: String, _ body: String) async throws -> String {
            let response = try await server.call(.post, "/v1/\(path)", body: body)
            return try #require(response.json["id"]?.string, "\(path): \(response.text)")
        }
        let team = #"{"type": "team", "email": "ada@acme.com", "external_id": "team", "name": "Ada"}"#
        self.id = try await make("customers/", team)
        self.member = try await make(
            "customers/\(id)/members",
            #"{"email": "bob@acme.com", "external_id": "bob"}"#
        )
        let meter = try await make("meters/", Self.bodies["POST meters"] ?? "")
        let benefit = try await make("benefits/", Self.bodies["POST benefits"] ?? "")
        let product = try await make("products/", Self.bodies["POST products"] ?? "")
        _ = try await server.call(.post, "/v1/products/\(product)/benefits", body: #"{"benefits": ["\#(benefit)"]}"#)
        let subscription = try await make(
            "subscriptions/",
            #"{"product_id": "\#(product)", "customer_id": "\#(id)"}"#
        )
        _ = try await server.call(.post, "/v1/events/ingest", body: Self.bodies["POST events/ingest"])
        let endpoint = try await make("webhooks/endpoints", Self.bodies["POST webhooks/endpoints"] ?? "")
        let used = try await server.call(.get, "/v1/customer-meters/")
        let events = try await server.call(.get, "/v1/events/")
        self.ids = [
            "customers": id, "meters": meter, "benefits": benefit, "products": product, "subscriptions": subscription,
            "customer-meters": used.items.first?["id"]?.string ?? "", "events": events.items.first?["id"]?.string ?? "",
            "webhooks/endpoints": endpoint, "webhooks/events": try await server.makeWebhookEvent(for: endpoint),
        ]
        self.endpoints = PolarRoutes(services: Services(store: server.store, isReady: { true })).endpoints
        let accessTokens = AccessTokens(store: server.store, surroundings: server.clock.surroundings)
        var tokens = server.tokens
        tokens["unknown"] = "clientele_oat_unknown"
        for scope in Set(endpoints.flatMap(\.accepted)) {
            tokens[scope.rawValue] = try await accessTokens.create(
                kind: .organization,
                organizations: [server.organizationA],
                scopes: [scope]
            ).secret.text
        }
        self.tokens = tokens
    }

    /// Calls a route about this customer with a body that it accepts.
    func call(_ endpoint: PolarEndpoint, on server: TestServer, token: String?) async throws -> TestResponse {
        var headers = HTTPFields()
        if let token {
            let text = try #require(tokens[token])
            headers[.authorization] = "Bearer \(text)"
        }
        let isExternal = endpoint.path.contains(":external_id")
        let path = endpoint.path
            .replacing(":external_id", with: "team")
            .replacing(":id", with: ids[endpoint.collection] ?? "")
            .replacing(":member", with: isExternal ? "bob" : member)
            .replacing(":key", with: ids["benefits"] ?? "")
        return try await server.client.execute(
            uri: "/v1/\(path)",
            method: endpoint.method,
            headers: headers,
            body: endpoint.takesBody ? ByteBuffer(string: body(of: endpoint)) : nil
        )
    }

    /// All that organization A sees of its customers, and of what they have.
    func everything(on server: TestServer) async throws -> String {
        var texts: [String] = []
        for path in [
            "customers", "members", "meters", "benefits", "products", "subscriptions", "benefit-grants", "events",
            "webhooks/endpoints",
        ] {
            let list = try await server.call(.get, "/v1/\(path)?limit=100")
            #expect(list.items.count == (path == "members" ? 2 : 1), "\(path): \(list.text)")
            texts.append(list.text)
        }
        return texts.joined()
    }

    private func body(of endpoint: PolarEndpoint) -> String {
        let route = "\(endpoint.method.rawValue) \(endpoint.path)"
        if let body = Self.bodies[route] { return body }
        switch route {
        case "POST subscriptions": return #"{"product_id": "\#(ids["products"] ?? "")", "customer_id": "\#(id)"}"#
        case "POST products/:id/benefits": return #"{"benefits": ["\#(ids["benefits"] ?? "")"]}"#
        case "POST customers/state/query": return #"{"ids": ["\#(id)"]}"#
        default: return endpoint.method == .patch ? #"{"name": "Cyd"}"# : #"{"email": "cyd@acme.com", "name": "Cyd"}"#
        }
    }

    private static let bodies = [
        "POST meters":
            #"{"name": "Calls", "filter": {"conjunction": "and", "clauses": []}, "aggregation": {"func": "count"}}"#,
        "POST benefits": #"{"type": "custom", "description": "Support", "properties": {"note": null}}"#,
        "PATCH benefits/:id": #"{"type": "custom", "description": "More support"}"#,
        "POST products":
            #"{"name": "Free plan", "recurring_interval": "month", "prices": [{"amount_type": "free"}]}"#,
        "POST webhooks/endpoints":
            #"{"url": "https://example.com/hook", "format": "raw", "events": ["customer.created"]}"#,
        "PATCH subscriptions/:id": #"{"metadata": {"a": "b"}}"#,
        "POST events/ingest": #"{"events": [{"name": "call", "external_customer_id": "team"}]}"#,
    ]
}

extension PolarEndpoint {
    /// The part of the path that says what `:id` is the id of.
    fileprivate var collection: String {
        let parts = path.split(separator: "/")
        return parts.prefix(parts.first == "webhooks" ? 2 : 1).joined(separator: "/")
    }
}

extension TestServer {
    /// Adds an event that could not be sent to an endpoint of organization A, and gives its id.
    func makeWebhookEvent(for endpoint: String) async throws -> String {
        let worker = Identifier<WebhookWorker>(high: 1, low: 1)
        let now = clock.surroundings.now()
        _ = try await store.leaseWebhookQueues(to: worker, at: now, until: now.adding(seconds: 60))
        let state = try await store.webhookQueue(of: organizationA, knowing: nil)
        var batch = WebhookBatch(organization: organizationA, worker: worker, state: state, made: state.made)
        batch.events = [
            NewWebhookEvent(
                id: clock.surroundings.newIdentifier(),
                endpoint: try #require(WebhookEndpoint.ID(endpoint)),
                lane: Identifier(high: 1, low: 1),
                kind: "customer.created",
                sequence: state.made,
                stateVersion: nil,
                payload: "{}"
            )
        ]
        let event = try #require(try await store.add(batch, at: now)?.first)
        let attempt = WebhookAttempt(
            id: clock.surroundings.newIdentifier(),
            event: event,
            answer: WebhookAnswer(status: 500, text: "no"),
            verdict: .failed,
            at: now,
            failuresMax: 10
        )
        #expect(try await store.settle([attempt], of: attempt.event.organization).isEmpty)
        return event.id.text
    }
}
