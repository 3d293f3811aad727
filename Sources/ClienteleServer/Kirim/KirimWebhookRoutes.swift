import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Kirim's webhook subscriptions, and what was sent to them.
struct KirimWebhookRoutes {
    let webhooks: Webhooks
    let cursors: KirimCursors

    private static let hours: ClosedRange<Int64> = 0...720

    var endpoints: [KirimEndpoint] {
        [
            KirimEndpoint(.get, "webhook_subscriptions", .webhooks, list),
            KirimEndpoint(.post, "webhook_subscriptions", .webhooks, create),
            KirimEndpoint(.get, "webhook_subscriptions/:id", .webhooks, get),
            KirimEndpoint(.patch, "webhook_subscriptions/:id", .webhooks, update),
            KirimEndpoint(.delete, "webhook_subscriptions/:id", .webhooks, delete),
            KirimEndpoint(.post, "webhook_subscriptions/:id/secrets", .webhooks, addSecret),
            KirimEndpoint(.get, "webhook_deliveries", .webhooks, deliveries),
            KirimEndpoint(.post, "webhook_deliveries/:id/replay", .webhooks, replay),
        ]
    }

    /// All of them: the list has no pages.
    @Sendable func list(_ call: KirimCall) async throws -> Response {
        let found = try await webhooks.list(
            RecordQuery(
                organizations: call.caller.organizations,
                sorting: [(.createdAt, true)],
                limit: Webhooks.endpointsMax
            )
        )
        return Response(.ok, capacity: 1_024 * (1 + found.items.count)) {
            $0.kirimList(found.items, next: nil, call.requestID) { $0.kirimSubscription($1) }
        }
    }

    @Sendable func create(_ call: KirimCall) async throws -> Response {
        let draft = try KirimReader.subscription(call.body, allowsPrivate: webhooks.allowsPrivate)
        return try await call.keyed.effect(on: webhooks) {
            try await $0.create(draft, in: call.organization)
        } answer: { endpoint in
            Answer(.created) {
                $0.kirimEnvelope(call.requestID) {
                    $0.kirimSubscription(endpoint) { $0.member("initial_secret", endpoint.secrets.last?.text) }
                }
            }.numbered(call.requestID)
        }
    }

    @Sendable func get(_ call: KirimCall) async throws -> Response {
        let endpoint = try await webhooks.endpoint(try id(call), in: call.caller.organizations)
        return Response(.ok) { $0.kirimEnvelope(call.requestID) { $0.kirimSubscription(endpoint) } }
    }

    @Sendable func update(_ call: KirimCall) async throws -> Response {
        let id = try id(call)
        let patch = try KirimReader.subscriptionPatch(call.body, allowsPrivate: webhooks.allowsPrivate)
        let endpoint = try await webhooks.update(id, in: call.caller.organizations, by: patch)
        return Response(.ok) { $0.kirimEnvelope(call.requestID) { $0.kirimSubscription(endpoint) } }
    }

    @Sendable func delete(_ call: KirimCall) async throws -> Response {
        let id = try id(call)
        try await webhooks.delete(id, in: call.caller.organizations)
        return Response(.ok) {
            $0.kirimEnvelope(call.requestID) {
                $0.beginObject()
                $0.member("id", KirimID.text("wbs", id))
                $0.member("object", "webhook_subscription")
                $0.member("deleted", true)
                $0.endObject()
            }
        }
    }

    /// Adds a secret, which is shown only now; those before it go on signing for some hours.
    @Sendable func addSecret(_ call: KirimCall) async throws -> Response {
        let id = try id(call)
        let hours = try KirimReader.hours(call.body, in: Self.hours) ?? Webhooks.overlapSeconds / 3_600
        return try await call.keyed.effect(on: webhooks) {
            try await $0.addSecret(to: id, in: call.caller.organizations, overlapSeconds: hours * 3_600)
        } answer: { endpoint in
            Answer(.created) {
                $0.kirimEnvelope(call.requestID) { writer in
                    guard let secret = endpoint.secrets.last else { return writer.null() }
                    writer.kirimSecret(secret) { $0.member("secret", secret.text) }
                }
            }.numbered(call.requestID)
        }
    }

    @Sendable func deliveries(_ call: KirimCall) async throws -> Response {
        let subscription: WebhookEndpoint.ID? = try call.query.last("subscription_id").map {
            try call.id("wbs", $0, of: "subscription", at: "subscription_id")
        }
        let limit = try KirimReader.limit(call)
        let filters = "webhook_deliveries \(call.organization) \(subscription?.text ?? "")"
        let cursor = try await cursors.signer()
        let last = try call.query.last("cursor").map { try Int64(cursor.place($0, filters: filters)[0]) }
        let found = try await webhooks.events(
            of: call.organization,
            endpoint: subscription,
            before: last,
            limit: limit + 1
        )
        let page = found.prefix(limit)
        let next =
            found.count > limit ? page.last.map { cursor.text(of: [UInt64($0.place), 0, 0], filters: filters) } : nil
        return Response(.ok, capacity: 512 * (2 + page.count)) {
            $0.kirimList(page, next: next, call.requestID) { $0.kirimDelivery($1) }
        }
    }

    @Sendable func replay(_ call: KirimCall) async throws -> Response {
        let id: WebhookEvent.ID = try call.id("wbd", call.parameter("id"), of: "delivery", at: "id")
        return try await call.keyed.effect(on: webhooks) {
            try await $0.redeliver(id, in: call.caller.organizations)
        } answer: { event in
            Answer(.accepted) { $0.kirimEnvelope(call.requestID) { $0.kirimDelivery(event) } }.numbered(call.requestID)
        }
    }

