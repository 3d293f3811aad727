import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's meters, and what customers have used by them.
struct PolarMeterRoutes {
    let meters: Meters
    let customerMeters: CustomerMeters

    static let reading: [Scope] = [.metersRead, .metersWrite]
    static let writing: [Scope] = [.metersWrite]
    static let readingUsage: [Scope] = [.customerMetersRead]

    var endpoints: [PolarEndpoint] {
        [
            .get("meters", Self.reading, list),
            .post("meters", Self.writing, create),
            .get("meters/:id", Self.reading, get),
            .patch("meters/:id", Self.writing, update),
            .get("customer-meters", Self.readingUsage, listUsage),
            .get("customer-meters/:id", Self.readingUsage, getUsage),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        var query = MeterQuery(reader.recordQuery(call, standard: (.name, false)))
        query.search = reader.text("query", asked)
        query.isArchived = reader.flag("is_archived", asked)
        try reader.issues.finish()
        let (found, limit) = (try await meters.list(query), query.list.limit)
        return Response(.ok, capacity: 1_024 * (1 + found.items.count)) {
            $0.polarPage(found, limit: limit) { $0.polarMeter($1) }
        }
    }

    @Sendable func create(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let body = reader.meterDraft(call.body)
        try reader.issues.finish()
        guard let body else { throw PolarFailure.unreadableBody }
        let organization = try call.organization(named: body.organization)
        return try await call.keyed.effect(on: meters) {
            try await $0.create(body.draft, in: organization)
        } answer: { meter in
            Answer(.created) { $0.polarMeter(meter) }
        }
    }

    @Sendable func get(_ call: PolarCall) async throws -> Response {
        let id: Meter.ID = try call.pathID()
        let meter = try await meters.meter(id, in: call.caller.organizations)
        return Response(.ok) { $0.polarMeter(meter) }
    }

    @Sendable func update(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let id: Meter.ID? = reader.pathID(call)
        let patch = reader.meterPatch(call.body)
        try reader.issues.finish()
        guard let id, let patch else { throw PolarFailure.unreadableBody }
        if patch.unit != nil || patch.customLabel.isAsked {
            let meter = try await meters.meter(id, in: call.caller.organizations)
            var label = meter.customLabel
            patch.customLabel.apply(to: &label)
            if patch.unit ?? meter.unit == .custom, label == nil { throw PolarIssues([.labelMissing(.null)]) }
        }
        return try await call.keyed.effect(on: meters) {
            try await $0.update(id, in: call.caller.organizations, by: patch)
        } answer: { meter in
            Answer(.ok) { $0.polarMeter(meter) }
        }
    }

    @Sendable func listUsage(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        var query = CustomerMeterQuery(reader.recordQuery(call, standard: (.modifiedAt, true)))
        // These records have no metadata of their own to filter by.
        query.list.metadata = []
        query.customers = reader.identifiers("customer_id", asked)
        query.externalCustomerIDs = reader.texts("external_customer_id", asked)
        query.meters = reader.identifiers("meter_id", asked)
        try reader.issues.finish()
        let (found, limit) = (try await customerMeters.list(query), query.list.limit)
        return Response(.ok, capacity: 2_048 * (1 + found.items.count)) {
            $0.polarPage(found, limit: limit) { $0.polarCustomerMeter($1) }
        }
    }

    @Sendable func getUsage(_ call: PolarCall) async throws -> Response {
        let id: CustomerMeter.ID = try call.pathID()
        let details = try await customerMeters.customerMeter(id, in: call.caller.organizations)
        return Response(.ok, capacity: 2_048) { $0.polarCustomerMeter(details) }
    }
}
