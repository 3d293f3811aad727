/// The use cases of an operator who sets what organizations may use.
///
/// A running server heeds a change within `AccessTokens.rememberedSeconds`, and the limit on customers at once.
public struct Policies: Sendable {
    private let store: any PolicyStore

    public init(store: any PolicyStore) { self.store = store }

    public func policy(of organization: Organization.ID) async throws(DomainError) -> Policy {
        try await store.policy(of: organization)
    }

    /// Replaces the plan; nil lets the organization use everything.
    public func setPlan(_ plan: Plan?, of organization: Organization.ID) async throws(DomainError) {
        guard plan?.customersMax.map({ $0 >= 0 }) ?? true else { throw .refused([Refusal(.planCustomers)]) }
        try await store.setPlan(plan, of: organization)
    }

    /// Replaces the limits; nil is each dialect's own.
    public func setLimits(_ limits: CallLimits?, of organization: Organization.ID) async throws(DomainError) {
        let given = [limits?.readsPerMinute, limits?.writesPerMinute].compactMap(\.self)
        guard given.allSatisfy({ 1...CallLimits.perMinuteMax ~= $0 }) else { throw .refused([Refusal(.callLimit)]) }
        try await store.setLimits(limits, of: organization)
    }
}
