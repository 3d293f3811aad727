/// Who calls: a token, and what the operator lets its organizations do.
public struct Caller: Sendable {
    public let token: AccessToken
    /// Those of the token's organizations that the call may be about.
    public private(set) var organizations: [Organization.ID]
    /// Why it may not be about the others.
    private var denial: Plan.Denial?
    /// By organization; one for which nothing is set is not there.
    private let policies: [Organization.ID: Policy]

    package init(token: AccessToken, policies: [Organization.ID: Policy] = [:]) {
        self.token = token
        self.organizations = token.organizations
        self.policies = policies
    }

    public var scopes: Set<Scope> { token.scopes }

    /// The first organization of the token, whose idempotency keys are used.
    public var organization: Organization.ID { token.organizations[0] }

    /// What is set for an organization.
    package func policy(of organization: Organization.ID) -> Policy { policies[organization] ?? Policy() }

    /// The limits that are set for an organization; nil leaves them to the caller's dialect.
    public func limits(of organization: Organization.ID) -> CallLimits? { policy(of: organization).limits }

    /// Whether the plan of an organization says how many customers it may have.
    public func isLimited(_ organization: Organization.ID) -> Bool {
        policy(of: organization).plan?.customersMax != nil
    }

    /// Throws where the call may not be about that organization of the token.
    public func require(_ organization: Organization.ID) throws(DomainError) {
        guard let denial, !organizations.contains(organization) else { return }
        throw .notEntitled(denial)
    }

    /// The caller in those of its organizations that may use `feature`; throws where none may.
    public func entitled(to feature: Plan.Feature) throws(DomainError) -> Caller {
        guard !policies.isEmpty else { return self }
        var denied: Plan.Denial?
        let entitled = organizations.filter { organization in
            guard let denial = policies[organization]?.plan?.denial(of: feature) else { return true }
            denied = denied ?? denial
            return false
        }
        if entitled.isEmpty, let denied { throw .notEntitled(denied) }
        var caller = self
        (caller.organizations, caller.denial) = (entitled, denied)
        return caller
    }
}
