import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's webhooks: where they are sent, and what was.
struct PolarWebhookRoutes {
    let webhooks: Webhooks

    static let reading: [Scope] = [.webhooksRead, .webhooksWrite]
    static let writing: [Scope] = [.webhooksWrite]

    var endpoints: [PolarEndpoint] {
        [
            .get("webhooks/endpoints", Self.reading, list),
            .post("webhooks/endpoints", Self.writing, create),
            .get("webhooks/endpoints/:id", Self.reading, get),
            .patch("webhooks/endpoints/:id", Self.writing, update),
            .patch("webhooks/endpoints/:id/secret", Self.writing, resetSecret).withoutBody,
            .delete("webhooks/endpoints/:id", Self.writing, delete),
            .get("webhooks/deliveries", Self.reading, deliveries),
            .post("webhooks/events/:id/redeliver", Self.writing, redeliver).withoutBody,
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let (page, limit) = reader.page(call.query)
        let organizations = call.organizations(&reader)
        try reader.issues.finish()
        let found = try await webhooks.list(
            RecordQuery(organizations: organizations, sorting: [(.createdAt, true)], page: page, limit: limit)
        )
        return Response(.ok, capacity: 1_024 * (1 + found.items.count)) {
            $0.polarPage(found, limit: limit) { $0.polarEndpoint($1) }
        }
    }

    @Sendable func create(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let body = reader.webhookDraft(call.body, allowsPrivate: webhooks.allowsPrivate)
        try reader.issues.finish()
        guard let body else { throw PolarFailure.unreadableBody }
        let organization = try call.organization(named: body.organization)
        return try await call.keyed.effect(on: webhooks) {
            try await $0.create(body.draft, in: organization)
        } answer: { endpoint in
            Answer(.created) { $0.polarEndpoint(endpoint) }
        }
    }

    @Sendable func get(_ call: PolarCall) async throws -> Response {
        let endpoint = try await webhooks.endpoint(try call.pathID(), in: call.caller.organizations)
        return Response(.ok) { $0.polarEndpoint(endpoint) }
    }

    @Sendable func update(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let id: WebhookEndpoint.ID? = reader.pathID(call)
        let patch = reader.webhookPatch(call.body, allowsPrivate: webhooks.allowsPrivate)
        try reader.issues.finish()
        guard let id, let patch else { throw PolarFailure.unreadableBody }
        return try await call.keyed.effect(on: webhooks) {
            try await $0.update(id, in: call.caller.organizations, by: patch)
        } answer: { endpoint in
            Answer(.ok) { $0.polarEndpoint(endpoint) }
        }
    }

    @Sendable func resetSecret(_ call: PolarCall) async throws -> Response {
        let id: WebhookEndpoint.ID = try call.pathID()
        return try await call.keyed.effect(on: webhooks) {
            try await $0.resetSecret(of: id, in: call.caller.organizations)
        } answer: { endpoint in
            Answer(.ok) { $0.polarEndpoint(endpoint) }
        }
    }

    @Sendable func delete(_ call: PolarCall) async throws -> Response {
        let id: WebhookEndpoint.ID = try call.pathID()
        return try await call.keyed.effect(on: webhooks) {
            try await $0.delete(id, in: call.caller.organizations)
        } answer: {
            Answer(status: .noContent)
        }
    }

    @Sendable func deliveries(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        let (page, limit) = reader.page(asked)
        var query = WebhookDeliveryQuery(
            organizations: call.organizations(&reader),
            dialect: .polar,
            page: page,
            limit: limit
        )
        query.endpoints = reader.identifiers("endpoint_id", asked)
        query.from = reader.moment("start_timestamp", asked)
        query.before = reader.moment("end_timestamp", asked)
        query.succeeded = reader.flag("succeeded", asked)
        query.search = reader.text("query", asked)?.nilIfEmpty
        query.codeClass = reader.codeClass("http_code_class", asked)
        query.kinds = reader.eventTypes("event_type", asked)
        try reader.issues.finish()
        let (found, asksFor) = (try await webhooks.deliveries(query), limit)
        return Response(.ok, capacity: 4_096 * (1 + found.items.count)) {
            $0.polarPage(found, limit: asksFor) { $0.polarDelivery($1) }
        }
    }

    @Sendable func redeliver(_ call: PolarCall) async throws -> Response {
        let id: WebhookEvent.ID = try call.pathID()
        return try await call.keyed.effect(on: webhooks) {
            try await $0.redeliver(id, in: call.caller.organizations)
        } answer: { _ in
            Answer(.accepted, .null)
        }
    }
}

/// The wire's endpoint and delivery, member for member in the published order.
extension JSONWriter {
    fileprivate mutating func polarEndpoint(_ endpoint: WebhookEndpoint) {
        beginObject()
        member("created_at", endpoint.createdAt)
        member("modified_at", endpoint.modifiedAt)
        member("id", endpoint.id)
        member("url", endpoint.url.text)
        member("name", endpoint.name)
        member("format", endpoint.format.rawValue)
        member("secret", endpoint.secrets.last?.text ?? "")
        member("organization_id", endpoint.organization)
        name("events")
        beginArray()
        for event in endpoint.events { value(event) }
        endArray()
        member("enabled", endpoint.isEnabled)
        endObject()
    }

    fileprivate mutating func polarDelivery(_ delivery: WebhookDelivery) {
        let event = delivery.event
        beginObject()
        member("created_at", delivery.createdAt)
        name("modified_at")
        null()
        member("id", delivery.id)
        member("succeeded", delivery.succeeded)
        member("http_code", delivery.httpCode)
        member("response", delivery.response)
        name("webhook_event")
        beginObject()
        member("created_at", event.createdAt)
        member("modified_at", event.modifiedAt)
        member("id", event.id)
        member("last_http_code", event.httpCode)
        member("succeeded", event.succeeded)
        member("skipped", event.isSkipped)
        member("payload", event.payload)
        member("type", event.kind)
        member("is_archived", event.payload == nil)
        endObject()
        endObject()
    }
}
