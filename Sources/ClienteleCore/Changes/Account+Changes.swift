/// One thing that differs between two moments of an account.
package enum AccountDifference: Sendable, Equatable {
    case subscription(FeedEntry.Kind, Subscription)
    case grant(FeedEntry.Kind, BenefitGrant, previous: BenefitGrant.Properties)
    case meter(CustomerMeter)
}

extension AccountDifference {
    /// The change without what the customer said.
    package var withoutWords: AccountDifference {
        guard case .subscription(let kind, var subscription) = self else { return self }
        subscription.cancellationComment = nil
        return .subscription(kind, subscription)
    }
}

extension Account {
    /// What differs from the account as it was, in the order in which it is told.
    package func changes(since before: Account) -> [AccountDifference] {
        var changes: [AccountDifference] = []
        for subscription in subscriptions {
            let old = before.subscriptions.first { $0.id == subscription.id }
            for kind in subscription.changes(since: old) { changes.append(.subscription(kind, subscription)) }
        }
        for grant in grants {
            let old = before.grants.first { $0.id == grant.id }
            guard let kind = grant.change(since: old) else { continue }
            changes.append(.grant(kind, grant, previous: old?.properties ?? .none))
        }
        for meter in meters where before.meters.first(where: { $0.id == meter.id }) != meter {
            changes.append(.meter(meter))
        }
        return changes
    }
}

extension Subscription {
    fileprivate func changes(since old: Subscription?) -> [FeedEntry.Kind] {
        guard let old else {
            return [.subscriptionCreated] + (status == .active ? [.subscriptionActive] : []) + [.subscriptionUpdated]
        }
        guard old != self else { return [] }
        var kinds: [FeedEntry.Kind] = [.subscriptionUpdated]
        if old.status != .active, status == .active { kinds.append(.subscriptionActive) }
        if isInForce, currentPeriodStart >= old.currentPeriodEnd { kinds.append(.subscriptionCycled) }
        if old.canceledAt == nil, canceledAt != nil { kinds.append(.subscriptionCanceled) }
        if isInForce, old.cancelsAtPeriodEnd, !cancelsAtPeriodEnd { kinds.append(.subscriptionUncanceled) }
        if old.isInForce, !isInForce { kinds.append(.subscriptionRevoked) }
        return kinds
    }
}

extension BenefitGrant {
    fileprivate func change(since old: BenefitGrant?) -> FeedEntry.Kind? {
        guard old != self else { return nil }
        guard isGranted else { return .grantRevoked }
        guard let old, old.isGranted else { return .grantCreated }
        // What a period credits is credited anew with the next one.
        return old.properties == properties ? .grantUpdated : .grantCycled
    }
}