    /// The subscription that the path names.
    private func id(_ call: KirimCall) throws -> WebhookEndpoint.ID {
        try call.id("wbs", call.parameter("id"), of: "subscription", at: "id")
    }
}

/// The wire's subscription, secret and delivery.
extension JSONWriter {
    fileprivate mutating func kirimSubscription(
        _ endpoint: WebhookEndpoint,
        _ more: (inout Self) -> Void = { _ in }
    ) {
        beginObject()
        member("id", KirimID.text("wbs", endpoint.id))
        member("object", "webhook_subscription")
        member("url", endpoint.url.text)
        member("status", endpoint.isEnabled ? "active" : "disabled")
        name("events")
        beginArray()
        for event in endpoint.events { value(event) }
        endArray()
        member("description", endpoint.name)
        name("secrets")
        beginArray()
        for secret in endpoint.secrets { kirimSecret(secret) }
        endArray()
        member("created_at", endpoint.createdAt.kirimText)
        member("updated_at", (endpoint.modifiedAt ?? endpoint.createdAt).kirimText)
        more(&self)
        endObject()
    }

    fileprivate mutating func kirimSecret(_ secret: WebhookSecret, _ more: (inout Self) -> Void = { _ in }) {
        beginObject()
        member("id", KirimID.text("sec", secret.id))
        member("created_at", secret.createdAt.kirimText)
        member("expires_at", secret.expiresAt?.kirimText)
        more(&self)
        endObject()
    }

    fileprivate mutating func kirimDelivery(_ event: WebhookEvent) {
        beginObject()
        member("id", KirimID.text("wbd", event.id))
        member("object", "webhook_delivery")
        member("subscription_id", KirimID.text("wbs", event.endpoint))
        member("event_id", KirimWebhooks.eventID(event.organization, event.sequence))
        member("event", event.kind)
        member("status", event.kirimStatus)
        member("attempts", event.attempts)
        member("response_status", event.httpCode)
        member("created_at", event.createdAt.kirimText)
        member("updated_at", (event.modifiedAt ?? event.createdAt).kirimText)
        endObject()
    }
}

extension WebhookEvent {
    fileprivate var kirimStatus: String {
        if isSkipped { return "skipped" }
        if isPending { return "pending" }
        return succeeded == true ? "delivered" : "failed"
    }
}

/// Reads what calls bring about subscriptions.
extension KirimReader {
    private static let descriptionLengthMax = 500

    fileprivate static func subscription(_ body: JSON?, allowsPrivate: Bool) throws(KirimError) -> WebhookDraft {
        let json = try object(body)
        guard let url = json["url"] else { throw .missing("url") }
        guard let events = json["events"] else { throw .missing("events") }
        return WebhookDraft(
            url: try self.url(url, allowsPrivate: allowsPrivate),
            name: try json["description"].flatMap { (json) throws(KirimError) in try description(json) },
            events: try self.events(events)
        )
    }

    fileprivate static func subscriptionPatch(_ body: JSON?, allowsPrivate: Bool) throws(KirimError) -> WebhookPatch {
        let json = try object(body)
        var patch = WebhookPatch()
        if let url = json["url"] { patch.url = try self.url(url, allowsPrivate: allowsPrivate) }
        if let description = json["description"] { patch.name = try self.description(description) ?? "" }
        if let events = json["events"] { patch.events = try self.events(events) }
        guard let status = json["status"] else { return patch }
        switch status.string {
        case "active": patch.isEnabled = true
        case "disabled": patch.isEnabled = false
        default: throw .invalid("status", "The status must be active or disabled.")
        }
        return patch
    }

    fileprivate static func hours(_ body: JSON?, in bounds: ClosedRange<Int64>) throws(KirimError) -> Int64? {
        let json = try object(body)
        guard let hours = json["expires_in_hours"], !hours.isNull else { return nil }
        guard let number = hours.integer, bounds ~= number else {
            throw .invalid(
                "expires_in_hours",
                "The hours must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)."
            )
        }
        return number
    }

    private static func url(_ json: JSON, allowsPrivate: Bool) throws(KirimError) -> WebhookURL {
        guard let text = json.string else { throw .invalid("url", "The URL must be a text.") }
        do { return try WebhookURL(text, allowsPrivate: allowsPrivate) } catch { throw .invalidWebhookURL }
    }

    private static func description(_ json: JSON) throws(KirimError) -> String? {
        if json.isNull { return nil }
        guard let text = json.string, text.unicodeScalars.count <= descriptionLengthMax, !text.utf8.contains(0) else {
            throw .invalid(
                "description",
                "The description must be a text of at most \(descriptionLengthMax) characters."
            )
        }
        return text
    }

    private static func events(_ json: JSON) throws(KirimError) -> [String] {
        let names = KirimWebhooks.events.joined(separator: ", ")
        guard let values = json.array, !values.isEmpty else {
            throw .invalid("events", "The events must be a list of some of \(names).")
        }
        var events: [String] = []
        for value in values {
            guard let event = value.string, KirimWebhooks.events.contains(event) else {
                throw .invalid("events", "Each event must be one of \(names).")
            }
            if !events.contains(event) { events.append(event) }
        }
        return events
    }
}
