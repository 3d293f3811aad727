import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's benefits, and the grants of them.
struct PolarBenefitRoutes {
    let benefits: Benefits

    static let reading: [Scope] = [.benefitsRead, .benefitsWrite]
    static let writing: [Scope] = [.benefitsWrite]

    var endpoints: [PolarEndpoint] {
        [
            .get("benefits", Self.reading, list),
            .post("benefits", Self.writing, create),
            .get("benefits/:id", Self.reading, get),
            .patch("benefits/:id", Self.writing, update),
            .delete("benefits/:id", Self.writing, delete),
            .get("benefits/:id/grants", Self.reading, grantsOfOne),
            .get("benefit-grants", Self.reading, grants),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        var query = BenefitQuery(reader.recordQuery(call, standard: (.createdAt, descending: true)))
        query.kinds = reader.choices("type", asked)
        query.ids = reader.identifiers("id", asked)
        query.excludedIDs = reader.identifiers("exclude_id", asked)
        query.search = reader.text("query", asked)
        try reader.issues.finish()
        let found = try await benefits.list(query)
        return Response(.ok, capacity: 1_024 * (1 + found.items.count)) {
            $0.polarPage(found, limit: query.list.limit) { $0.polarBenefit($1) }
        }
    }

    @Sendable func create(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let body = reader.benefitDraft(call.body)
        try reader.issues.finish()
        guard let body else { throw PolarFailure.unreadableBody }
        let organization = try call.organization(named: body.organization)
        return try await call.keyed.effect(on: benefits) {
            try await $0.create(body.draft, in: organization)
        } answer: { benefit in
            Answer(.created) { $0.polarBenefit(benefit) }
        }
    }

    @Sendable func get(_ call: PolarCall) async throws -> Response {
        let benefit = try await benefits.benefit(try call.pathID(), in: call.caller.organizations)
        return Response(.ok) { $0.polarBenefit(benefit) }
    }

    @Sendable func update(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let id: Benefit.ID? = reader.pathID(call)
        let body = reader.benefitPatch(call.body)
        try reader.issues.finish()
        guard let id, let body else { throw PolarFailure.unreadableBody }
        let stored = try await benefits.benefit(id, in: call.caller.organizations)
        guard body.kind == stored.kind else { throw PolarIssues.kindFixed(body.kind) }
        return try await call.keyed.effect(on: benefits) {
            try await $0.update(id, in: call.caller.organizations, by: body.patch)
        } answer: { benefit in
            Answer(.ok) { $0.polarBenefit(benefit) }
        }
    }

    @Sendable func delete(_ call: PolarCall) async throws -> Response {
        let id: Benefit.ID = try call.pathID()
        return try await call.keyed.effect(on: benefits) {
            try await $0.delete(id, in: call.caller.organizations)
        } answer: {
            Answer(status: .noContent)
        }
    }

    @Sendable func grantsOfOne(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let id: Benefit.ID? = reader.pathID(call)
        var query = grantQuery(call, &reader)
        query.members = reader.identifiers("member_id", call.query)
        try reader.issues.finish()
        guard let id else { throw PolarFailure.notFound }
        query.benefit = try await benefits.benefit(id, in: call.caller.organizations).id
        return try await answer(query)
    }

    @Sendable func grants(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        var query = grantQuery(call, &reader)
        query.externalCustomerIDs = reader.texts("external_customer_id", call.query)
        try reader.issues.finish()
        return try await answer(query)
    }

    private func grantQuery(_ call: PolarCall, _ reader: inout PolarReader) -> BenefitGrantQuery {
        var query = BenefitGrantQuery(reader.recordQuery(call, standard: (.createdAt, descending: true)))
        query.isGranted = reader.flag("is_granted", call.query)
        query.customers = reader.identifiers("customer_id", call.query)
        return query
    }

    private func answer(_ query: BenefitGrantQuery) async throws -> Response {
        let found = try await benefits.grants(query)
        return Response(.ok, capacity: 2_048 * (1 + found.items.count)) {
            $0.polarPage(found, limit: query.list.limit) { $0.polarGrant($1) }
        }
    }
}

extension PolarIssues {
    fileprivate static func kindFixed(_ kind: Benefit.Kind) -> PolarIssues {
        let message = "The type of a benefit cannot be changed."
        let issue = PolarIssue(
            type: "value_error",
            location: ["body", "type"],
            message: message,
            input: .string(kind.rawValue)
        )
        return PolarIssues(source: .service, [issue])
    }
}
