public import ClienteleCore
public import Hummingbird
public import Logging
import NIOCore
import NIOPosix

/// The use cases that the server offers, all over one store.
public struct Services: Sendable {
    let customers: Customers
    let states: CustomerStates
    let members: Members
    let products: Products
    let benefits: Benefits
    let subscriptions: Subscriptions
    let meters: Meters
    let customerMeters: CustomerMeters
    let events: Events
    let settlement: Settlement
    let changes: Changes
    /// In Polar's dialect.
    let webhooks: Webhooks
    let kirimWebhooks: Webhooks
    public let tokens: AccessTokens
    let organizations: Organizations
    let doorkeeper: Doorkeeper
    let keyedCalls: KeyedCalls
    /// The key that cursors are signed with.
    let cursorKey: @Sendable () async throws(DomainError) -> [UInt8]
    let retention: Retention
    let backlogs: @Sendable () async throws -> [WebhookBacklog]
    let now: @Sendable () -> Timestamp
    /// Whether the store answers.
    let isReady: @Sendable () async -> Bool

    public init(
        store: some CustomerStore & AccountStore & CatalogStore & MeterStore & MemberStore & OrganizationStore
            & PolicyStore & AnswerStore & WebhookStore & WebhookQueue,
        surroundings: Surroundings = .system,
        allowsPrivateWebhooks: Bool = false,
        daysKept: Int = Retention.daysStandard,
        isReady: @escaping @Sendable () async -> Bool
    ) {
        self.customers = Customers(store: store, surroundings: surroundings)
        self.states = CustomerStates(store: store, surroundings: surroundings)
        self.members = Members(store: store, surroundings: surroundings)
        self.products = Products(store: store, surroundings: surroundings)
        self.benefits = Benefits(store: store, surroundings: surroundings)
        self.subscriptions = Subscriptions(store: store, surroundings: surroundings)
        self.meters = Meters(store: store, surroundings: surroundings)
        self.customerMeters = CustomerMeters(store: store, surroundings: surroundings)
        self.events = Events(store: store, surroundings: surroundings)
        self.settlement = Settlement(store: store, surroundings: surroundings)
        self.changes = Changes(store: store)
        (self.webhooks, self.kirimWebhooks) = (
            Webhooks(store: store, dialect: .polar, allowsPrivate: allowsPrivateWebhooks, surroundings: surroundings),
            Webhooks(store: store, dialect: .kirim, allowsPrivate: allowsPrivateWebhooks, surroundings: surroundings)
        )
        self.tokens = AccessTokens(store: store, surroundings: surroundings)
        self.organizations = Organizations(store: store, surroundings: surroundings)
        self.doorkeeper = Doorkeeper(
            tokens: tokens,
            limits: RateLimits(store: store, surroundings: surroundings),
            failures: FailedAttempts(surroundings: surroundings)
        )
        self.keyedCalls = KeyedCalls(store: store, surroundings: surroundings)
        self.cursorKey = { () async throws(DomainError) in try await store.cursorKey() }
        self.retention = Retention(store: store, surroundings: surroundings, days: daysKept)
        self.backlogs = { try await store.webhookBacklogs() }
        self.now = surroundings.now
        self.isReady = isReady
    }
}

/// How the server serves.
public struct ServerConfiguration: Sendable {
    public var host: String
    /// 0 takes any free port.
    public var port: Int
    /// Event loops, each on a thread of its own; nil takes those that the process shares, one a core.
    public var threads: Int?

    public init(host: String = "127.0.0.1", port: Int = 8080, threads: Int? = nil) {
        self.host = host
        self.port = port
        self.threads = threads
    }
}

/// The composition root of the server: the only place where every part of it is named.
public func buildApplication(
    services: Services,
    configuration: ServerConfiguration = ServerConfiguration(),
    metrics: PrometheusMetrics = PrometheusMetrics(),
    logger: Logger,
    onServerRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    Application(
        responder: buildResponder(services: services, metrics: metrics),
        server: .onEventLoops(idleTimeout: idleTimeout),
        configuration: .init(
            address: .hostname(configuration.host, port: configuration.port),
            serverName: "clientele"
        ),
        onServerRunning: { await onServerRunning($0.localAddress?.port ?? configuration.port) },
        eventLoopGroupProvider: configuration.threads.map {
            .shared(MultiThreadedEventLoopGroup(numberOfThreads: $0))
        } ?? .singleton,
        logger: logger
    )
}

func buildResponder(
    services: Services,
    metrics: PrometheusMetrics
) -> some HTTPResponder<AppRequestContext> {
    let requests = HTTPMetrics(factory: metrics)
    return DialectResponder(
        polar: polarRouter(services: services, metrics: metrics, requests: requests).buildResponder(),
        kirim: kirimRouter(services: services, metrics: metrics, requests: requests).buildResponder(),
        kirimPaths: ["/v1/me"]
    )
}

func polarRouter(
    services: Services,
    metrics: PrometheusMetrics,
    requests: HTTPMetrics
) -> Router<AppRequestContext> {
    let router = Router(context: AppRequestContext.self)
    router.add(middleware: ObservationMiddleware(metrics: requests) { $0.callersID })
    OpsRoutes(services: services, metrics: metrics).add(to: router)
    let polar = PolarRoutes(services: services)
    router.add(middleware: PolarMiddleware(routes: RouteIndex(OpsRoutes.all + polar.all)))
    polar.add(to: router)
    return router
}

func kirimRouter(
    services: Services,
    metrics: PrometheusMetrics,
    requests: HTTPMetrics
) -> Router<AppRequestContext> {
    let router = Router(context: AppRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ObservationMiddleware(metrics: requests) { _ in KirimID.newRequestID() })
    OpsRoutes(services: services, metrics: metrics).add(to: router)
    let kirim = KirimRoutes(services: services)
    router.add(middleware: KirimMiddleware(kirim: kirim, routes: RouteIndex(OpsRoutes.all + kirim.all)))
    kirim.add(to: router)
    return router
}

/// How long a connection may say nothing before it is closed.
private let idleTimeout = TimeAmount.seconds(75)

extension OpsRoutes {
    fileprivate init(services: Services, metrics: PrometheusMetrics) {
        self.init(isReady: services.isReady, metrics: metrics, backlogs: services.backlogs, now: services.now)
    }
}

/// How each dialect tells news, for who delivers it.
public let webhookDialects: [Dialect: any WebhookDialect] = [.polar: PolarWebhooks(), .kirim: KirimWebhooks()]
