/// Does what was to happen by now to customers' subscriptions.
///
/// One customer's account is settled whenever it is read or changed; this is for all that nobody asks for, and for lists.
public struct Settlement: Sendable {
    private let store: any AccountStore
    private let surroundings: Surroundings

    public init(store: any AccountStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    /// Customers that one call settles at the most.
    private static let batchSize = 100

    /// Settles some customers, and tells whether there may be more.
    ///
    /// Any number of processes may call this at once: each takes others.
    public func settleSome() async throws(DomainError) -> Bool { try await settleSome(nil) == Self.batchSize }

    /// Settles all customers of these organizations.
    func settle(_ organizations: [Organization.ID]) async throws(DomainError) {
        guard !organizations.isEmpty else { return }
        while try await settleSome(organizations) == Self.batchSize {}
    }

    private func settleSome(_ organizations: [Organization.ID]?) async throws(DomainError) -> Int {
        let surroundings = surroundings
        let now = surroundings.now()
        return try await store.changeDueAccounts(of: organizations, at: now, limit: Self.batchSize) {
            account,
            sources in
            try account.advance(to: now, sources)
        }
    }
}
