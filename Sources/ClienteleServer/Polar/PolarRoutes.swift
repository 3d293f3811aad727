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

    /// Where every route is: under the path of today, and under the one that older clients use.
    var all: [(path: String, method: HTTPRequest.Method)] {
        Self.prefixes.flatMap { prefix in endpoints.map { ("\(prefix)/\($0.path)", $0.method) } }
    }

    func add(to router: Router<AppRequestContext>) {
        for prefix in Self.prefixes {
            for endpoint in endpoints {
                router.on(RouterPath("\(prefix)/\(endpoint.path)"), method: endpoint.method) { request, context in
                    try await endpoint.handle(try await gate.admit(request, context, to: endpoint))
                }
            }
        }
    }

    private static let prefixes = ["/v1", PolarMiddleware.formerPrefix]
}
