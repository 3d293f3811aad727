#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension CustomersClient {
    /// What a customer is, pays for and may use, as it is now.
    ///
    /// - Parameters:
    ///   - id: The customer.
    ///   - minVersion: The least version that will do. Only Clientele has versions.
    ///   - wait: How long to wait for that version, up to 60 seconds.
    ///   - options: What this call does otherwise than others.
    /// - Returns: The state.
    /// - Throws: `notFound`; `preconditionFailed` where the version has not come in time.
    public func getState(
        _ id: UUID,
        minVersion: Int64? = nil,
        wait: Duration? = nil,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> CustomerState {
        try await freshState(.id(id), minVersion, wait, options)
    }

    /// What a customer is, pays for and may use, by the application's own id.
    public func getStateExternal(
        _ externalID: String,
        minVersion: Int64? = nil,
        wait: Duration? = nil,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> CustomerState {
        try await freshState(.externalID(externalID), minVersion, wait, options)
    }

    /// The state as it is now, sent only where it has changed since this client had it last.
    ///
    /// The server is asked each time, and says in a few bytes that nothing has changed. To ask it less, use ``StateCache``.
    public func state(
        _ key: CustomerKey,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> CustomerState {
        var call = Call(method: .get, key, "state")
        let kept = connection.states.state(of: key)
        if let version = kept?.stateVersion { call.headers[.ifNoneMatch] = "\"\(version)\"" }
        let answer: ReceivedAnswer
        do {
            answer = try await connection.answer(to: call, options)
        } catch {
            if case .notFound = error { connection.states.forget(key) }
            throw error
        }
        if answer.head.status == .notModified, let kept { return kept }
        let state = try Self.state(in: answer)
        connection.states.keep(state, of: key)
        return state
    }

    /// The states of up to 1,000 customers, in the order of their keys; unknown customers are left out.
    ///
    /// Only Clientele has this.
    public func states(
        _ keys: [CustomerKey],
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> [CustomerState] {
        struct Body: Encodable {
            var ids: [UUID] = []
            var externalIds: [String] = []
        }
        struct Answer: Decodable { var items: [CustomerState] }
        var body = Body()
        for key in keys {
            switch key {
            case .id(let id): body.ids.append(id)
            case .externalID(let externalID): body.externalIds.append(externalID)
            }
        }
        let call = try Call.send(.post, "customers", "state", "query", body: body)
        let answer: Answer = try await connection.value(call, options)
        return answer.items.ordered(by: keys)
    }

    /// Whether a customer may use one thing now.
    ///
    /// Only Clientele has this.
    ///
    /// - Parameters:
    ///   - customer: The customer.
    ///   - key: The id of a benefit or a meter, or the value of the pair `key` in its metadata.
    ///   - options: What this call does otherwise than others.
    /// - Returns: Whether, how much, and why.
    /// - Throws: `notFound` where the organization has no such thing.
    public func check(
        _ customer: CustomerKey,
        key: String,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> BenefitCheck {
        try await connection.value(Call(method: .get, customer, "benefits", key), options)
    }

    /// The state as the server wrote it, byte for byte, and its version: for those who pass it on.
    package func stateText(
        _ id: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> (text: String, version: Int64?) {
        let answer = try await connection.answer(to: Call(method: .get, .id(id), "state"), options)
        return (String(decoding: answer.body, as: UTF8.self), answer.version)
    }

    private func freshState(
        _ key: CustomerKey,
        _ minVersion: Int64?,
        _ wait: Duration?,
        _ options: RequestOptions
    ) async throws(ClienteleError) -> CustomerState {
        var call = Call(method: .get, key, "state")
        call.query.add("min_version", minVersion)
        if let wait { call.headers[.prefer] = "wait=\(wait.components.seconds)" }
        return try Self.state(in: try await connection.answer(to: call, options))
    }

    private static func state(in answer: ReceivedAnswer) throws(ClienteleError) -> CustomerState {
        var state: CustomerState = try answer.decoded()
        state.customer.stateVersion = answer.version ?? state.customer.stateVersion
        return state
    }
}

extension [CustomerState] {
    /// The states in the order of their keys; the server has those by its own ids first.
    fileprivate func ordered(by keys: [CustomerKey]) -> [CustomerState] {
        let byID = Dictionary(map { ($0.id, $0) }) { first, _ in first }
        let byExternalID = Dictionary(compactMap { state in state.externalID.map { ($0, state) } }) { first, _ in first
        }
        return keys.compactMap { key in
            switch key {
            case .id(let id): byID[id]
            case .externalID(let externalID): byExternalID[externalID]
            }
        }
    }
}
