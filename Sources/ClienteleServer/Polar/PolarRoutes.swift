import ClienteleCore
import Hummingbird

/// The whole surface of Polar's dialect.
struct PolarRoutes {
    let gate: PolarGate
    let customers: PolarCustomerRoutes
    let members: PolarMemberRoutes

    init(services: Services) {
        self.gate = PolarGate(tokens: services.tokens)
        self.customers = PolarCustomerRoutes(customers: services.customers)
        self.members = PolarMemberRoutes(members: services.members)
    }

    var endpoints: [PolarEndpoint] { customers.endpoints + members.endpoints }

    /// Adds every route.
    func add(to router: some RouterMethods<AppRequestContext>) {
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                try await endpoint.handle(try await gate.admit(request, context, to: endpoint))
            }
        }
    }
}
