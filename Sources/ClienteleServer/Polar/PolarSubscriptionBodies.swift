import ClienteleCore
import ClienteleJSON

/// What an update of a subscription asks for: one of several things, told apart by the members of the body.
enum PolarSubscriptionUpdate {
    case base(SubscriptionPatch)
    case cancelAtPeriodEnd(Bool, CancellationNote)
    case revoke(CancellationNote)
}

/// The bodies that Polar's subscription routes take.
extension PolarReader {
    /// The body of a create call: one of two schemas, told apart by how the customer is named.
    mutating func subscriptionDraft(_ body: PolarBody) -> SubscriptionDraft? {
        guard let json = body.object(&self) else { return nil }
        let byID = json["customer_id"].flatMap { $0 == .null ? nil : $0 }
        let byExternalID = json["external_customer_id"].flatMap { $0 == .null ? nil : $0 }
        guard byID != nil || byExternalID != nil else {
            for (branch, name) in Self.customerBranches {
                if json["product_id"] == nil { issues.append(.missing(["body", branch, "product_id"], in: json)) }
                issues.append(.missing(["body", branch, .string(name)], in: json))
            }
            return nil
        }
        let branch = byID != nil ? Self.customerBranches[0].branch : Self.customerBranches[1].branch
        let location: [JSON] = ["body", branch]
        let metadata = json["metadata"].map { self.metadata($0, at: location + ["metadata"]) }
        let product: Product.ID? = needed(json, "product_id", location) { $0.identifier($1, at: $2) }
        let customer: CustomerKey?
        if let byID {
            customer = identifier(byID, at: location + ["customer_id"]).map { .id($0) }
        } else if let byExternalID {
            customer = string(byExternalID, at: location + ["external_customer_id"]).map { .externalID($0.trimmed) }
        } else {
            customer = nil
        }
        guard let product, let customer else { return nil }
        return SubscriptionDraft(product: product, customer: customer, metadata: (metadata ?? nil) ?? Metadata())
    }

    private static let customerBranches: [(branch: JSON, name: String)] = [
        ("SubscriptionCreateCustomer", "customer_id"),
        ("SubscriptionCreateExternalCustomer", "external_customer_id"),
    ]

    /// The body of an update call.
    mutating func subscriptionUpdate(_ body: PolarBody) -> PolarSubscriptionUpdate? {
        guard let json = body.object(&self), let members = json.object else { return nil }
        let names = Set(members.map(\.name))
        if let variant = Self.unsupported.first(where: names.contains) {
            issues.append(
                .value(["body", .string(variant)], json, "This change of a subscription is not offered here")
            )
            return nil
        }
        if names.contains("revoke") { return revocation(json, names) }
        if names.contains("cancel_at_period_end") { return cancellation(json, names) }
        return baseUpdate(json, names)
    }

    /// What needs payments, seats or pauses.
    private static let unsupported = [
        "pause_at_period_end", "resume", "resumes_at", "seats", "units", "current_billing_period_end", "pending_update",
    ]

    private mutating func baseUpdate(_ json: JSON, _ names: Set<String>) -> PolarSubscriptionUpdate? {
        let location: [JSON] = ["body", "SubscriptionUpdateBase"]
        var patch = SubscriptionPatch()
        if let value = json["metadata"] { patch.metadata = metadata(value, at: location + ["metadata"]) }
        patch.product = optional(json, "product_id", location) { $0.identifier($1, at: $2) }
        if let discount = json["discount_id"], discount != .null {
            issues.append(.value(location + ["discount_id"], discount, "There are no discounts here"))
        }
        patch.trialEnd = optional(json, "trial_end", location) { $0.trialEnd($1, at: $2) }
        refuseOthers(
            json,
            names,
            ["metadata", "product_id", "proration_behavior", "discount_id", "trial_end"],
            location
        )
        return .base(patch)
    }

    private mutating func cancellation(_ json: JSON, _ names: Set<String>) -> PolarSubscriptionUpdate? {
        let location: [JSON] = ["body", "SubscriptionCancel"]
        let cancels = json["cancel_at_period_end"].flatMap { truth($0, at: location + ["cancel_at_period_end"]) }
        let note = cancellationNote(json, location)
        refuseOthers(json, names, ["cancel_at_period_end"] + Self.noteNames, location)
        return cancels.map { .cancelAtPeriodEnd($0, note) }
    }

    private mutating func revocation(_ json: JSON, _ names: Set<String>) -> PolarSubscriptionUpdate? {
        let location: [JSON] = ["body", "SubscriptionRevoke"]
        if let value = json["revoke"], value != true {
            issues.append(
                PolarIssue(
                    type: "literal_error",
                    location: location + ["revoke"],
                    message: "Input should be True",
                    input: value,
                    context: ["expected": "True"]
                )
            )
        }
        let note = cancellationNote(json, location)
        refuseOthers(json, names, ["revoke"] + Self.noteNames, location)
        return .revoke(note)
    }

    private static let noteNames = ["customer_cancellation_reason", "customer_cancellation_comment"]
    private static let commentLengthMax = 10_000

    private mutating func cancellationNote(_ json: JSON, _ location: [JSON]) -> CancellationNote {
        CancellationNote(
            reason: change(json, Self.noteNames[0], location) { $0.choice($1, at: $2) },
            comment: change(json, Self.noteNames[1], location) { $0.string($1, at: $2, max: Self.commentLengthMax) }
        )
    }

    private mutating func trialEnd(_ json: JSON, at location: [JSON]) -> SubscriptionPatch.TrialEnd? {
        if json.string == "now" { return .now }
        return moment(json, at: location).map { .at($0) }
    }

    /// A variant of an update takes no members of another.
    private mutating func refuseOthers(_ json: JSON, _ names: Set<String>, _ known: [String], _ location: [JSON]) {
        for name in names.subtracting(known).sorted() {
            issues.append(.extraInput(location + [.string(name)], json[name] ?? .null))
        }
    }
}
