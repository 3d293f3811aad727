public import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A client of Clientele, and of Polar, which speaks the same wire.
///
/// ```swift
/// let client = ClienteleClient(.clientele(url), token: token)
/// let customer = try await client.customers.create(CustomerCreate(email: "ada@example.com", externalID: "user_1"))
/// for try await customer in client.customers.list() { print(customer.name ?? "") }
/// ```
///
/// A value that can be used by many tasks at once. Each resource has a property, and each operation a method that throws
/// ``ClienteleError``.
public struct ClienteleClient: Sendable {
    let connection: Connection

    /// What a client does where a call does not say otherwise.
    public struct Configuration: Sendable {
        /// How long each attempt of a call may take.
        public var timeout: Duration
        /// How often calls are tried.
        public var retry: RetryPolicy
        /// The steps that every attempt passes, the outermost first.
        public var middlewares: [any ClientMiddleware]
        /// Headers of every call.
        public var headers: HTTPFields
        /// How many states ``CustomersClient/state(_:options:)`` keeps, so that one that has not changed is not sent again.
        public var statesKept: Int

        /// Calls have 30 seconds and four attempts, unless told otherwise.
        public init(
            timeout: Duration = .seconds(30),
            retry: RetryPolicy = RetryPolicy(),
            middlewares: [any ClientMiddleware] = [],
            headers: HTTPFields = [:],
            statesKept: Int = 1_000
        ) {
            self.timeout = timeout
            self.retry = retry
            self.middlewares = middlewares
            self.headers = headers
            self.statesKept = statesKept
        }
    }

    /// Makes a client whose token stays the same.
    ///
    /// - Parameters:
    ///   - server: `.polar`, `.polarSandbox` or `.clientele(url)`.
    ///   - token: An access token of an organization or a user.
    ///   - configuration: What calls do where they do not say otherwise.
    ///   - transport: What carries requests; nil is the platform's own.
    public init(
        _ server: Server,
        token: String,
        configuration: Configuration = Configuration(),
        transport: (any ClientTransport)? = nil
    ) {
        self.init(server, tokens: { token }, configuration: configuration, transport: transport)
    }

    /// Makes a client that asks for the token before every attempt: for tokens that change.
    public init(
        _ server: Server,
        tokens: @escaping @Sendable () async throws -> String,
        configuration: Configuration = Configuration(),
        transport: (any ClientTransport)? = nil
    ) {
        self.init(
            Connection(server: server, tokens: tokens, configuration: configuration, transport: transport ?? .standard)
        )
    }

    package init(_ connection: Connection) { self.connection = connection }

    /// Lets go of what the client's transport holds; the standard transport holds nothing.
    public func shutdown() async throws { try await connection.transport.shutdown() }
}

extension ClientTransport where Self == StandardTransport {
    /// The platform's own transport.
    static var standard: StandardTransport { StandardTransport() }
}

#if canImport(AsyncHTTPClient)
typealias StandardTransport = AsyncHTTPTransport
#else
typealias StandardTransport = URLSessionTransport
#endif

/// The version of Clientele, of its SDK and its command alike.
public let clienteleVersion = "0.1.0"

/// The name that the SDK gives itself in `User-Agent`, with its version.
public let clienteleClientName = "clientele-swift/" + clienteleVersion
