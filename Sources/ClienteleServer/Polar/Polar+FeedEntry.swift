import ClienteleCore
import ClienteleJSON

/// The feed on the wire, and what it has in common with webhooks.
extension JSONWriter {
    mutating func polarEntry(_ entry: FeedEntry, _ edition: PolarEdition) {
        beginObject()
        member("sequence", entry.sequence)
        member("type", entry.kind.polarName)
        member("timestamp", entry.at)
        member("customer_id", entry.customer?.text)
        member("state_version", entry.stateVersion)
        member("actor", entry.actor?.text)
        name("data")
        if let subject = entry.subject { polarSubject(subject, edition) } else { null() }
        endObject()
    }

    /// What changed, as a webhook shows it.
    mutating func polarSubject(_ subject: FeedEntry.Subject, _ edition: PolarEdition) {
        switch subject {
        case .customer(let customer): polarCustomer(customer.remembered)
        case .member(let member): polarMember(member)
        case .subscription(let details): polarSubscription(details, edition)
        case .grant(let details, let previous): polarChangedGrant(details, previous: previous)
        case .customerMeter(let meter): polarStateMeter(meter)
        case .benefit(let benefit): polarBenefit(benefit)
        case .product(let product): polarProduct(product, edition)
        }
    }
}

extension Customer {
    /// A deleted customer with the external id that it had: by it, who is told of the end knows whom it is about.
    fileprivate var remembered: Customer {
        guard deletedAt != nil else { return self }
        var customer = self
        customer.externalID = formerExternalID
        return customer
    }
}

extension CustomerState {
    /// The state as a webhook tells it.
    var told: CustomerState {
        CustomerState(customer: customer.remembered, subscriptions: subscriptions, grants: grants, meters: meters)
    }
}

extension FeedEntry.Kind {
    /// Polar's word: there, a customer that is archived is one that was changed.
    var polarName: String { self == .customerArchived ? Self.customerUpdated.rawValue : rawValue }
}
