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

    /// Adds every route, under the path of today and the one that older clients use.
    func add(to router: Router<AppRequestContext>) {
        for prefix in ["v1", "api/v1"] {
            for endpoint in endpoints {
                router.on(RouterPath("/\(prefix)/\(endpoint.path)"), method: endpoint.method) { request, context in
                    try await endpoint.handle(try await gate.admit(request, context, to: endpoint))
                }
            }
        }
    }
}
