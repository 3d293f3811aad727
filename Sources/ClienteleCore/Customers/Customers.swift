/// The use cases of customers.
///
/// Every surface calls these and nothing below them.
public struct Customers: KeyedUseCases {
    private var store: any CustomerStore
    private let surroundings: Surroundings
    private let settlement: Settlement

    public init(store: any CustomerStore & AccountStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
        self.settlement = Settlement(store: store, surroundings: surroundings)
    }

    public func keyed(_ call: KeyedCall) -> Customers {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    /// The live customer of that key in one of `organizations`.
    public func customer(
        _ key: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> Customer {
        try await store.customer(key, in: organizations)
    }

    public func list(_ query: CustomerQuery) async throws(DomainError) -> Page<Customer> {
        if query.active != nil { try await settlement.settle(query.organizations) }
        return try await store.customers(query)
    }

    /// The next customers of a walk; none at the end.
    public func walk(_ walk: CustomerWalk) async throws(DomainError) -> [Customer] { try await store.customers(walk) }

    /// The next live customers for an export of an organization, in the order of creation, after `last`; none at the end.
    public func batch(
        of organization: Organization.ID,
        after last: Customer?
    ) async throws(DomainError) -> [Customer] {
        try await store.customers(of: organization, after: last, limit: Self.batchSize)
    }

    /// Adds a customer and the member that owns it.
    ///
    /// `isLimited` says that, as far as the caller knows, the organization's plan has room for so many; it is only a hint.
    public func create(
        _ draft: CustomerDraft,
        in organization: Organization.ID,
        isLimited: Bool = false
    ) async throws(DomainError) -> Customer {
        let new: NewCustomer
        do {
            new = try self.new(draft, in: organization)
        } catch {
            // What is taken is told before what is wrong with a tax id.
            let keys = CustomerKeys(
                email: draft.rules.emailMayRepeat ? nil : draft.email,
                externalID: draft.externalID
            )
            let taken = try await store.taken(keys, in: organization)
            let refusals = taken.refusals(of: keys)
            throw refusals.isEmpty ? error : .refused(refusals)
        }
        return try await store.insert(new, alone: isLimited)
    }

    /// Changes a customer; where `versions` are given, only one that is of one of them.
    public func update(
        _ key: CustomerKey,
        in organizations: [Organization.ID],
        by patch: CustomerPatch,
        ifVersion versions: [Int64]? = nil
    ) async throws(DomainError) -> Customer {
        let now = surroundings.now()
        return try await store.update(key, in: organizations, claiming: patch.keys) {
            customer,
            taken throws(DomainError) in
            try customer.require(versions)
            try customer.apply(patch, taken: taken, at: now)
        }
    }

    /// Changes the customer of that external id, or creates it where there is none, in one step.
    public func upsert(
        externalID: String,
        in organization: Organization.ID,
        by patch: CustomerPatch,
        owner: CustomerDraft.Owner?
    ) async throws(DomainError) -> UpsertedCustomer {
        let now = surroundings.now()
        let draft = patch.draft(externalID: externalID, owner: owner)
        // What creating would refuse matters only if the customer is to be created.
        let new = Result { () throws(DomainError) in try self.new(draft, in: organization) }
        return try await store.upsert(externalID, in: organization, claiming: patch.keys, new: new) {
            customer,
            taken throws(DomainError) in
            try customer.apply(patch, taken: taken, at: now)
        }
    }

    /// Takes a customer out of sight for good, and all that it had; with `anonymize`, its personal data is destroyed as well.
    public func delete(
        _ key: CustomerKey,
        in organizations: [Organization.ID],
        anonymize: Bool,
        ifVersion versions: [Int64]? = nil
    ) async throws(DomainError) {
        let surroundings = surroundings
        let now = surroundings.now()
        try await store.delete(key, in: organizations, anonymize: anonymize, at: now) { account, sources in
            try account.customer.require(versions)
            try account.advance(to: now, sources)
            account.leave(at: now)
        }
    }

    /// Customers that one read of an export brings.
    private static let batchSize = 1_000

    private func new(_ draft: CustomerDraft, in organization: Organization.ID) throws(DomainError) -> NewCustomer {
        let ownerEmail = draft.owner?.email ?? draft.email
        guard ownerEmail != nil || draft.rules.ownerMayBeMissing, draft.email != nil || draft.kind == .team else {
            throw .refused([Refusal(.emailMissing)])
        }
        let now = surroundings.now()
        let customer = Customer(
            id: surroundings.newIdentifier(),
            organization: organization,
            team: draft.team,
            createdAt: now,
            status: draft.status,
            archivedAt: draft.status == .archived ? now : nil,
            kind: draft.kind,
            email: draft.email,
            sharesEmail: draft.email != nil && draft.rules.emailMayRepeat,
            externalID: draft.externalID,
            name: draft.name,
            billingAddress: draft.billingAddress,
            taxID: try draft.taxID?.resolve(at: draft.billingAddress, now: now),
            locale: draft.locale,
            metadata: draft.metadata,
            ownerEmail: draft.email == nil ? ownerEmail : nil
        )
        let owner = ownerEmail.map { email in
            Member(
                id: surroundings.newIdentifier(),
                customer: customer.id,
                organization: organization,
                createdAt: now,
                email: email,
                name: draft.owner?.name ?? draft.name,
                externalID: draft.owner?.externalID ?? draft.externalID,
                role: .owner
            )
        }
        return NewCustomer(customer: customer, owner: owner)
    }
}

/// A customer that is about to be stored, with the member that owns it.
public struct NewCustomer: Sendable {
    public let customer: Customer
    public let owner: Member?

    /// The keys that it claims.
    package var keys: CustomerKeys {
        CustomerKeys(email: customer.sharesEmail ? nil : customer.email, externalID: customer.externalID)
    }
}

/// A customer as an upsert left it, and whether it was made.
public struct UpsertedCustomer: Sendable {
    public let customer: Customer
    public let isNew: Bool

    package init(_ customer: Customer, isNew: Bool) {
        self.customer = customer
        self.isNew = isNew
    }
}

/// The keys of a customer that no other of its organization may hold.
public struct CustomerKeys: Sendable {
    public let email: EmailAddress?
    public let externalID: String?

    package init(email: EmailAddress? = nil, externalID: String? = nil) {
        self.email = email
        self.externalID = externalID
    }
}

extension Customer {
    /// Throws unless the customer is of one of `versions`; nil demands nothing.
    fileprivate func require(_ versions: [Int64]?) throws(DomainError) {
        guard let versions, !versions.contains(stateVersion) else { return }
        throw .versionMismatch(current: stateVersion)
    }
}

extension CustomerPatch {
    fileprivate var keys: CustomerKeys {
        CustomerKeys(email: rules.emailMayRepeat ? nil : email.value, externalID: externalID.value)
    }
}
