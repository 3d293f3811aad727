import ClienteleCore
import ClienteleJSON

/// The bodies that Polar's customer routes take, read by their schemas.
extension PolarReader {
    /// The body of a create call: one of two schemas, told apart by `type`, whose name is in every location.
    mutating func customerDraft(_ body: PolarBody) -> (draft: CustomerDraft, organization: Organization.ID?)? {
        guard let json = body.object(&self, at: ["body", .string(Customer.Kind.individual.rawValue)]),
            let kind = kind(ofNew: json)
        else { return nil }
        let location: [JSON] = ["body", .string(kind.rawValue)]
        let issuesBefore = issues.items.count
        let metadata = json["metadata"].map { self.metadata($0, at: location + ["metadata"]) }
        let externalID = optional(json, "external_id", location) { $0.externalID($1, at: $2) }
        let name = optional(json, "name", location) { $0.trimmedString($1, at: $2, max: Customer.nameLengthMax) }
        let address = optional(json, "billing_address", location) { $0.address($1, at: $2) }
        let taxID = optional(json, "tax_id", location) { $0.taxID($1, at: $2) }
        let locale = optional(json, "locale", location) { $0.locale($1, at: $2) }
        let organization: Organization.ID? = optional(json, "organization_id", location) { $0.identifier($1, at: $2) }
        let owner = optional(json, "owner", location) { $0.owner($1, at: $2) }
        let email = email(ofNew: kind, json, at: location)
        if kind == .team, email == nil, owner == nil, issues.items.count == issuesBefore {
            issues.append(.value(location, json, Self.teamNeedsOwner))
        }
        let draft = CustomerDraft(
            kind: kind,
            email: email,
            externalID: externalID,
            name: name,
            billingAddress: address,
            taxID: taxID,
            locale: locale,
            metadata: (metadata ?? nil) ?? Metadata(),
            owner: owner
        )
        return (draft, organization)
    }

    /// The body of an update call.
    mutating func customerPatch(_ body: PolarBody, fixedKeys: Bool = false) -> CustomerPatch? {
        guard let json = body.object(&self) else { return nil }
        let location: [JSON] = ["body"]
        var patch = CustomerPatch()
        if let value = json["metadata"] { patch.metadata = metadata(value, at: location + ["metadata"]) }
        if let email = optional(json, "email", location, { $0.email($1, at: $2) }) { patch.email = .set(email) }
        patch.name = change(json, "name") { $0.trimmedString($1, at: $2, max: Customer.nameLengthMax) }
        patch.billingAddress = change(json, "billing_address") { $0.address($1, at: $2) }
        patch.taxID = change(json, "tax_id") { $0.taxID($1, at: $2) }
        patch.locale = change(json, "locale") { $0.locale($1, at: $2) }
        if fixedKeys { return patch }
        patch.externalID = change(json, "external_id") { $0.externalID($1, at: $2) }
        patch.kind = kindChange(json)
        return patch
    }

    /// The body of an upsert: an update, with what only a new customer needs.
    mutating func customerUpsert(
        _ body: PolarBody
    ) -> (patch: CustomerPatch, owner: CustomerDraft.Owner?, organization: Organization.ID?)? {
        guard var patch = customerPatch(body, fixedKeys: true), let json = body.object(&self) else { return nil }
        patch.kind = kindChange(json)
        let owner = optional(json, "owner", ["body"]) { $0.owner($1, at: $2) }
        let organization: Organization.ID? = optional(json, "organization_id", ["body"]) { $0.identifier($1, at: $2) }
        return (patch, owner, organization)
    }

    /// A member that may be absent or `null`.
    mutating func optional<Value>(
        _ json: JSON,
        _ name: String,
        _ location: [JSON],
        _ read: (inout PolarReader, JSON, [JSON]) -> Value?
    ) -> Value? {
        guard let value = json[name], value != .null else { return nil }
        return read(&self, value, location + [.string(name)])
    }

    /// A member that must be there; `null` is for `read` to judge.
    mutating func needed<Value>(
        _ json: JSON,
        _ name: String,
        _ location: [JSON],
        _ read: (inout PolarReader, JSON, [JSON]) -> Value?
    ) -> Value? {
        guard let value = json[name] else {
            issues.append(.missing(location + [.string(name)], in: json))
            return nil
        }
        return read(&self, value, location + [.string(name)])
    }

    /// A member of an update: absent keeps, `null` clears, and so does a text that is empty.
    mutating func change<Value>(
        _ json: JSON,
        _ name: String,
        _ location: [JSON] = ["body"],
        _ read: (inout PolarReader, JSON, [JSON]) -> Value?
    ) -> Change<Value> {
        guard let value = json[name] else { return .keep }
        guard value != .null, let read = read(&self, value, location + [.string(name)]) else { return .clear }
        return .set(read)
    }

    private mutating func kind(ofNew json: JSON) -> Customer.Kind? {
        guard let value = json["type"] else { return .individual }
        if case .string(let text) = value, let kind = Customer.Kind(rawValue: text) { return kind }
        issues.append(.unknownKind(value == .null ? "None" : value.string ?? value.text, input: json))
        return nil
    }

    private mutating func kindChange(_ json: JSON) -> Change<Customer.Kind> {
        change(json, "type") { reader, value, location in
            if case .string(let text) = value, let kind = Customer.Kind(rawValue: text) { return kind }
            reader.issues.append(.choice(location, value, of: ["individual", "team"]))
            return nil
        }
    }

    private mutating func email(ofNew kind: Customer.Kind, _ json: JSON, at location: [JSON]) -> EmailAddress? {
        switch (kind, json["email"]) {
        case (.individual, nil):
            issues.append(.missing(location + ["email"], in: json))
            return nil
        case (.team, nil), (.team, .some(.null)): return nil
        case (_, .some(let value)): return email(value, at: location + ["email"])
        }
    }

    private mutating func owner(_ json: JSON, at location: [JSON]) -> CustomerDraft.Owner? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let name = optional(json, "name", location) { $0.trimmedString($1, at: $2, max: Customer.nameLengthMax) }
        let externalID = optional(json, "external_id", location) { $0.externalID($1, at: $2) }
        guard let value = json["email"] else {
            issues.append(.missing(location + ["email"], in: json))
            return nil
        }
        return email(value, at: location + ["email"]).map { .init(email: $0, name: name, externalID: externalID) }
    }

    private static let teamNeedsOwner =
        "An owner with an email address is required when creating a team customer without an email."
}
