import ClienteleCore
import ClienteleJSON

/// The wire's benefit and grant, member for member in the published order.
extension JSONWriter {
    mutating func polarBenefit(_ benefit: Benefit) {
        beginObject()
        member("id", benefit.id)
        member("created_at", benefit.createdAt)
        member("modified_at", benefit.modifiedAt)
        member("type", benefit.kind.rawValue)
        member("description", benefit.description)
        member("selectable", true)
        member("deletable", true)
        member("is_deleted", benefit.deletedAt != nil)
        member("organization_id", benefit.organization)
        member("metadata", raw: benefit.metadata.text)
        member("visibility", benefit.visibility.rawValue)
        member("properties", benefit.properties)
        if benefit.kind == .custom { member("is_tax_applicable", true) }
        member("visibility_configurable", benefit.kind.hasConfigurableVisibility)
        endObject()
    }

    /// A grant with the customer, the member and the benefit that it is about.
    mutating func polarGrant(_ details: BenefitGrantDetails) {
        beginObject()
        polarMembers(of: details)
        name("properties")
        polarGrantProperties(details.grant.properties.licenseKey)
        member("user_id", details.customer.id)
        endObject()
    }

    /// A grant as its changes are told: with what it keeps in full, now and before.
    mutating func polarChangedGrant(_ details: BenefitGrantDetails, previous: BenefitGrant.Properties) {
        beginObject()
        polarMembers(of: details)
        name("properties")
        polarKeptProperties(details.grant.properties)
        name("previous_properties")
        polarKeptProperties(previous)
        member("user_id", details.customer.id)
        endObject()
    }

    private mutating func polarMembers(of details: BenefitGrantDetails) {
        let grant = details.grant
        member("created_at", grant.createdAt)
        member("modified_at", grant.modifiedAt)
        member("id", grant.id)
        member("granted_at", grant.grantedAt)
        member("is_granted", grant.isGranted)
        member("revoked_at", grant.revokedAt)
        member("is_revoked", grant.revokedAt != nil)
        member("subscription_id", grant.subscription)
        // There are no orders, and nothing that is granted here can fail.
        name("order_id")
        null()
        member("customer_id", details.customer.id)
        member("member_id", grant.member?.text)
        member("benefit_id", grant.benefit)
        name("error")
        null()
        name("customer")
        polarCustomer(details.customer)
        name("member")
        if let member = details.member { polarMember(member) } else { null() }
        name("benefit")
        polarBenefit(details.benefit)
    }

    private mutating func polarKeptProperties(_ properties: BenefitGrant.Properties) {
        guard case .meterCredit(let meter, let units, let moment) = properties else {
            return polarGrantProperties(properties.licenseKey)
        }
        beginObject()
        member("last_credited_meter_id", meter)
        member("last_credited_units", units)
        member("last_credited_at", moment)
        endObject()
    }

    /// What a grant adds to its benefit; nothing for most kinds, whose side effects are left to who listens.
    mutating func polarGrantProperties(_ key: BenefitGrant.Key?) {
        beginObject()
        if let key {
            member("license_key_id", key.id)
            member("display_key", key.display)
        }
        endObject()
    }
}
