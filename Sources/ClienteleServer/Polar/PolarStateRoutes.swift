import ClienteleCore
import ClienteleJSON
import Hummingbird

/// What customers are, pay for and may use: Polar's state, and what this service offers beyond it.
struct PolarStateRoutes {
    let states: CustomerStates

    var endpoints: [PolarEndpoint] {
        let reading = PolarCustomerRoutes.reading
        return [
            .get("customers/:id/state", reading, { try await state($0, PolarCall.customerID) }),
            .get(
                "customers/external/:external_id/state",
                reading,
                { try await state($0, PolarCall.customerExternalID) }
            ),
            .post("customers/state/query", reading, query),
            .get("customers/:id/benefits/:key", reading, { try await check($0, PolarCall.customerID) }),
            .get(
                "customers/external/:external_id/benefits/:key",
                reading,
                { try await check($0, PolarCall.customerExternalID) }
            ),
        ]
    }

    /// How a path names its customer.
    private typealias Key = (PolarCall) -> (inout PolarReader) -> CustomerKey?

    private func state(_ call: PolarCall, _ key: Key) async throws -> Response {
        var reader = PolarReader()
        let key = key(call)(&reader)
        let version = reader.version("min_version", call.query)
        try reader.issues.finish()
        guard let key else { throw PolarFailure.notFound }
        let organizations = call.caller.organizations
        do {
            let state = try await states.state(of: key, in: organizations, atLeast: version ?? 0, waiting: nil)
            return answer(call, state)
        } catch {
            guard case .stateTooOld = error, call.conditions.waitSeconds ?? 0 > 0 else { throw error }
        }
        return try await awaited(key, atLeast: version ?? 0, call)
    }

    private func answer(_ call: PolarCall, _ state: CustomerState) -> Response {
        call.conditions.answer(state.customer.stateVersion, capacity: state.textBytesMost) {
            $0.polarState(state, call.edition)
        }
    }

    /// The state once it is of a version, unless the caller goes before.
    ///
    /// To see that it goes, the connection is read from, so that it can bear no request after this one.
    private func awaited(_ key: CustomerKey, atLeast version: Int64, _ call: PolarCall) async throws -> Response {
        let states = states
        let organizations = call.caller.organizations
        let seconds = call.conditions.waitSeconds
        var response: Response
        do {
            let state = try await call.untilClosed {
                try await states.state(of: key, in: organizations, atLeast: version, waiting: seconds)
            }
            response = answer(call, state)
        } catch DomainError.stateTooOld(let version) {
            throw PolarFailure.stateTooOld(version: version)
        }
        response.headers[.connection] = "close"
        return response
    }

    /// The states of many customers at once: an extension of ours.
    @Sendable func query(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let keys = reader.customerKeys(call.body)
        try reader.issues.finish()
        let found = try await states.states(of: keys, in: call.caller.organizations)
        return Response(.ok, capacity: 64 + found.reduce(0) { $0 + $1.textBytesMost }) { writer in
            writer.beginObject()
            writer.name("items")
            writer.beginArray()
            for state in found { writer.polarVersionedState(state, call.edition) }
            writer.endArray()
            writer.endObject()
        }
    }

    /// Whether a customer may use one thing: an extension of ours.
    private func check(_ call: PolarCall, _ key: Key) async throws -> Response {
        var reader = PolarReader()
        let key = key(call)(&reader)
        let name = reader.string(.string(call.parameter("key")), at: ["path", "key"])
        try reader.issues.finish()
        guard let key, let name else { throw PolarFailure.notFound }
        let check = try await states.check(name, for: key, in: call.caller.organizations)
        return Response(.ok) { $0.polarCheck(check) }
    }
}

extension PolarReader {
    fileprivate mutating func version(_ name: String, _ query: FormQuery) -> Int64? {
        guard let text = query.last(name) else { return nil }
        if let version = Int64(text), version >= 0 { return version }
        issues.append(.integerParsing(["query", .string(name)], .string(text)))
        return nil
    }

    /// The customers that a query names by `ids` and `external_ids`.
    fileprivate mutating func customerKeys(_ body: PolarBody) -> [CustomerKey] {
        guard let json = body.object(&self) else { return [] }
        var keys: [CustomerKey] = []
        for (name, read) in [
            (
                "ids",
                { (reader: inout PolarReader, json: JSON, location: [JSON]) -> CustomerKey? in
                    reader.identifier(json, at: location).map { .id($0) }
                }
            ),
            (
                "external_ids",
                { (reader: inout PolarReader, json: JSON, location: [JSON]) -> CustomerKey? in
                    reader.string(json, at: location).map { .externalID($0.trimmed) }
                }
            ),
        ] {
            guard let value = json[name], value != .null else { continue }
            guard let values = value.array else {
                issues.append(.listType(["body", .string(name)], value))
                continue
            }
            for (index, value) in values.prefix(CustomerStates.queryMax + 1).enumerated() {
                guard let key = read(&self, value, ["body", .string(name), .integer(Int64(index))]) else { continue }
                keys.append(key)
            }
        }
        if keys.count > CustomerStates.queryMax {
            issues.append(.tooMany(["body"], json, "List", max: CustomerStates.queryMax, actual: keys.count))
        }
        return keys
    }
}

extension CustomerState {
    /// Bytes that the state will most likely not exceed as an answer.
    fileprivate var textBytesMost: Int {
        1_536 + customer.metadata.text.utf8.count + 800 * subscriptions.count + 420 * grants.count + 260 * meters.count
    }
}
