/// Which keys of a customer another live customer of the organization holds already.
public struct TakenKeys: Sendable, Equatable {
    public var email: Bool
    public var externalID: Bool

    public init(email: Bool = false, externalID: Bool = false) {
        self.email = email
        self.externalID = externalID
    }

    /// What a caller who wants `keys` for a new customer is told.
    package func refusals(of keys: CustomerKeys) -> [Refusal] {
        (email ? [Refusal(.emailTaken, input: keys.email?.text)] : [])
            + (externalID ? [Refusal(.externalIDTaken, input: keys.externalID)] : [])
    }
}

extension Customer {
    /// Makes the changes that `patch` asks for, or refuses and changes nothing.
    ///
    /// The tax id is judged only when nothing else is refused. `modifiedAt` moves when a field was sent, even with the
    /// value that it had.
    mutating func apply(_ patch: CustomerPatch, taken: TakenKeys, at now: Timestamp) throws(DomainError) {
        let refusals = refusals(of: patch, taken: taken)
        guard refusals.isEmpty else { throw .refused(refusals) }
        var changed = self
        changed.kind = patch.kind.value ?? kind
        changed.change(email: patch.email, patch.rules)
        patch.name.apply(to: &changed.name)
        patch.billingAddress.apply(to: &changed.billingAddress)
        patch.locale.apply(to: &changed.locale)
        patch.externalID.apply(to: &changed.externalID)
        changed.metadata = patch.metadata ?? metadata
        changed.taxID = try taxID(after: patch, now: now)
        if let status = patch.status { changed.change(status: status, at: now) }
        if changed != self || changed.isSpelledOtherwise(than: self) || patch.touches(self) { changed.modifiedAt = now }
        self = changed
    }

    private mutating func change(email change: Change<EmailAddress>, _ rules: CustomerRules) {
        switch change {
        case .keep: return
        case .clear:
            // Its owner keeps the address that an individual had.
            if kind == .individual { (kind, ownerEmail) = (.team, email) }
            (email, emailVerified, sharesEmail) = (nil, false, false)
        case .set(let new):
            guard email?.key == new.key else {
                (email, emailVerified, sharesEmail, ownerEmail) = (new, false, rules.emailMayRepeat, nil)
                return
            }
            // Another spelling of the same address is taken over only where a resent value is told from a new one.
            if rules.resendingIsNoChange { email = new }
        }
    }

    /// Whether a text has other bytes, though to Swift it may be the same.
    private func isSpelledOtherwise(than other: Customer) -> Bool {
        !(name ?? "").hasSameBytes(as: other.name ?? "")
            || !(email?.text ?? "").hasSameBytes(as: other.email?.text ?? "")
    }

    private mutating func change(status new: Status, at now: Timestamp) {
        if new != .archived { archivedAt = nil } else if status != .archived { archivedAt = now }
        status = new
    }

    private func refusals(of patch: CustomerPatch, taken: TakenKeys) -> [Refusal] {
        var refusals: [Refusal] = []
        if taken.email { refusals.append(Refusal(.emailTaken, input: patch.email.value?.text)) }
        if case .clear = patch.billingAddress { refusals.append(Refusal(.billingAddressFixed)) }
        if patch.externalID.isAsked, let externalID, patch.externalID.value?.hasSameBytes(as: externalID) != true {
            refusals.append(Refusal(.externalIDFixed, input: patch.externalID.value))
        } else if taken.externalID {
            refusals.append(Refusal(.externalIDTaken, input: patch.externalID.value))
        }
        if kind == .team, patch.kind.isAsked, patch.kind.value != .team {
            refusals.append(Refusal(.typeDowngrade, input: patch.kind.value?.rawValue))
        }
        return refusals
    }

    private func taxID(after patch: CustomerPatch, now: Timestamp) throws(DomainError) -> TaxID? {
        let address = patch.billingAddress.value ?? billingAddress
        switch patch.taxID {
        case .set(let claim): return try claim.resolve(at: address, now: now)
        case .clear: return nil
        case .keep:
            guard let taxID, patch.billingAddress.value != nil else { return taxID }
            return try TaxIDClaim(taxID.number).resolve(at: address, now: now)
        }
    }

    /// Takes the customer out of sight: its keys are free again, and its external id is remembered.
    package mutating func delete(at now: Timestamp) {
        formerExternalID = externalID
        externalID = nil
        deletedAt = now
    }

    /// Replaces what identifies a person by hashes that cannot be undone.
    ///
    /// The name of a business, which has a tax id, and the tax id itself are kept, as the law asks.
    package mutating func anonymize() {
        email = email.map { .anonymous(hash: hashed($0.text)) }
        emailVerified = false
        if taxID == nil { name = name.map(hashed) }
        billingName = billingName.map(hashed)
        billingAddress = nil
    }

    private func hashed(_ text: String) -> String { anonymousHash(of: text, salt: createdAt) }
}

/// The hex SHA-256 of a personal value, salted so that one value of two records does not give one hash.
func anonymousHash(of text: String, salt: Timestamp) -> String {
    hexSHA256(of: salt.offsetText + text)
}

extension EmailAddress {
    static func anonymous(hash: String) -> EmailAddress { EmailAddress(stored: hash + "@anonymized.polar.sh") }
}

extension CustomerPatch {
    /// Whether a field was sent whose mere sending counts as a modification.
    fileprivate func touches(_ customer: Customer) -> Bool {
        if rules.resendingIsNoChange { return false }
        if case .clear = kind, customer.kind == .individual { return true }
        return name.isAsked || metadata != nil || billingAddress.isAsked || locale.isAsked || externalID.isAsked
    }

    /// The draft of the customer that the patch makes where there is none yet.
    func draft(externalID: String, owner: CustomerDraft.Owner?) -> CustomerDraft {
        CustomerDraft(
            kind: kind.value ?? .individual,
            email: email.value,
            externalID: externalID,
            name: name.value,
            billingAddress: billingAddress.value,
            taxID: taxID.value,
            locale: locale.value,
            metadata: metadata ?? Metadata(),
            owner: owner,
            status: status ?? .active,
            rules: rules
        )
    }
}
