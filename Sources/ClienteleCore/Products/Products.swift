/// The use cases of products.
public struct Products: KeyedUseCases {
    private var store: any CatalogStore
    private let surroundings: Surroundings

    public init(store: any CatalogStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    public func keyed(_ call: KeyedCall) -> Products {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    public func list(_ query: ProductQuery) async throws(DomainError) -> Page<Product> {
        try await store.products(query)
    }

    public func product(_ id: Product.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Product {
        try await store.product(id, in: organizations)
    }

    /// Adds a product; refuses prices of meters that do not exist.
    public func create(_ draft: ProductDraft, in organization: Organization.ID) async throws(DomainError) -> Product {
        let now = surroundings.now()
        let product = Product(
            id: surroundings.newIdentifier(),
            organization: organization,
            createdAt: now,
            name: draft.name,
            description: draft.description,
            visibility: draft.visibility,
            recurring: draft.recurring,
            trial: draft.trial,
            metering: draft.metering,
            metadata: draft.metadata,
            prices: draft.prices.map { newPrice($0, at: now) }
        )
        return try await store.insert(product)
    }

    /// Changes a product.
    ///
    /// Prices that are left out are archived: subscriptions that have them keep them.
    public func update(
        _ id: Product.ID,
        in organizations: [Organization.ID],
        by patch: ProductPatch
    ) async throws(DomainError) -> Product {
        let now = surroundings.now()
        // Made here, so that a body that runs again makes the same.
        let prices = patch.prices?.map { choice -> PriceChange in
            switch choice {
            case .existing(let id): .keep(id)
            case .new(let draft): .add(newPrice(draft, at: now))
            }
        }
        do {
            return try await store.updateProduct(id, in: organizations) { product throws(DomainError) in
                try product.apply(patch, prices: prices, at: now)
            }
        } catch {
            throw error.withPlaces(of: patch.prices ?? [])
        }
    }

    /// Replaces the benefits of a product, in that order; who is subscribed gains and loses accordingly.
    public func setBenefits(
        _ benefits: [Benefit.ID],
        of id: Product.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> Product {
        let now = surroundings.now()
        let surroundings = surroundings
        return try await store.setBenefits(benefits, of: id, in: organizations, at: now) { account, product, sources in
            try account.advance(to: now, sources)
            try account.follow(product, at: now, sources, surroundings)
        }
    }

    private func newPrice(_ draft: PriceDraft, at now: Timestamp) -> Price {
        Price(
            id: surroundings.newIdentifier(),
            createdAt: now,
            currency: draft.currency,
            taxBehavior: draft.taxBehavior,
            amount: draft.amount
        )
    }
}

/// A price that a product shall offer from now on.
private enum PriceChange {
    case keep(Price.ID)
    case add(Price)
}

extension Product {
    fileprivate mutating func apply(
        _ patch: ProductPatch,
        prices: [PriceChange]?,
        at now: Timestamp
    ) throws(DomainError) {
        let before = self
        if let name = patch.name { self.name = name }
        patch.description.apply(to: &description)
        if let visibility = patch.visibility { self.visibility = visibility }
        patch.trial.apply(to: &trial)
        patch.metering.apply(to: &metering)
        if let isArchived = patch.isArchived { self.isArchived = isArchived }
        if let metadata = patch.metadata { self.metadata = metadata }
        if let prices { try offer(prices, at: now) }
        if self != before { modifiedAt = now }
    }

    /// Offers these prices alone.
    fileprivate mutating func offer(_ changes: [PriceChange], at now: Timestamp) throws(DomainError) {
        var refusals: [Refusal] = []
        var kept: Set<Price.ID> = []
        var added: [Price] = []
        for (index, change) in changes.enumerated() {
            switch change {
            case .add(let price): added.append(price)
            case .keep(let id) where offered.contains { $0.id == id }: kept.insert(id)
            case .keep(let id): refusals.append(Refusal(.priceUnknown(index: index), input: id.text))
            }
        }
        guard refusals.isEmpty else { throw .refused(refusals) }
        for index in prices.indices where !prices[index].isArchived && !kept.contains(prices[index].id) {
            prices[index].isArchived = true
            prices[index].modifiedAt = now
        }
        prices += added
    }
}

extension DomainError {
    /// The error with the places that new prices have among all that were chosen: a store counts only the new ones.
    fileprivate func withPlaces(of choices: [ProductPatch.PriceChoice]) -> DomainError {
        guard case .refused(let refusals) = self else { return self }
        let places = choices.indices.filter { if case .new = choices[$0] { true } else { false } }
        return .refused(
            refusals.map { refusal in
                guard case .priceMeterUnknown(let index) = refusal.rule, places.indices.contains(index) else {
                    return refusal
                }
                return Refusal(.priceMeterUnknown(index: places[index]), input: refusal.input)
            }
        )
    }
}
