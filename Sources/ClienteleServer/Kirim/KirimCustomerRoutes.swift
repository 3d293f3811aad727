import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Kirim's customers API: read, call, write.
struct KirimCustomerRoutes {
    let customers: Customers
    let organizations: Organizations
    let cursors: KirimCursors

    /// What this dialect holds true of a customer.
    static let rules = CustomerRules(emailMayRepeat: true, ownerMayBeMissing: true, resendingIsNoChange: true)

    var endpoints: [KirimEndpoint] {
        [
            KirimEndpoint(.get, "customers", .customers, list),
            KirimEndpoint(.post, "customers", .customers, create),
            KirimEndpoint(.get, "customers/:id", .customers, get),
            KirimEndpoint(.patch, "customers/:id", .customers, update),
            KirimEndpoint(.delete, "customers/:id", .customers, archive),
        ]
    }

    @Sendable func list(_ call: KirimCall) async throws -> Response {
        var walk = try KirimReader.walk(call)
        let limit = walk.limit
        let cursor = try await cursors.signer()
        if let text = call.query.last("cursor") { walk.last = try cursor.read(text, of: walk) }
        walk.limit = limit + 1
        let found = try await customers.walk(walk)
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last.map { cursor.text(after: $0, of: walk) } : nil
        return Response(.ok, capacity: 512 * (2 + page.count)) {
            $0.kirimList(page, next: next, call.requestID) { $0.kirimCustomer($1) }
        }
    }

    @Sendable func create(_ call: KirimCall) async throws -> Response {
        let body = try KirimReader.newCustomer(call.body)
        let team = try await organizations.team(named: body.team, in: call.organization)
        let draft = CustomerDraft(
            kind: .team,
            email: body.email,
            name: body.name,
            metadata: body.metadata,
            status: .pending,
            team: team,
            rules: Self.rules
        )
        return try await call.keyed.effect(on: customers) {
            try await $0.create(draft, in: call.organization, isLimited: call.caller.isLimited(call.organization))
        } answer: { customer in
            Answer(.created) { $0.kirimEnvelope(call.requestID) { $0.kirimCustomer(customer) } }
                .numbered(call.requestID).about(customer.id)
        }
    }

    @Sendable func get(_ call: KirimCall) async throws -> Response {
        let customer = try await customers.customer(try call.customer(), in: call.caller.organizations)
        return Response(.ok) {
            $0.kirimEnvelope(call.requestID) {
                $0.kirimCustomer(customer) { writer in
                    // Taking up WhatsApp accounts is not this service's job, so a customer has none.
                    writer.name("whatsapp_accounts")
                    writer.beginArray()
                    writer.endArray()
                }
            }
        }
    }

    @Sendable func update(_ call: KirimCall) async throws -> Response {
        let key = try call.customer()
        let patch = try KirimReader.patch(call.body)
        let customer = try await customers.update(key, in: call.caller.organizations, by: patch)
        return Response(.ok) { $0.kirimEnvelope(call.requestID) { $0.kirimCustomer(customer) } }
    }

    /// Archives, which may be asked for again: the customer stays readable.
    @Sendable func archive(_ call: KirimCall) async throws -> Response {
        let patch = CustomerPatch(status: .archived, rules: Self.rules)
        let customer = try await customers.update(try call.customer(), in: call.caller.organizations, by: patch)
        return Response(.ok) {
            $0.kirimEnvelope(call.requestID) { $0.kirimCustomer(customer) { $0.member("archived", true) } }
        }
    }
}
