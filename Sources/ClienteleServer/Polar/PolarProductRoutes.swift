import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's products.
struct PolarProductRoutes {
    let products: Products

    static let reading: [Scope] = [.productsRead, .productsWrite]
    static let writing: [Scope] = [.productsWrite]

    var endpoints: [PolarEndpoint] {
        [
            .get("products", Self.reading, list),
            .post("products", Self.writing, create),
            .get("products/:id", Self.reading, get),
            .patch("products/:id", Self.writing, update),
            .post("products/:id/benefits", Self.writing, setBenefits),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        var query = ProductQuery(reader.recordQuery(call, standard: (.createdAt, descending: true)))
        query.ids = reader.identifiers("id", asked)
        query.search = reader.text("query", asked)
        query.isArchived = reader.flag("is_archived", asked)
        query.isRecurring = reader.flag("is_recurring", asked)
        query.benefits = reader.identifiers("benefit_id", asked)
        query.visibilities = reader.choices("visibility", asked)
        try reader.issues.finish()
        let found = try await products.list(query)
        return Response(.ok, capacity: 2_048 * (1 + found.items.count)) {
            $0.polarPage(found, limit: query.list.limit) { $0.polarProduct($1, call.edition) }
        }
    }

    @Sendable func create(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let body = reader.productDraft(call.body)
        try reader.issues.finish()
        guard let body else { throw PolarFailure.unreadableBody }
        let organization = try call.organization(named: body.organization)
        return try await call.keyed.effect(on: products) {
            try await $0.create(body.draft, in: organization)
        } answer: { product in
            Answer(.created, capacity: 2_048) { $0.polarProduct(product, call.edition) }
        }
    }

    @Sendable func get(_ call: PolarCall) async throws -> Response {
        let id: Product.ID = try call.pathID()
        let product = try await products.product(id, in: call.caller.organizations)
        return Response(.ok, capacity: 2_048) { $0.polarProduct(product, call.edition) }
    }

    @Sendable func update(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let id: Product.ID? = reader.pathID(call)
        let body = reader.productPatch(call.body)
        try reader.issues.finish()
        guard let id, let body else { throw PolarFailure.unreadableBody }
        if body.asksOfRecurrence {
            try body.check(against: try await products.product(id, in: call.caller.organizations))
        }
        return try await call.keyed.effect(on: products) {
            try await $0.update(id, in: call.caller.organizations, by: body.patch)
        } answer: { product in
            Answer(.ok, capacity: 2_048) { $0.polarProduct(product, call.edition) }
        }
    }

    @Sendable func setBenefits(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let id: Product.ID? = reader.pathID(call)
        let benefits = reader.productBenefits(call.body)
        try reader.issues.finish()
        guard let id, let benefits else { throw PolarFailure.unreadableBody }
        return try await call.keyed.effect(on: products) {
            try await $0.setBenefits(benefits, of: id, in: call.caller.organizations)
        } answer: { product in
            Answer(.ok, capacity: 2_048) { $0.polarProduct(product, call.edition) }
        }
    }
}
