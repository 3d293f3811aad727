package import ClienteleCore
package import ClienteleJSON
import ClienteleServer
package import ClienteleStore
package import Hummingbird
package import HummingbirdTesting
import Logging
import NIOCore
import Synchronization

/// A server of ours with two empty organizations and a token of every kind.
package struct TestServer: Sendable {
    package let store: SQLStore
    package let clock: TestSurroundings
    package let organizationA: Organization.ID
    package let organizationB: Organization.ID
    /// The tokens' texts, by the names that recorded exchanges have for them.
    package let tokens: [String: String]
    package let client: any TestClientProtocol

    /// What an operator sets for organizations.
    package var policies: Policies { Policies(store: store) }

    /// Sends a request, with the token of that name and a body of JSON text, and waits for the whole answer.
    package func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        token: String? = "A",
        body: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        if let token, let text = tokens[token] { headers[.authorization] = "Bearer \(text)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await client.execute(
            uri: path,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
    }
}

/// Runs `body` against a server of its own, without sockets unless told otherwise.
package func withServer<Value: Sendable>(
    _ engine: TestEngine = .standard,
    over setup: TestingSetup = .router,
    _ body: @escaping @Sendable (TestServer) async throws -> Value
) async throws -> Value {
    try await withStore(engine) { store in
        let server = try await ServerParts(store)
        return try await application(store, server.clock).test(setup) { client in
            try await body(server.testServer(client))
        }
    }
}

/// Runs `body` against two servers on one database, which take turns with the requests.
package func withTwoServers<Value: Sendable>(
    _ engine: TestEngine,
    _ body: @escaping @Sendable (TestServer) async throws -> Value
) async throws -> Value {
    try await withLocation(engine) { location in
        try await withStore(at: location) { first in
            try await withStore(at: location) { second in
                let server = try await ServerParts(first)
                return try await application(first, server.clock).test(.live) { one in
                    try await application(second, server.clock).test(.live) { other in
                        try await body(server.testServer(AlternatingClient([one, other])))
                    }
                }
            }
        }
    }
}

/// What every test server is made of.
private struct ServerParts: Sendable {
    let store: SQLStore
    let clock = TestSurroundings()
    let organizationA: Organization.ID
    let organizationB: Organization.ID
    let tokens: [String: String]

    init(_ store: SQLStore) async throws {
        self.store = store
        let organizations = Organizations(store: store, surroundings: clock.surroundings)
        self.organizationA = try await organizations.create(name: "A").id
        self.organizationB = try await organizations.create(name: "B").id
        let tokens = AccessTokens(store: store, surroundings: clock.surroundings)
        self.tokens = try await makeTokens(tokens, organizationA, organizationB)
    }

    func testServer(_ client: any TestClientProtocol) -> TestServer {
        TestServer(
            store: store,
            clock: clock,
            organizationA: organizationA,
            organizationB: organizationB,
            tokens: tokens,
            client: client
        )
    }
}

private func application(_ store: SQLStore, _ clock: TestSurroundings) -> some ApplicationProtocol {
    buildApplication(
        services: Services(store: store, surroundings: clock.surroundings, isReady: { await store.isReady() }),
        configuration: ServerConfiguration(port: 0),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
}

/// Sends each request to the server after the one that had the last.
private final class AlternatingClient: TestClientProtocol {
    private let clients: [any TestClientProtocol]
    private let turns = Atomic(0)

    init(_ clients: [any TestClientProtocol]) { self.clients = clients }

    var port: Int? { nil }

    func executeRequest(
        uri: String,
        method: HTTPRequest.Method,
        headers: HTTPFields,
        body: ByteBuffer?
    ) async throws -> TestResponse {
        let turn = turns.wrappingAdd(1, ordering: .relaxed).oldValue
        return try await clients[turn % clients.count].execute(uri: uri, method: method, headers: headers, body: body)
    }
}

private func makeTokens(
    _ tokens: AccessTokens,
    _ a: Organization.ID,
    _ b: Organization.ID
) async throws -> [String: String] {
    func make(
        _ organizations: [Organization.ID],
        _ scopes: Set<Scope> = Set(Scope.all),
        _ lifetimeSeconds: Int64? = nil,
        dialect: Dialect = .polar
    ) async throws -> String {
        let kind: AccessToken.Kind = organizations.count == 1 ? .organization : .user
        return try await tokens.create(
            kind: kind,
            organizations: organizations,
            scopes: scopes,
            dialect: dialect,
            label: dialect == .kirim ? "Test" : nil,
            lifetimeSeconds: lifetimeSeconds
        ).secret.text
    }
    let productsRead = Set([Scope(rawValue: "products:read")].compactMap { $0 })
    return [
        "A": try await make([a]), "B": try await make([b]), "A_read": try await make([a], [.customersRead]),
        "A_write": try await make([a], [.customersWrite]), "A_products": try await make([a], productsRead),
        "A_expired": try await make([a], Set(Scope.all), 0), "PAT_AB": try await make([a, b]),
        "kirim_A": try await make([a], dialect: .kirim), "kirim_B": try await make([b], dialect: .kirim),
        "kirim_A_expired": try await make([a], Set(Scope.all), 0, dialect: .kirim),
    ]
}

extension TestResponse {
    /// The body as text.
    package var text: String { String(buffer: body) }

    /// The body as JSON; `null` where it is none.
    package var json: JSON { (try? JSON(parsing: Array(text.utf8))) ?? .null }

    /// What an error's items say: the type and location of each, such as `missing body.email`.
    package var issues: [String] {
        guard case .array(let items)? = json["detail"] else { return [] }
        return items.map { item in
            guard case .array(let location)? = item["loc"] else { return "" }
            return (item["type"]?.string ?? "") + " " + location.map { $0.string ?? $0.text }.joined(separator: ".")
        }
    }

    /// The items of a list.
    package var items: [JSON] { if case .array(let items)? = json["items"] { items } else { [] } }
}
