import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClienteleServer

/// A team with an owner and a member, and for every route a request about them that the route accepts.
struct RouteCustomer: Sendable {
    let id: String
    let member: String
    let endpoints: [PolarEndpoint]
    /// Tokens of the same organization with one scope each, by the scope.
    let tokens: [String: String]

    init(on server: TestServer) async throws {
        let team = #"{"type": "team", "email": "ada@acme.com", "external_id": "team", "name": "Ada"}"#
        let made = try await server.call(.post, "/v1/customers/", body: team)
        self.id = try #require(made.json["id"]?.string)
        let added = try await server.call(
            .post,
            "/v1/customers/\(id)/members",
            body: #"{"email": "bob@acme.com", "external_id": "bob"}"#
        )
        self.member = try #require(added.json["id"]?.string)
        let accessTokens = AccessTokens(store: server.store, surroundings: server.clock.surroundings)
        var tokens = server.tokens
        tokens["unknown"] = "clientele_oat_unknown"
        for scope in [Scope.customersRead, .customersWrite, .membersRead, .membersWrite] {
            tokens[scope.rawValue] = try await accessTokens.create(
                kind: .organization,
                organizations: [server.organizationA],
                scopes: [scope]
            ).secret.text
        }
        self.tokens = tokens
        self.endpoints =
            PolarRoutes(
                services: Services(
                    customers: Customers(store: server.store),
                    members: Members(store: server.store),
                    tokens: accessTokens,
                    isReady: { true }
                )
            ).endpoints
    }

    /// Calls a route about this customer with a body that it accepts.
    func call(_ endpoint: PolarEndpoint, on server: TestServer, token: String?) async throws -> TestResponse {
        var headers = HTTPFields()
        if let token {
            let text = try #require(tokens[token])
            headers[.authorization] = "Bearer \(text)"
        }
        let body = endpoint.takesBody ? Self.body(of: endpoint) : nil
        let isExternal = endpoint.path.contains(":external_id")
        let path = endpoint.path
            .replacing(":external_id", with: "team")
            .replacing(":id", with: id)
            .replacing(":member", with: isExternal ? "bob" : member)
        return try await server.client.execute(
            uri: "/v1/\(path)",
            method: endpoint.method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
    }

    /// All that organization A sees of its customers and their members.
    func everything(on server: TestServer) async throws -> String {
        let customers = try await server.call(.get, "/v1/customers/?limit=100")
        let members = try await server.call(.get, "/v1/members/?limit=100")
        #expect(customers.items.count == 1)
        #expect(members.items.count == 2)
        return customers.text + members.text
    }

    private static func body(of endpoint: PolarEndpoint) -> String {
        switch endpoint.method {
        case .post, .put: #"{"email": "cyd@acme.com", "name": "Cyd"}"#
        default: #"{"name": "Cyd"}"#
        }
    }
}
