/// The use cases of benefits, and of their grants.
public struct Benefits: KeyedUseCases {
    private var store: any CatalogStore
    private let surroundings: Surroundings
    private let settlement: Settlement

    public init(store: any CatalogStore & AccountStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
        self.settlement = Settlement(store: store, surroundings: surroundings)
    }

    public func keyed(_ call: KeyedCall) -> Benefits {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    public func list(_ query: BenefitQuery) async throws(DomainError) -> Page<Benefit> {
        try await store.benefits(query)
    }

    public func benefit(_ id: Benefit.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Benefit {
        try await store.benefit(id, in: organizations)
    }

    /// Adds a benefit; refuses credit for a meter that does not exist.
    public func create(_ draft: BenefitDraft, in organization: Organization.ID) async throws(DomainError) -> Benefit {
        let benefit = Benefit(
            id: surroundings.newIdentifier(),
            organization: organization,
            createdAt: surroundings.now(),
            kind: draft.kind,
            description: draft.description,
            visibility: draft.visibility ?? draft.kind.standardVisibility,
            metadata: draft.metadata,
            properties: draft.properties
        )
        return try await store.insert(benefit)
    }

    /// Changes a benefit; grants of it show the change at once, and credit follows with the next period.
    public func update(
        _ id: Benefit.ID,
        in organizations: [Organization.ID],
        by patch: BenefitPatch
    ) async throws(DomainError) -> Benefit {
        let now = surroundings.now()
        return try await store.updateBenefit(id, in: organizations, at: now) { benefit in
            let before = benefit
            if let description = patch.description { benefit.description = description }
            if let visibility = patch.visibility { benefit.visibility = visibility }
            if let metadata = patch.metadata { benefit.metadata = metadata }
            if let properties = patch.properties { benefit.properties = properties }
            if benefit != before { benefit.modifiedAt = now }
        }
    }

    /// Takes a benefit out of all products, and from all who have it.
    public func delete(_ id: Benefit.ID, in organizations: [Organization.ID]) async throws(DomainError) {
        let now = surroundings.now()
        try await store.deleteBenefit(id, in: organizations, at: now) { account, sources in
            try account.advance(to: now, sources)
            account.revoke(benefit: id, at: now)
        }
    }

    public func grants(_ query: BenefitGrantQuery) async throws(DomainError) -> Page<BenefitGrantDetails> {
        try await settlement.settle(query.list.organizations)
        return try await store.grants(query)
    }
}
