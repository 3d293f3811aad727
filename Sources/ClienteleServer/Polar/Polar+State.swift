import ClienteleCore
import ClienteleJSON

/// The wire's state of a customer, member for member in the published order.
extension JSONWriter {
    mutating func polarState(_ state: CustomerState, _ edition: PolarEdition) {
        beginObject()
        polarMembers(of: state, edition)
        endObject()
    }

    /// A state with its version, where no header can say it.
    mutating func polarVersionedState(_ state: CustomerState, _ edition: PolarEdition) {
        beginObject()
        polarMembers(of: state, edition)
        member("state_version", state.customer.stateVersion)
        endObject()
    }

    private mutating func polarMembers(of state: CustomerState, _ edition: PolarEdition) {
        polarMembers(of: state.customer)
        name("active_subscriptions")
        beginArray()
        for subscription in state.subscriptions { polarStateSubscription(subscription, state.meters, edition) }
        endArray()
        name("granted_benefits")
        beginArray()
        for grant in state.grants { polarStateGrant(grant) }
        endArray()
        name("active_meters")
        beginArray()
        for meter in state.meters { polarStateMeter(meter) }
        endArray()
    }

    private mutating func polarStateGrant(_ grant: StateGrant) {
        beginObject()
        member("id", grant.id)
        member("created_at", grant.createdAt)
        member("modified_at", grant.modifiedAt)
        member("granted_at", grant.grantedAt)
        member("benefit_id", grant.benefit)
        member("benefit_type", grant.kind.rawValue)
        name("benefit_metadata")
        raw(grant.benefitMetadata.text)
        name("properties")
        polarGrantProperties(grant.licenseKey)
        endObject()
    }

    mutating func polarStateMeter(_ meter: StateMeter) {
        beginObject()
        member("id", meter.id)
        member("created_at", meter.createdAt)
        member("modified_at", meter.modifiedAt)
        member("meter_id", meter.meter)
        member("consumed_units", meter.consumed)
        member("credited_units", meter.credited)
        member("balance", meter.balance)
        endObject()
    }

    /// Whether a customer may use one thing, how much of it, and why.
    mutating func polarCheck(_ check: BenefitCheck) {
        beginObject()
        switch check.subject {
        case .benefit(let id, let kind):
            member("benefit_id", id)
            member("type", kind.rawValue)
        case .meter(let id):
            member("meter_id", id)
            member("type", "meter")
        }
        member("allowed", check.isAllowed)
        if case .metered(let meter) = check.outcome {
            member("limit", meter?.credited ?? 0)
            member("remaining", meter?.balance ?? 0.0)
        } else {
            name("limit")
            null()
            name("remaining")
            null()
        }
        member("reason", check.reason)
        endObject()
    }
}

extension BenefitCheck {
    /// One word for a program.
    fileprivate var reason: String {
        switch outcome {
        case .granted: "granted"
        case .notGranted: "not_granted"
        case .metered(let meter) where meter == nil: "no_credit"
        case .metered: isAllowed ? "within_limit" : "limit_reached"
        }
    }
}
