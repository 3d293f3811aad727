import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's subscriptions.
struct PolarSubscriptionRoutes {
    let subscriptions: Subscriptions

    static let reading: [Scope] = [.subscriptionsRead, .subscriptionsWrite]
    static let writing: [Scope] = [.subscriptionsWrite]

    var endpoints: [PolarEndpoint] {
        [
            .get("subscriptions", Self.reading, list),
            .post("subscriptions", Self.writing, create),
            .get("subscriptions/:id", Self.reading, get),
            .patch("subscriptions/:id", Self.writing, update),
            .delete("subscriptions/:id", Self.writing, revoke),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        var query = SubscriptionQuery(reader.recordQuery(call, standard: (.startedAt, descending: true)))
        query.products = reader.identifiers("product_id", asked)
        query.customers = reader.identifiers("customer_id", asked)
        query.externalCustomerIDs = reader.texts("external_customer_id", asked)
        let discounts: [Identifier<Never>]? = reader.identifiers("discount_id", asked)
        query.wantsDiscount = discounts != nil
        query.isActive = reader.flag("active", asked)
        query.statuses = reader.choices("status", asked)
        query.cancelsAtPeriodEnd = reader.flag("cancel_at_period_end", asked)
        query.cancellationReasons = reader.choices("customer_cancellation_reason", asked)
        query.canceledAfter = reader.moment("canceled_at_after", asked)
        query.canceledBefore = reader.moment("canceled_at_before", asked)
        query.startedAfter = reader.moment("started_after", asked)
        query.startedBefore = reader.moment("started_before", asked)
        try reader.issues.finish()
        let found = try await subscriptions.list(query)
        return Response(.ok, capacity: 4_096 * (1 + found.items.count)) {
            $0.polarPage(found, limit: query.list.limit) { $0.polarSubscription($1, call.edition) }
        }
    }

    @Sendable func create(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let draft = reader.subscriptionDraft(call.body)
        try reader.issues.finish()
        guard let draft else { throw PolarFailure.unreadableBody }
        return try await call.keyed.effect(on: subscriptions) {
            try await $0.create(draft, in: call.caller.organizations)
        } answer: { made in
            Answer(.created, capacity: 4_096) { $0.polarSubscription(made, call.edition) }.about(made.customer.id)
        }
    }

    @Sendable func get(_ call: PolarCall) async throws -> Response {
        let id: Subscription.ID = try call.pathID()
        let found = try await subscriptions.subscription(id, in: call.caller.organizations)
        return Response(.ok, capacity: 4_096) { $0.polarSubscription(found, call.edition) }
    }

    @Sendable func update(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let id: Subscription.ID? = reader.pathID(call)
        let update = reader.subscriptionUpdate(call.body)
        try reader.issues.finish()
        guard let id, let update else { throw PolarFailure.unreadableBody }
        let organizations = call.caller.organizations
        return try await change(call) {
            switch update {
            case .base(let patch): try await $0.update(id, in: organizations, by: patch)
            case .cancelAtPeriodEnd(let cancels, let note):
                try await $0.setCancelsAtPeriodEnd(cancels, id, in: organizations, note)
            case .revoke(let note): try await $0.revoke(id, in: organizations, note)
            }
        }
    }

    private func change(
        _ call: PolarCall,
        _ body: (Subscriptions) async throws -> SubscriptionDetails
    ) async throws -> Response {
        try await call.keyed.effect(on: subscriptions, body) { changed in
            Answer(.ok, capacity: 4_096) { $0.polarSubscription(changed, call.edition) }.about(changed.customer.id)
        }
    }

    @Sendable func revoke(_ call: PolarCall) async throws -> Response {
        let id: Subscription.ID = try call.pathID()
        return try await change(call) { try await $0.revoke(id, in: call.caller.organizations) }
    }
}
