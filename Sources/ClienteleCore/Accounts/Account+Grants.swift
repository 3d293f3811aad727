import ClienteleJSON

/// How benefits follow subscriptions.
extension Account {
    /// Gives each subscription to `product` in force what the product gives now, and takes what it no longer gives.
    package mutating func follow(
        _ product: Product,
        at now: Timestamp,
        _ sources: some AccountSources,
        _ surroundings: Surroundings
    ) throws {
        for subscription in subscriptions where subscription.isInForce && subscription.product == product.id {
            for index in grants.indices where grants[index].subscription == subscription.id {
                guard !product.benefits.contains(where: { $0.id == grants[index].benefit }) else { continue }
                revokeGrant(at: index, now)
            }
            for benefit in product.benefits {
                try grant(benefit, by: subscription.id, at: now, sources, surroundings)
            }
        }
    }

    package mutating func revokeGrants(of subscription: Subscription.ID, at now: Timestamp) {
        for index in grants.indices where grants[index].subscription == subscription { revokeGrant(at: index, now) }
    }

    /// Takes a benefit, whatever gave it.
    package mutating func revoke(benefit: Benefit.ID, at now: Timestamp) {
        for index in grants.indices where grants[index].benefit == benefit { revokeGrant(at: index, now) }
    }

    private mutating func grant(
        _ benefit: Benefit,
        by subscription: Subscription.ID,
        at now: Timestamp,
        _ sources: some AccountSources,
        _ surroundings: Surroundings
    ) throws {
        let known = grants.firstIndex { $0.benefit == benefit.id && $0.subscription == subscription }
        if let known, grants[known].isGranted { return }
        let properties = newProperties(of: benefit, at: now, surroundings)
        if let known {
            grants[known].grantedAt = now
            grants[known].revokedAt = nil
            grants[known].modifiedAt = now
            grants[known].properties = properties
        } else {
            grants.append(
                BenefitGrant(
                    id: surroundings.newIdentifier(),
                    organization: customer.organization,
                    benefit: benefit.id,
                    subscription: subscription,
                    member: owner,
                    createdAt: now,
                    grantedAt: now,
                    properties: properties
                )
            )
        }
        guard let credit = benefit.meterCredit,
            let index = try meterIndex(credit.meter, at: now, create: true, sources)
        else { return }
        meters[index].credited = min(meters[index].credited + credit.units, CustomerMeter.creditMax)
        meters[index].modifiedAt = now
    }

    private func newProperties(
        of benefit: Benefit,
        at now: Timestamp,
        _ surroundings: Surroundings
    ) -> BenefitGrant.Properties {
        switch benefit.kind {
        case .licenseKeys:
            let prefix = benefit.properties["prefix"]?.string?.trimmed.nilIfEmpty.map { $0.uppercased() + "-" } ?? ""
            let secret: Identifier<Never> = surroundings.newIdentifier()
            return .licenseKey(.init(id: surroundings.newIdentifier(), text: prefix + secret.text.uppercased()))
        case .meterCredit:
            return benefit.meterCredit.map { .meterCredit(meter: $0.meter, units: $0.units, at: now) } ?? .none
        case .custom, .discord, .githubRepository, .downloadables, .featureFlag, .slackSharedChannel: return .none
        }
    }

    private mutating func revokeGrant(at index: Int, _ now: Timestamp) {
        guard grants[index].isGranted else { return }
        let properties = grants[index].properties
        grants[index].grantedAt = nil
        grants[index].revokedAt = now
        grants[index].modifiedAt = now
        grants[index].properties = .none
        guard case .meterCredit(let meter, _, _) = properties,
            let index = meters.firstIndex(where: { $0.meter == meter })
        else { return }
        // What other subscriptions credited stays.
        meters[index].credited = min(meters[index].credited, credit(of: meter) { _ in true })
        meters[index].modifiedAt = now
    }

    /// What the grants in force that `isWanted` names have credited last.
    func credit(of meter: Meter.ID, _ isWanted: (BenefitGrant) -> Bool) -> Int64 {
        grants.filter { $0.isGranted && isWanted($0) }.reduce(0) { sum, grant in
            guard case .meterCredit(let credited, let units, _) = grant.properties, credited == meter else {
                return sum
            }
            return sum + units
        }
    }

    /// Where the customer's record of a meter is; nil where there is none and none is to be made.
    mutating func meterIndex(
        _ id: Meter.ID,
        at now: Timestamp,
        create: Bool,
        _ sources: some AccountSources
    ) throws -> Int? {
        if let index = meters.firstIndex(where: { $0.meter == id }) { return index }
        guard create else { return nil }
        meters.append(
            CustomerMeter(
                id: CustomerMeter.id(of: customer.id, by: id),
                organization: customer.organization,
                meter: id,
                createdAt: now,
                function: try sources.meter(id).aggregation.function
            )
        )
        return meters.count - 1
    }
}
