/// The use cases of subscriptions.
///
/// Whatever is asked of a customer's subscriptions, all that time has done to them is done first.
public struct Subscriptions: KeyedUseCases {
    private var store: any AccountStore
    private let surroundings: Surroundings
    private let settlement: Settlement

    public init(store: any AccountStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
        self.settlement = Settlement(store: store, surroundings: surroundings)
    }

    public func keyed(_ call: KeyedCall) -> Subscriptions {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    public func list(_ query: SubscriptionQuery) async throws(DomainError) -> Page<SubscriptionDetails> {
        try await settlement.settle(query.list.organizations)
        return try await store.subscriptions(query)
    }

    public func subscription(
        _ id: Subscription.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> SubscriptionDetails {
        let found = try await store.subscription(id, in: organizations)
        guard found.subscription.isDue(at: surroundings.now()) else { return found }
        return try await change(id, in: organizations) { _, _, _ in }
    }

    /// Subscribes a customer to a product that is free: what has a price is sold elsewhere.
    public func create(
        _ draft: SubscriptionDraft,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> SubscriptionDetails {
        let surroundings = surroundings
        let id: Subscription.ID = surroundings.newIdentifier()
        let product = try await freeProduct(draft.product, in: organizations)
        return try await forgiving(draft.customer) { () throws(DomainError) in
            try await store.changeSubscription(id, of: .customer(draft.customer), in: [product.organization]) {
                account,
                sources in
                let now = surroundings.now()
                try account.advance(to: now, sources)
                let current = try sources.product(product.id)
                let subscription = try current.subscription(
                    id,
                    of: account.customer.id,
                    at: now,
                    metadata: draft.metadata
                )
                try account.add(subscription, to: current, at: now, sources, surroundings)
            }
        }
    }

    public func update(
        _ id: Subscription.ID,
        in organizations: [Organization.ID],
        by patch: SubscriptionPatch
    ) async throws(DomainError) -> SubscriptionDetails {
        let surroundings = surroundings
        if let product = patch.product { _ = try await freeProduct(product, in: organizations) }
        return try await change(id, in: organizations) { account, sources, now in
            if let product = patch.product {
                try account.change(id, to: try sources.product(product), at: now, sources, surroundings)
            }
            if let end = patch.trialEnd {
                try account.setTrialEnd(end.moment(now), of: id, at: now)
                try account.advance(to: now, sources)
            }
            if let metadata = patch.metadata { try account.setMetadata(metadata, of: id, at: now) }
        }
    }

    /// Lets a subscription end with its period, or takes that back.
    public func setCancelsAtPeriodEnd(
        _ cancels: Bool,
        _ id: Subscription.ID,
        in organizations: [Organization.ID],
        _ note: CancellationNote = CancellationNote()
    ) async throws(DomainError) -> SubscriptionDetails {
        try await change(id, in: organizations) { account, _, now in
            if cancels {
                try account.cancelAtPeriodEnd(id, note, at: now)
            } else {
                try account.uncancel(id, at: now)
            }
        }
    }

    /// Ends a subscription at once.
    public func revoke(
        _ id: Subscription.ID,
        in organizations: [Organization.ID],
        _ note: CancellationNote = CancellationNote()
    ) async throws(DomainError) -> SubscriptionDetails {
        try await change(id, in: organizations) { account, _, now in try account.revoke(id, note, at: now) }
    }

    private func change(
        _ id: Subscription.ID,
        in organizations: [Organization.ID],
        _ body: @escaping @Sendable (inout Account, any AccountSources, Timestamp) throws -> Void
    ) async throws(DomainError) -> SubscriptionDetails {
        let surroundings = surroundings
        return try await store.changeSubscription(id, of: .subscription(id), in: organizations) { account, sources in
            let now = surroundings.now()
            try account.advance(to: now, sources)
            try body(&account, sources, now)
        }
    }

    /// The product of that id, which can be subscribed to without paying.
    private func freeProduct(_ id: Product.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Product
    {
        let product: Product
        do {
            product = try await store.product(id, in: organizations)
        } catch {
            guard case .notFound = error else { throw error }
            throw .refused([Refusal(.productUnknown, input: id.text)])
        }
        guard product.recurring != nil else { throw .refused([Refusal(.productNotRecurring, input: id.text)]) }
        guard product.isFree else { throw .refused([Refusal(.productNotFree, input: id.text)]) }
        return product
    }

    /// Tells a customer that is not there as a thing that is wrong with the request.
    private func forgiving<Value>(
        _ customer: CustomerKey,
        _ body: () async throws(DomainError) -> Value
    ) async throws(DomainError) -> Value {
        do {
            return try await body()
        } catch {
            guard case .notFound(.customer) = error else { throw error }
            throw .refused([Refusal(.subscriptionCustomerUnknown(customer), input: customer.text)])
        }
    }
}

extension Product {
    fileprivate func subscription(
        _ id: Subscription.ID,
        of customer: Customer.ID,
        at now: Timestamp,
        metadata: Metadata
    ) throws(DomainError) -> Subscription {
        guard let recurring, let staticPrice else {
            throw .refused([Refusal(.productNotRecurring, input: self.id.text)])
        }
        return Subscription(
            id: id,
            organization: organization,
            customer: customer,
            createdAt: now,
            product: self.id,
            prices: offered.map(AgreedPrice.init),
            amount: staticPrice.fixedAmount,
            currency: staticPrice.currency,
            status: .active,
            interval: recurring,
            anchor: now,
            currentPeriodStart: now,
            currentPeriodEnd: recurring.boundary(1, from: now),
            startedAt: now,
            metadata: metadata
        )
    }
}

extension CustomerKey {
    /// The key as it was sent.
    public var text: String {
        switch self {
        case .id(let id): id.text
        case .externalID(let text): text
        }
    }
}
