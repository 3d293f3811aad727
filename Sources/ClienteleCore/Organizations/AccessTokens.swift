import Synchronization

/// The use cases of access tokens, and the check that every request passes.
///
/// A checked token is remembered for a second, so that a revocation made by another process holds within that time.
public final class AccessTokens: Sendable {
    /// How long a checked token is believed without asking the store again.
    static let rememberedSeconds: Int64 = 1
    /// How many checked tokens are remembered; beyond it the memory is emptied.
    static let rememberedMax = 10_000

    private struct Checked {
        let token: AccessToken
        let at: Timestamp
    }

    private struct Memory {
        /// By the hash of the secret.
        var checked: [[UInt8]: Checked] = [:]
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

    /// The usable token whose secret is `secret`, or nil.
    public func token(withSecret secret: some StringProtocol) async throws(DomainError) -> AccessToken? {
        let hash = TokenSecret.hash(of: secret)
        let now = surroundings.now()
        let (checked, revocations) = memory.withLock { ($0.checked[hash], $0.revocations) }
        if let checked, checked.at <= now, now < checked.at.adding(seconds: Self.rememberedSeconds) {
            return checked.token.isUsable(at: now) ? checked.token : nil
        }
        guard let token = try await store.token(withHash: hash), token.isUsable(at: now) else { return nil }
        memory.withLock {
            guard $0.revocations == revocations else { return }
            if $0.checked.count >= Self.rememberedMax { $0.checked.removeAll(keepingCapacity: true) }
            $0.checked[hash] = Checked(token: token, at: now)
        }
        return token
    }

    /// Makes a token and gives its secret, which cannot be had again.
    ///
    /// A token of an organization speaks for exactly one; a user's for one or more. They must exist. It is usable for
    /// `lifetimeSeconds`: nil is for ever, 0 not at all.
    public func create(
        kind: AccessToken.Kind,
        organizations: [Organization.ID],
        scopes: Set<Scope>,
        lifetimeSeconds: Int64? = nil
    ) async throws(DomainError) -> (token: AccessToken, secret: TokenSecret) {
        let unique = organizations.reduce(into: [Organization.ID]()) { if !$0.contains($1) { $0.append($1) } }
        guard !unique.isEmpty, kind == .user || unique.count == 1 else {
            throw .refused([Refusal(.tokenOrganizations, input: nil)])
        }
        let now = surroundings.now()
        let secret = TokenSecret(kind: kind, surroundings: surroundings)
        let token = AccessToken(
            id: surroundings.newIdentifier(),
            kind: kind,
            organizations: unique,
            scopes: scopes,
            createdAt: now,
            expiresAt: lifetimeSeconds.map(now.adding(seconds:)),
            revokedAt: nil
        )
        try await store.insert(token, hash: TokenSecret.hash(of: secret.text))
        return (token, secret)
    }

    /// Every token, oldest first.
    public func list() async throws(DomainError) -> [AccessToken] { try await store.tokens() }

    /// Makes a token unusable from now on; at once in this process, within a second in others.
    public func revoke(_ id: AccessToken.ID) async throws(DomainError) {
        try await store.revokeToken(id, at: surroundings.now())
        memory.withLock {
            $0.revocations += 1
            $0.checked = $0.checked.filter { $0.value.token.id != id }
        }
    }
}
