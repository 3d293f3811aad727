/// What time does to subscriptions.
extension Account {
    /// Does all that was to happen by now, each at its own moment and in that order, however late this is called.
    package mutating func advance(to now: Timestamp, _ sources: some AccountSources) throws {
        while let index = subscriptions.indices.filter({ subscriptions[$0].isDue(at: now) })
            .min(by: { subscriptions[$0].currentPeriodEnd < subscriptions[$1].currentPeriodEnd })
        {
            let end = subscriptions[index].currentPeriodEnd
            if subscriptions[index].cancelsAtPeriodEnd {
                subscriptions[index].end(at: end)
                subscriptions[index].modifiedAt = end
                revokeGrants(of: subscriptions[index].id, at: end)
            } else {
                subscriptions[index].renew()
                subscriptions[index].modifiedAt = end
                try renewMeters(of: subscriptions[index], at: end, sources)
            }
        }
    }

    /// Counts usage anew from `start` on, and credits again.
    private mutating func renewMeters(
        of subscription: Subscription,
        at start: Timestamp,
        _ sources: some AccountSources
    ) throws {
        let next = subscriptions.compactMap(\.dueAt).filter { $0 > start }.min()
        let own = grants.indices.filter { grants[$0].subscription == subscription.id && grants[$0].isGranted }
        var credits: [Meter.ID: (units: Int64, rollsOver: Bool)] = [:]
        for index in own {
            guard let credit = try sources.benefit(grants[index].benefit).meterCredit else { continue }
            grants[index].properties = .meterCredit(meter: credit.meter, units: credit.units, at: start)
            grants[index].modifiedAt = start
            let sum = credits[credit.meter]
            credits[credit.meter] = (
                (sum?.units ?? 0) + credit.units, (sum?.rollsOver ?? false) || credit.rollsOver
            )
        }
        let metered = subscription.prices.compactMap { $0.metered?.meter }
        for meter in Set(metered).union(credits.keys).sorted() {
            let kept = carried(meter, past: subscription.id, rollsOver: credits[meter]?.rollsOver ?? false)
            guard let index = try meterIndex(meter, at: start, create: credits[meter] != nil, sources)
            else { continue }
            meters[index].usage = try sources.recount(meter, from: start, before: next)
            meters[index].credited = min(kept + (credits[meter]?.units ?? 0), CustomerMeter.creditMax)
            meters[index].resetAt = start
            meters[index].modifiedAt = start
        }
    }

    /// What is left of a meter's credit when a subscription renews: all of it where it rolls over, else what other
    /// subscriptions gave, since one's own credit is used first.
    private func carried(_ meter: Meter.ID, past subscription: Subscription.ID, rollsOver: Bool) -> Int64 {
        guard let left = meters.first(where: { $0.meter == meter })?.balance, left > 0 else { return 0 }
        let units = Int64(min(left, Double(CustomerMeter.creditMax)))
        return rollsOver ? units : min(units, credit(of: meter) { $0.subscription != subscription })
    }
}

extension Subscription {
    package func isDue(at now: Timestamp) -> Bool { dueAt.map { $0 <= now } ?? false }

    /// Begins counting periods anew.
    package mutating func begin(at start: Timestamp) {
        anchor = start
        periodsEnded = 0
        currentPeriodStart = start
        currentPeriodEnd = interval.boundary(1, from: start)
        if cancelsAtPeriodEnd { endsAt = currentPeriodEnd }
    }

    /// The period has ended, and the next one begins; after a trial, the first one.
    fileprivate mutating func renew() {
        guard status != .trialing else {
            status = .active
            return begin(at: currentPeriodEnd)
        }
        periodsEnded += 1
        currentPeriodStart = currentPeriodEnd
        currentPeriodEnd = interval.boundary(periodsEnded + 1, from: anchor)
    }

    package mutating func end(at moment: Timestamp) {
        status = .canceled
        endedAt = moment
        endsAt = moment
        canceledAt = canceledAt ?? moment
    }
}
