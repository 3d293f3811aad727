/// What a caller does to a customer's subscriptions.
extension Account {
    /// Adds a subscription, and grants the product's benefits.
    package mutating func add(
        _ subscription: Subscription,
        to product: Product,
        at now: Timestamp,
        _ sources: some AccountSources,
        _ surroundings: Surroundings
    ) throws {
        subscriptions.append(subscription)
        try follow(product, at: now, sources, surroundings)
    }

    /// Lets a subscription end with its period.
    package mutating func cancelAtPeriodEnd(
        _ id: Subscription.ID,
        _ reason: CancellationNote,
        at now: Timestamp
    ) throws(DomainError) {
        try change(id, at: now) { subscription throws(DomainError) in
            guard subscription.isInForce, !subscription.cancelsAtPeriodEnd else {
                throw .subscription(.alreadyCanceled)
            }
            subscription.cancelsAtPeriodEnd = true
            subscription.canceledAt = now
            subscription.endsAt = subscription.currentPeriodEnd
            subscription.note(reason)
        }
    }

    /// Takes back what `cancelAtPeriodEnd` did.
    package mutating func uncancel(_ id: Subscription.ID, at now: Timestamp) throws(DomainError) {
        try change(id, at: now) { subscription throws(DomainError) in
            guard subscription.isInForce else { throw .subscription(.ended) }
            guard subscription.cancelsAtPeriodEnd else { throw .subscription(.notScheduledToEnd) }
            subscription.cancelsAtPeriodEnd = false
            subscription.canceledAt = nil
            subscription.endsAt = nil
            subscription.cancellationReason = nil
            subscription.cancellationComment = nil
        }
    }

    /// Ends a subscription now, and takes its benefits.
    package mutating func revoke(
        _ id: Subscription.ID,
        _ reason: CancellationNote,
        at now: Timestamp
    ) throws(DomainError) {
        try change(id, at: now) { subscription throws(DomainError) in
            guard subscription.isInForce else { throw .subscription(.alreadyCanceled) }
            subscription.end(at: now)
            subscription.note(reason)
        }
        revokeGrants(of: id, at: now)
    }

    /// Ends everything: the customer leaves.
    package mutating func leave(at now: Timestamp) {
        for index in subscriptions.indices where subscriptions[index].isInForce {
            subscriptions[index].end(at: now)
            subscriptions[index].modifiedAt = now
            revokeGrants(of: subscriptions[index].id, at: now)
        }
    }

    /// Changes what is subscribed to; the grants follow.
    ///
    /// The period goes on, unless the new product renews in another rhythm: then one begins now.
    package mutating func change(
        _ id: Subscription.ID,
        to product: Product,
        at now: Timestamp,
        _ sources: some AccountSources,
        _ surroundings: Surroundings
    ) throws {
        try change(id, at: now) { subscription throws(DomainError) in
            guard subscription.isInForce else { throw .subscription(.inactive(id)) }
            guard let interval = product.recurring, let price = product.staticPrice else {
                throw .refused([Refusal(.productNotRecurring, input: product.id.text)])
            }
            subscription.product = product.id
            subscription.prices = product.offered.map(AgreedPrice.init)
            subscription.amount = price.fixedAmount
            subscription.currency = price.currency
            guard interval != subscription.interval else { return }
            subscription.interval = interval
            if subscription.status == .active { subscription.begin(at: now) }
        }
        try follow(product, at: now, sources, surroundings)
    }

    /// Moves the end of a trial, or puts a subscription on trial from now on; an end that is not to come ends the trial now.
    package mutating func setTrialEnd(_ end: Timestamp, of id: Subscription.ID, at now: Timestamp) throws(DomainError) {
        try change(id, at: now) { subscription throws(DomainError) in
            guard subscription.isInForce else { throw .subscription(.inactive(id)) }
            if subscription.status == .active {
                guard end > now else { throw .subscription(.notOnTrial) }
                subscription.status = .trialing
                subscription.trialStart = now
                subscription.currentPeriodStart = now
            }
            subscription.trialEnd = end
            subscription.currentPeriodEnd = end
            if subscription.cancelsAtPeriodEnd { subscription.endsAt = end }
        }
    }

    package mutating func setMetadata(
        _ metadata: Metadata,
        of id: Subscription.ID,
        at now: Timestamp
    ) throws(DomainError) {
        try change(id, at: now) { subscription in subscription.metadata = metadata }
    }

    private mutating func change(
        _ id: Subscription.ID,
        at now: Timestamp,
        _ body: (inout Subscription) throws(DomainError) -> Void
    ) throws(DomainError) {
        guard let index = subscriptions.firstIndex(where: { $0.id == id }) else { throw .notFound(.subscription) }
        var changed = subscriptions[index]
        try body(&changed)
        changed.modifiedAt = now
        subscriptions[index] = changed
    }
}

/// Why a customer leaves, in its own words.
public struct CancellationNote: Sendable {
    public let reason: Change<Subscription.CancellationReason>
    public let comment: Change<String>

    public init(reason: Change<Subscription.CancellationReason> = .keep, comment: Change<String> = .keep) {
        self.reason = reason
        self.comment = comment
    }
}

extension Subscription {
    fileprivate mutating func note(_ note: CancellationNote) {
        note.reason.apply(to: &cancellationReason)
        note.comment.apply(to: &cancellationComment)
    }
}

extension Price {
    /// Minor units a period, of a price that has them.
    package var fixedAmount: Int64 { if case .fixed(let amount) = amount { amount } else { 0 } }
}
