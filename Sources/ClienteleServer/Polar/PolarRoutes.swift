import ClienteleCore
import Hummingbird

/// The whole surface of Polar's dialect.
struct PolarRoutes {
    let gate: PolarGate
    let idempotency: IdempotentCalls
    let customers: PolarCustomerRoutes
    let states: PolarStateRoutes
    let members: PolarMemberRoutes
    let products: PolarProductRoutes
    let benefits: PolarBenefitRoutes
    let subscriptions: PolarSubscriptionRoutes
    let meters: PolarMeterRoutes
    let events: PolarEventRoutes
    let changes: PolarChangeRoutes
    let webhooks: PolarWebhookRoutes

    init(services: Services) {
        self.gate = PolarGate(doorkeeper: services.doorkeeper)
        self.idempotency = IdempotentCalls(calls: services.keyedCalls)
        self.customers = PolarCustomerRoutes(customers: services.customers)
        self.states = PolarStateRoutes(states: services.states)
        self.members = PolarMemberRoutes(members: services.members)
        self.products = PolarProductRoutes(products: services.products)
        self.benefits = PolarBenefitRoutes(benefits: services.benefits)
        self.subscriptions = PolarSubscriptionRoutes(subscriptions: services.subscriptions)
        self.meters = PolarMeterRoutes(meters: services.meters, customerMeters: services.customerMeters)
        self.events = PolarEventRoutes(events: services.events)
        self.changes = PolarChangeRoutes(changes: services.changes)
        self.webhooks = PolarWebhookRoutes(webhooks: services.webhooks)
    }

    var endpoints: [PolarEndpoint] {
        customers.endpoints.of(.customers) + states.endpoints.of(.customers) + members.endpoints.of(.members)
            + products.endpoints.of(.products) + benefits.endpoints.of(.benefits)
            + subscriptions.endpoints.of(.subscriptions) + meters.endpoints.of(.meters) + events.endpoints.of(.events)
            + changes.endpoints.of(.webhooks) + webhooks.endpoints.of(.webhooks)
    }

    /// Where every route is: under the path of today, and under the one that older clients use.
    var all: [(path: String, method: HTTPRequest.Method)] {
        Self.prefixes.flatMap { prefix in endpoints.map { ("\(prefix)/\($0.path)", $0.method) } }
    }

    func add(to router: Router<AppRequestContext>) {
        for prefix in Self.prefixes {
            for endpoint in endpoints {
                router.on(RouterPath("\(prefix)/\(endpoint.path)"), method: endpoint.method) { request, context in
                    try await respond(to: try await gate.admit(request, context, to: endpoint), by: endpoint, context)
                }
            }
        }
    }

    private func respond(
        to call: PolarCall,
        by endpoint: PolarEndpoint,
        _ context: AppRequestContext
    ) async throws -> Response {
        guard endpoint.isMutating else { return try await endpoint.handle(call) }
        return try await Actor.$current.withValue(call.caller.token.id) {
            try await change(call, by: endpoint, context)
        }
    }

    private func change(
        _ call: PolarCall,
        by endpoint: PolarEndpoint,
        _ context: AppRequestContext
    ) async throws -> Response {
        guard let ask = try call.idempotencyAsk() else { return try await endpoint.handle(call) }
        return await idempotency.answer(ask) { keyed in
            var call = call
            call.keyed = keyed
            return try await endpoint.handle(call)
        } refuse: {
            PolarErrors.answer(to: $0, logger: context.logger)
        }
    }

    private static let prefixes = ["/v1", PolarMiddleware.formerPrefix]
}
