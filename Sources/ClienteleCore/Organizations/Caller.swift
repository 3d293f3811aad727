/// Who calls: a token, and what the operator lets its organizations do.
public struct Caller: Sendable {
    public let token: AccessToken
    /// By organization; one for which nothing is set is not there.
    package let policies: [Organization.ID: Policy]

    package init(token: AccessToken, policies: [Organization.ID: Policy] = [:]) {
        self.token = token
        self.policies = policies
    }

    public var organizations: [Organization.ID] { token.organizations }
    public var kind: AccessToken.Kind { token.kind }
    public var scopes: Set<Scope> { token.scopes }

    /// The first organization: whose calls are counted, and whose idempotency keys are used.
    public var organization: Organization.ID { token.organizations[0] }

    /// The limits that are set for the caller; nil leaves them to its dialect.
    public var limits: CallLimits? { policies[organization]?.limits }

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
        return Caller(token: token.narrowed(to: entitled), policies: policies)
    }
}

extension AccessToken {
    fileprivate func narrowed(to organizations: [Organization.ID]) -> AccessToken {
        AccessToken(
            id: id,
            kind: kind,
            dialect: dialect,
            label: label,
            lastFour: lastFour,
            organizations: organizations,
            scopes: scopes,
            createdAt: createdAt,
            expiresAt: expiresAt,
            revokedAt: revokedAt
        )
    }
}
