import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's events: what customers do, as the organization's application tells it.
struct PolarEventRoutes {
    let events: Events

    static let reading: [Scope] = [.eventsRead, .eventsWrite]
    static let writing: [Scope] = [.eventsWrite]

    var endpoints: [PolarEndpoint] {
        [
            .get("events", Self.reading, list),
            .post("events/ingest", Self.writing, ingest),
            .get("events/:id", Self.reading, get),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        var query = EventQuery(reader.recordQuery(call, standard: (.timestamp, true)))
        query.customers = reader.identifiers("customer_id", asked)
        query.externalCustomerIDs = reader.texts("external_customer_id", asked)
        query.meter = reader.identifier("meter_id", asked)
        query.names = reader.texts("name", asked)
        query.sources = reader.choices("source", asked)
        query.search = reader.text("query", asked)
        query.from = reader.moment("start_timestamp", asked)
        query.before = reader.moment("end_timestamp", asked)
        query.parent = reader.identifier("parent_id", asked)
        try reader.issues.finish()
        let (found, limit) = (try await events.list(query), query.list.limit)
        return Response(.ok, capacity: 2_048 * (1 + found.items.count)) {
            $0.polarPage(found, limit: limit) { $0.polarEvent($1) }
        }
    }

    @Sendable func ingest(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let batch = reader.eventBatch(call.body, at: events.now)
        try reader.issues.finish()
        guard let batch else { throw PolarFailure.unreadableBody }
        // Nothing is nobody's: it may be any organization's.
        let organization = batch.drafts.isEmpty ? call.caller.organization : try batch.organization(for: call)
        return try await call.keyed.effect(on: events) {
            try await $0.ingest(batch.drafts, in: organization)
        } answer: {
            Self.answer($0)
        }
    }

    @Sendable func get(_ call: PolarCall) async throws -> Response {
        let id: Event.ID = try call.pathID()
        let event = try await events.event(id, in: call.caller.organizations)
        return Response(.ok, capacity: 2_048) { $0.polarEvent(event) }
    }

    private static func answer(_ receipt: EventsReceipt) -> Answer {
        Answer(.ok) {
            $0.beginObject()
            $0.member("inserted", receipt.inserted)
            $0.member("duplicates", receipt.duplicates)
            $0.endObject()
        }
    }
}

extension PolarReader {
    /// The one record that a filter names by id, nil when it is not there.
    fileprivate mutating func identifier<Entity>(_ name: String, _ query: FormQuery) -> Identifier<Entity>? {
        query.last(name).flatMap { identifier(.string($0), at: ["query", .string(name)]) }
    }
}
