public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls about subscriptions.
public struct SubscriptionsClient: Sendable {
    let connection: Connection

    /// Subscriptions, the newest first.
    public func list(
        customerIDs: [UUID] = [],
        externalCustomerIDs: [String] = [],
        productIDs: [UUID] = [],
        organizationIDs: [UUID] = [],
        active: Bool? = nil,
        statuses: [SubscriptionStatus] = [],
        cancelAtPeriodEnd: Bool? = nil,
        metadata: [String: JSON] = [:],
        sorting: [String] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<Subscription> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("product_id", productIDs)
        asked.add("customer_id", customerIDs)
        asked.add("external_customer_id", externalCustomerIDs)
        asked.add("active", active)
        asked.add("status", statuses)
        asked.add("cancel_at_period_end", cancelAtPeriodEnd)
        asked.add(metadata: metadata)
        asked.add("sorting", sorting)
        return Listing(
            connection: connection,
            call: .list("subscriptions", query: asked),
            limit: limit,
            options: options
        )
    }

    /// Subscribes a customer to a product that is free.
    public func create(
        product: UUID,
        customer: CustomerKey,
        metadata: [String: JSON] = [:],
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Subscription {
        struct Body: Encodable {
            var productID: UUID
            var customerID: UUID?
            var externalCustomerID: String?
            var metadata: [String: JSON]
        }
        var body = Body(productID: product, metadata: metadata)
        switch customer {
        case .id(let id): body.customerID = id
        case .externalID(let externalID): body.externalCustomerID = externalID
        }
        return try await connection.value(.send(.post, "subscriptions", endsWithSlash: true, body: body), options)
    }

    /// A subscription.
    public func get(
        _ id: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Subscription {
        try await connection.value(.get("subscriptions", id.wireText), options)
    }

    /// Changes a subscription that goes on.
    public func update(
        _ id: UUID,
        _ body: SubscriptionUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Subscription {
        try await connection.value(.send(.patch, "subscriptions", id.wireText, body: body), options)
    }

    /// Lets a subscription end with its period.
    public func cancel(
        _ id: UUID,
        note: CancellationNote = CancellationNote(),
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Subscription {
        try await change(id, ["cancel_at_period_end": true], note, options)
    }

    /// Lets a subscription go on that was to end with its period.
    public func uncancel(
        _ id: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Subscription {
        try await change(id, ["cancel_at_period_end": false], CancellationNote(), options)
    }

    /// Ends a subscription at once.
    public func revoke(
        _ id: UUID,
        note: CancellationNote = CancellationNote(),
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Subscription {
        try await change(id, ["revoke": true], note, options)
    }

    private func change(
        _ id: UUID,
        _ change: [String: JSON],
        _ note: CancellationNote,
        _ options: RequestOptions
    ) async throws(ClienteleError) -> Subscription {
        var call = try Call.send(.patch, "subscriptions", id.wireText, body: note)
        call.body = .object(change.map { JSON.Member($0.key, $0.value) } + (call.body?.object ?? []))
        return try await connection.value(call, options)
    }
}
