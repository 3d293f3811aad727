public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls about products.
public struct ProductsClient: Sendable {
    let connection: Connection

    /// Products, the newest first.
    public func list(
        query: String? = nil,
        isArchived: Bool? = nil,
        isRecurring: Bool? = nil,
        benefitIDs: [UUID] = [],
        organizationIDs: [UUID] = [],
        metadata: [String: JSON] = [:],
        sorting: [String] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<Product> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("query", query)
        asked.add("is_archived", isArchived)
        asked.add("is_recurring", isRecurring)
        asked.add("benefit_id", benefitIDs)
        asked.add(metadata: metadata)
        asked.add("sorting", sorting)
        return Listing(connection: connection, call: .list("products", query: asked), limit: limit, options: options)
    }

    /// Makes a product.
    public func create(
        _ body: ProductCreate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Product {
        try await connection.value(.send(.post, "products", endsWithSlash: true, body: body), options)
    }

    /// A product.
    public func get(_ id: UUID, options: RequestOptions = RequestOptions()) async throws(ClienteleError) -> Product {
        try await connection.value(.get("products", id.wireText), options)
    }

    /// Changes a product.
    public func update(
        _ id: UUID,
        _ body: ProductUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Product {
        try await connection.value(.send(.patch, "products", id.wireText, body: body), options)
    }

    /// Gives a product these benefits, in this order, and no others; who has the product gains and loses them too.
    public func setBenefits(
        _ benefits: [UUID],
        of id: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Product {
        try await connection.value(
            .send(.post, "products", id.wireText, "benefits", body: ["benefits": benefits]),
            options
        )
    }
}

/// The calls about benefits, and about who has them.
public struct BenefitsClient: Sendable {
    let connection: Connection

    /// Benefits, the newest first.
    public func list(
        types: [BenefitType] = [],
        query: String? = nil,
        organizationIDs: [UUID] = [],
        metadata: [String: JSON] = [:],
        sorting: [String] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<Benefit> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("type", types)
        asked.add("query", query)
        asked.add(metadata: metadata)
        asked.add("sorting", sorting)
        return Listing(connection: connection, call: .list("benefits", query: asked), limit: limit, options: options)
    }

    /// Makes a benefit.
    public func create(
        _ body: BenefitCreate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Benefit {
        try await connection.value(.send(.post, "benefits", endsWithSlash: true, body: body), options)
    }

    /// A benefit.
    public func get(_ id: UUID, options: RequestOptions = RequestOptions()) async throws(ClienteleError) -> Benefit {
        try await connection.value(.get("benefits", id.wireText), options)
    }

    /// Changes a benefit.
    public func update(
        _ id: UUID,
        _ body: BenefitUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Benefit {
        try await connection.value(.send(.patch, "benefits", id.wireText, body: body), options)
    }

    /// Deletes a benefit, and takes it from all who have it.
    public func delete(_ id: UUID, options: RequestOptions = RequestOptions()) async throws(ClienteleError) {
        try await connection.done(Call(method: .delete, path: ["benefits", id.wireText]), options)
    }

    /// Who has, or had, a benefit; of all benefits unless one is told.
    public func grants(
        of benefit: UUID? = nil,
        isGranted: Bool? = nil,
        customerID: UUID? = nil,
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<BenefitGrant> {
        var asked = Query()
        asked.add("is_granted", isGranted)
        asked.add("customer_id", customerID)
        let call: Call =
            benefit.map { .get("benefits", $0.wireText, "grants", query: asked) }
            ?? .list("benefit-grants", query: asked)
        return Listing(connection: connection, call: call, limit: limit, options: options)
    }
}
