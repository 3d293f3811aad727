/// The use cases of members.
public struct Members: KeyedUseCases {
    private var store: any MemberStore
    private let surroundings: Surroundings

    public init(store: any MemberStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    public func keyed(_ call: KeyedCall) -> Members {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    public func list(_ query: MemberQuery) async throws(DomainError) -> Page<Member> { try await store.members(query) }

    public func member(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> Member {
        try await store.member(key, of: customer, in: organizations)
    }

    /// Adds a member to a team; where one has the e-mail address already, gives that one unchanged.
    public func add(
        _ draft: MemberDraft,
        to customer: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> Member {
        let id: Member.ID = surroundings.newIdentifier()
        let now = surroundings.now()
        return try await store.addMember(to: customer, in: organizations) { customer, members throws(DomainError) in
            if customer.kind == .individual { throw .notPermitted(.secondMemberOfIndividual) }
            if let existing = members.first(where: { $0.email.key == draft.email.key }) { return existing }
            if let externalID = draft.externalID,
                members.contains(where: { $0.externalID?.hasSameBytes(as: externalID) == true })
            {
                throw .refused([Refusal(.memberExternalIDTaken, input: externalID)])
            }
            return Member(
                id: id,
                customer: customer.id,
                organization: customer.organization,
                createdAt: now,
                email: draft.email,
                name: draft.name,
                externalID: draft.externalID,
                // A customer that was made without an address has no owner yet.
                role: members.contains { $0.role == .owner } ? draft.role : .owner
            )
        }
    }

    /// Changes a member.
    ///
    /// A member made owner takes the place of the one who was, who becomes a billing manager.
    public func update(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID],
        by patch: MemberPatch
    ) async throws(DomainError) -> Member {
        let now = surroundings.now()
        return try await store.updateMember(key, of: customer, in: organizations) {
            (member, customer, others) throws(DomainError) in
            if let email = patch.email, email.key != member.email.key {
                guard customer.kind == .team || member.role != .owner else {
                    throw .refused([Refusal(.memberEmailOfIndividualOwner, input: email.text)])
                }
                guard !others.contains(where: { $0.email.key == email.key }) else {
                    throw .refused([Refusal(.memberEmailTaken, input: email.text)])
                }
                member.email = email
            }
            if let role = patch.role, role != .owner, member.role == .owner {
                throw .refused([Refusal(.memberSoleOwnerDemoted, input: role.rawValue)])
            }
            patch.name.apply(to: &member.name)
            member.role = patch.role ?? member.role
            member.modifiedAt = now
        }
    }

    /// Takes a member out.
    ///
    /// The owner stays: a customer has exactly one.
    public func remove(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) {
        try await store.removeMember(key, of: customer, in: organizations, at: surroundings.now()) {
            member throws(DomainError) in
            guard member.role != .owner else {
                throw .refused([Refusal(.memberSoleOwnerDeleted, input: member.id.text)])
            }
        }
    }
}
