import Synchronization

/// The use cases of access tokens, and the check that every request passes.
///
/// A checked token is remembered for a second, so that a revocation made by another process holds within that time.
public final class AccessTokens: Sendable {
    /// How long a checked token is believed without asking the store again.
    public static let rememberedSeconds: Int64 = 1
    /// How many checked tokens are remembered; beyond it the memory is emptied.
    static let rememberedMax = 10_000

    private struct Checked {
        let caller: Caller
        let at: Timestamp
    }

    private struct Memory {
        /// By the hash of the secret.
        var checked: [[UInt8]: Checked] = [:]
        /// Tokens that only this process knows, by the hash of the secret.
        var own: [[UInt8]: AccessToken] = [:]
        /// Revocations so far: what was read before one must not be remembered after it.
        var revocations = 0
    }

    private let store: any OrganizationStore
    private let surroundings: Surroundings
    private let memory = Mutex(Memory())

    public init(store: any OrganizationStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    /// What a secret turned out to be.
    public enum Check: Sendable {
        case usable(Caller)
        case unknown
        case revoked
        case expired
    }

    /// Who bears the secret, with what its organizations may use.
    public func check(secret: some StringProtocol) async throws(DomainError) -> Check {
        let hash = TokenSecret.hash(of: secret)
        let now = surroundings.now()
        let (checked, own, revocations) = memory.withLock { ($0.checked[hash], $0.own[hash], $0.revocations) }
        if let checked, checked.at <= now, now < checked.at.adding(seconds: Self.rememberedSeconds) {
            return checked.caller.check(at: now)
        }
        guard let caller = try await caller(withHash: hash, own) else { return .unknown }
        guard caller.token.isUsable(at: now) else { return caller.check(at: now) }
        memory.withLock {
            guard $0.revocations == revocations else { return }
            if $0.checked.count >= Self.rememberedMax { $0.checked.removeAll(keepingCapacity: true) }
            $0.checked[hash] = Checked(caller: caller, at: now)
        }
        return .usable(caller)
    }

    /// Makes a token and gives its secret, which cannot be had again.
    ///
    /// A token of an organization speaks for exactly one; a user's for one or more, in Polar's dialect. They must exist. It
    /// is usable for `lifetimeSeconds`: nil is for ever, 0 not at all.
    public func create(
        kind: AccessToken.Kind,
        organizations: [Organization.ID],
        scopes: Set<Scope>,
        dialect: Dialect = .polar,
        label: String? = nil,
        lifetimeSeconds: Int64? = nil
    ) async throws(DomainError) -> (token: AccessToken, secret: TokenSecret) {
        let unique = organizations.reduce(into: [Organization.ID]()) { if !$0.contains($1) { $0.append($1) } }
        let mayHaveSeveral = kind == .user && dialect == .polar
        guard !unique.isEmpty, mayHaveSeveral || unique.count == 1 else {
            throw .refused([Refusal(.tokenOrganizations, input: nil)])
        }
        let label = label?.trimmed.nilIfEmpty
        guard label.map({ $0.unicodeScalars.count <= AccessToken.labelLengthMax && !$0.contains("\0") }) ?? true else {
            throw .refused([Refusal(.tokenLabel, input: label)])
        }
        let now = surroundings.now()
        let secret = TokenSecret(kind: kind, dialect: dialect, surroundings: surroundings)
        let token = AccessToken(
            id: surroundings.newIdentifier(),
            kind: kind,
            dialect: dialect,
            label: label,
            lastFour: secret.lastFour,
            organizations: unique,
            scopes: scopes,
            createdAt: now,
            expiresAt: lifetimeSeconds.map(now.adding(seconds:)),
            revokedAt: nil
        )
        try await store.insert(token, hash: TokenSecret.hash(of: secret.text))
        return (token, secret)
    }

    /// Makes a token of an organization that only this process knows, and gives its secret, which cannot be had again.
    ///
    /// It is in no list and ends with the process, or where it is revoked here. What the organization may use holds for it as
    /// for any other.
    public func createInMemory(
        for organization: Organization.ID,
        scopes: Set<Scope>
    ) async throws(DomainError) -> (token: AccessToken, secret: TokenSecret) {
        _ = try await store.organization(organization)
        let secret = TokenSecret(kind: .organization, dialect: .polar, surroundings: surroundings)
        let token = AccessToken(
            id: surroundings.newIdentifier(),
            kind: .organization,
            lastFour: secret.lastFour,
            organizations: [organization],
            scopes: scopes,
            createdAt: surroundings.now(),
            expiresAt: nil,
            revokedAt: nil
        )
        memory.withLock { $0.own[TokenSecret.hash(of: secret.text)] = token }
        return (token, secret)
    }

    /// Every token that the store keeps, oldest first.
    public func list() async throws(DomainError) -> [AccessToken] { try await store.tokens() }

    /// Makes a token unusable from now on; at once in this process, within a second in others.
    public func revoke(_ id: AccessToken.ID) async throws(DomainError) {
        let isOwn = memory.withLock { $0.own.values.contains { $0.id == id } }
        if !isOwn { try await store.revokeToken(id, at: surroundings.now()) }
        memory.withLock {
            $0.revocations += 1
            $0.own = $0.own.filter { $0.value.id != id }
            $0.checked = $0.checked.filter { $0.value.caller.token.id != id }
        }
    }

    private func caller(withHash hash: [UInt8], _ own: AccessToken?) async throws(DomainError) -> Caller? {
        guard let own else { return try await store.caller(withHash: hash) }
        return try await store.caller(bearing: own)
    }
}

extension Caller {
    fileprivate func check(at now: Timestamp) -> AccessTokens.Check {
        if token.isUsable(at: now) { return .usable(self) }
        return token.revokedAt == nil ? .expired : .revoked
    }
}
