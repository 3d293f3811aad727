import ClienteleCore
import ClienteleServer
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore

/// A server whose parts a test holds in its hands: the store, the tokens' use cases and the metrics.
struct OpsServer: Sendable {
    let store: SQLStore
    let clock: TestSurroundings
    /// What the server itself checks tokens with.
    let tokens: AccessTokens
    let organization: Organization.ID
    let client: any TestClientProtocol

    func token(
        _ scopes: Set<Scope> = Set(Scope.all),
        lifetimeSeconds: Int64? = nil
    ) async throws -> (id: AccessToken.ID, text: String) {
        let made = try await tokens.create(
            kind: .organization,
            organizations: [organization],
            scopes: scopes,
            lifetimeSeconds: lifetimeSeconds
        )
        return (made.token.id, made.secret.text)
    }

    func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        bearing token: String? = nil,
        body: String? = nil
    ) async throws -> TestResponse {
        var headers = HTTPFields()
        headers[.authorization] = token.map { "Bearer \($0)" }
        return try await client.execute(
            uri: path,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
    }

    /// The figures that the server serves.
    func figures() async throws -> PrometheusText { try PrometheusText(try await call(.get, "/metrics").text) }
}

/// Runs `body` against a server over a store on disk whose metrics are the server's, as the executable builds it.
func withOpsServer<Value: Sendable>(
    _ body: @escaping @Sendable (OpsServer) async throws -> Value
) async throws -> Value {
    try await withFolder { folder in
        let metrics = PrometheusMetrics()
        let store = try await openStore(.folder(folder), metrics: metrics)
        let clock = TestSurroundings()
        let organization = try await Organizations(store: store, surroundings: clock.surroundings).create(name: "A").id
        let services = Services(store: store, surroundings: clock.surroundings, isReady: { await store.isReady() })
        let tokens = services.tokens
        let application = buildApplication(
            services: services,
            configuration: ServerConfiguration(port: 0, threads: 1),
            metrics: metrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        do {
            let value = try await application.test(.router) { client in
                try await body(
                    OpsServer(store: store, clock: clock, tokens: tokens, organization: organization, client: client)
                )
            }
            try? await store.close()
            return value
        } catch {
            try? await store.close()
            throw error
        }
    }
}
