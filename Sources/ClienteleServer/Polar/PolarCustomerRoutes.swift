import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's Customers API: read, call, write.
struct PolarCustomerRoutes {
    let customers: Customers

    static let reading: [Scope] = [.customersRead, .customersWrite]
    static let writing: [Scope] = [.customersWrite]

    var endpoints: [PolarEndpoint] {
        [
            .get("customers", Self.reading, list),
            .post("customers", Self.writing, create),
            .get("customers/export", Self.reading, export),
            .get("customers/:id", Self.reading, { try await get($0, PolarCall.customerID) }),
            .patch("customers/:id", Self.writing, { try await update($0, PolarCall.customerID, fixedKeys: false) }),
            .delete("customers/:id", Self.writing, { try await delete($0, PolarCall.customerID) }),
            .get("customers/:id/payment-methods", Self.reading, { try await paymentMethods($0, PolarCall.customerID) }),
            .get("customers/external/:external_id", Self.reading, { try await get($0, PolarCall.customerExternalID) }),
            .put("customers/external/:external_id", Self.writing, upsert),
            .patch(
                "customers/external/:external_id",
                Self.writing,
                { try await update($0, PolarCall.customerExternalID, fixedKeys: true) }
            ),
            .delete(
                "customers/external/:external_id",
                Self.writing,
                { try await delete($0, PolarCall.customerExternalID) }
            ),
            .get(
                "customers/external/:external_id/payment-methods",
                Self.reading,
                { try await paymentMethods($0, PolarCall.customerExternalID) }
            ),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        let (page, limit) = reader.page(asked)
        let sorting = reader.sorting(asked, by: CustomerQuery.Sorting.Key.allCases.map(\.rawValue))
        let query = CustomerQuery(
            organizations: call.organizations(&reader),
            email: reader.text("email", asked),
            search: reader.text("query", asked),
            active: reader.flag("active", asked),
            metadata: reader.metadataFilters(asked),
            sorting: sorting.map { $0.compactMap(CustomerQuery.Sorting.init(polar:)) }
                ?? [.init(.createdAt, descending: true)],
            page: page,
            limit: limit
        )
        try reader.issues.finish()
        let found = try await customers.list(query)
        return Response(.ok, capacity: 1_024 * (1 + found.items.count)) {
            $0.polarPage(found, limit: limit) { $0.polarCustomer($1) }
        }
    }

    @Sendable func create(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let body = reader.customerDraft(call.body)
        try reader.issues.finish()
        guard let body else { throw PolarFailure.unreadableBody }
        let organization = try call.organization(named: body.organization)
        return try await call.keyed.effect(on: customers) {
            try await $0.create(body.draft, in: organization, isLimited: call.caller.isLimited(organization))
        } answer: { customer in
            Answer(.created) { $0.polarCustomer(customer) }.tagged(customer.stateVersion).about(customer.id)
        }
    }

    @Sendable func upsert(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let location: [JSON] = ["path", "external_id"]
        let name = JSON.string(call.parameter("external_id"))
        let externalID = reader.externalID(name, at: location)
        if externalID == nil, reader.issues.items.isEmpty { reader.issues.append(.tooShort(location, name, min: 1)) }
        let body = reader.customerUpsert(call.body)
        try reader.issues.finish()
        guard let externalID, let body else { throw PolarFailure.unreadableBody }
        let organization = try call.organization(named: body.organization)
        return try await call.keyed.effect(on: customers) {
            try await $0.upsert(externalID: externalID, in: organization, by: body.patch, owner: body.owner)
        } answer: { upserted in
            Answer(upserted.isNew ? .created : .ok) { $0.polarCustomer(upserted.customer) }
                .tagged(upserted.customer.stateVersion).about(upserted.customer.id)
        }
    }

    @Sendable func export(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let organizations = call.organizations(&reader)
        try reader.issues.finish()
        return PolarCustomerExport(customers: customers, organizations: organizations).response
    }

    /// How a path names its customer.
    private typealias Key = (PolarCall) -> (inout PolarReader) -> CustomerKey?

    private func get(_ call: PolarCall, _ key: Key) async throws -> Response {
        let customer = try await customer(call, key)
        return call.conditions.answer(customer.stateVersion) { $0.polarCustomer(customer) }
    }

    private func paymentMethods(_ call: PolarCall, _ key: Key) async throws -> Response {
        var reader = PolarReader()
        let (_, limit) = reader.page(call.query)
        _ = try await customer(call, key, reader)
        // Taking payments is not this service's job, so a customer has no methods of paying.
        return Response(.ok) { $0.polarPage(Page<Customer>(items: [], totalCount: 0), limit: limit) { _, _ in } }
    }

    private func customer(_ call: PolarCall, _ key: Key, _ reader: PolarReader = PolarReader()) async throws -> Customer
    {
        var reader = reader
        let key = key(call)(&reader)
        try reader.issues.finish()
        guard let key else { throw PolarFailure.notFound }
        return try await customers.customer(key, in: call.caller.organizations)
    }

    private func update(_ call: PolarCall, _ key: Key, fixedKeys: Bool) async throws -> Response {
        var reader = PolarReader()
        let key = key(call)(&reader)
        let patch = reader.customerPatch(call.body, fixedKeys: fixedKeys)
        try reader.issues.finish()
        guard let key, let patch else { throw PolarFailure.unreadableBody }
        return try await call.keyed.effect(on: customers) {
            try await $0.update(key, in: call.caller.organizations, by: patch, ifVersion: call.conditions.expected)
        } answer: { customer in
            Answer(.ok) { $0.polarCustomer(customer) }.tagged(customer.stateVersion).about(customer.id)
        }
    }

    private func delete(_ call: PolarCall, _ key: Key) async throws -> Response {
        var reader = PolarReader()
        let key = key(call)(&reader)
        let anonymize = reader.flag("anonymize", call.query) ?? false
        try reader.issues.finish()
        guard let key else { throw PolarFailure.notFound }
        let expected = call.conditions.expected
        return try await call.keyed.effect(on: customers) {
            try await $0.delete(key, in: call.caller.organizations, anonymize: anonymize, ifVersion: expected)
        } answer: {
            Answer(status: .noContent)
        }
    }
}

extension CustomerQuery.Sorting {
    fileprivate init?(polar: (key: String, descending: Bool)) {
        guard let key = Key(rawValue: polar.key) else { return nil }
        self.init(key, descending: polar.descending)
    }
}
