import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any store keeps the members of customers")
struct MemberStoreContract {
    @Test(arguments: TestEngine.allCases)
    func createsTheOwnerWithTheCustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let plain = try await house.create("Ada@example.com", externalID: "x", name: "Ada")
            let owner = try #require(try await house.members(of: plain).first)
            #expect(try await house.members(of: plain).count == 1)
            let expected = Member(
                id: owner.id,
                customer: plain.id,
                organization: house.a,
                createdAt: plain.createdAt,
                email: try EmailAddress("Ada@example.com"),
                name: "Ada",
                externalID: "x",
                role: .owner
            )
            #expect(owner == expected)
            let other = CustomerDraft.Owner(email: try EmailAddress("own@example.com"), name: "Own")
            let given = try await house.create("b@example.com", externalID: "y", name: "Bea", owner: other)
            let second = try #require(try await house.owner(of: given))
            #expect(second.email.text == "own@example.com" && second.name == "Own" && second.externalID == "y")
            #expect(try await house.members.member(.externalID("y"), of: .externalID("y"), in: [house.a]) == second)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsEveryValueOfAMember(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            for (number, role) in [Member.Role.member, .billingManager].enumerated() {
                let draft = MemberDraft(
                    email: try EmailAddress("M\(number)\u{E9}@example.com"),
                    name: "M\u{FC}ller '\"\u{1F600}",
                    externalID: "key/\(number)",
                    role: role
                )
                let member = try await house.members.add(draft, to: .id(team.id), in: [house.a])
                #expect(member.email == draft.email && member.name == draft.name && member.role == role)
                #expect(member.externalID == draft.externalID && member.modifiedAt == nil)
                #expect(member.customer == team.id && member.organization == house.a)
                for key in [MemberKey.id(member.id), .externalID("key/\(number)")] {
                    #expect(try await house.members.member(key, of: .id(team.id), in: [house.a]) == member)
                }
                let patch = MemberPatch(email: try EmailAddress("New\(number)@example.com"), name: .clear)
                let updated = try await house.members.update(.id(member.id), of: .id(team.id), in: [house.a], by: patch)
                #expect(updated.email.text == "New\(number)@example.com" && updated.name == nil)
                #expect(try #require(updated.modifiedAt) > member.createdAt)
                #expect(try await house.members.member(.id(member.id), of: .id(team.id), in: [house.a]) == updated)
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesTheMemberThatHasTheEmailAlreadyUnchanged(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            let first = MemberDraft(email: try EmailAddress("M\u{C9}@example.com"), name: "First")
            let member = try await house.members.add(first, to: .id(team.id), in: [house.a])
            let second = MemberDraft(
                email: try EmailAddress("m\u{E9}@EXAMPLE.com"),
                name: "Second",
                externalID: "x",
                role: .billingManager
            )
            #expect(try await house.members.add(second, to: .id(team.id), in: [house.a]) == member)
            #expect(try await house.members(of: team).count == 2)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func addsOneMemberInManyCallsAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            let same = await failures(64) { number in
                let draft = MemberDraft(email: try EmailAddress("same@example.com"), name: "\(number)")
                return try await house.members.add(draft, to: .id(team.id), in: [house.a])
            }
            #expect(same.allSatisfy { $0 == nil })
            #expect(try await house.members(of: team).count == 2)
            let keys = await failures(64) { number in
                let draft = MemberDraft(email: try EmailAddress("m\(number)@example.com"), externalID: "same")
                return try await house.members.add(draft, to: .id(team.id), in: [house.a])
            }
            #expect(keys.count { $0 == nil } == 1)
            #expect(keys.count { $0 == .refused([.memberExternalIDTaken]) } == 63)
            #expect(try await house.members(of: team).count == 3)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesAnIndividualNoSecondMember(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com")
            for email in ["m@example.com", "a@example.com"] {
                let draft = MemberDraft(email: try EmailAddress(email))
                let added = await failure { try await house.members.add(draft, to: .id(customer.id), in: [house.a]) }
                #expect(added == .notPermitted(.secondMemberOfIndividual))
            }
            try await house.update(customer, CustomerPatch(kind: .set(.team)))
            let draft = MemberDraft(email: try EmailAddress("m@example.com"))
            _ = try await house.members.add(draft, to: .id(customer.id), in: [house.a])
            #expect(try await house.members(of: customer).map(\.role) == [.member, .owner])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesWhatAnotherMemberHas(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            let first = try await house.addMember("m1@example.com", externalID: "x", to: team)
            let second = try await house.addMember("m2@example.com", externalID: "X", to: team)
            let third = await failure { try await house.addMember("m3@example.com", externalID: "x", to: team) }
            #expect(third == .refused([.memberExternalIDTaken]))
            let patch = MemberPatch(email: try EmailAddress("M1@example.com"), name: .set("n"))
            let update = await failure { try await house.update(second, patch) }
            #expect(update == .refused([.memberEmailTaken]))
            #expect(try await house.members.member(.id(second.id), of: .id(team.id), in: [house.a]) == second)
            let own = try await house.update(first, patch)
            #expect(own.email == first.email && own.name == "n")
            let other = try await house.create("other@example.com", kind: .team, externalID: "o")
            let same = try await house.addMember("m1@example.com", externalID: "x", to: other)
            #expect(same.customer == other.id)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsTheEmailOfAnIndividualsOwnerToTheCustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com")
            let owner = try #require(try await house.owner(of: customer))
            let other = MemberPatch(email: try EmailAddress("b@example.com"))
            let same = MemberPatch(email: try EmailAddress("A@example.com"))
            let refused = await failure { try await house.update(owner, other) }
            #expect(refused == .refused([.memberEmailOfIndividualOwner]))
            #expect(try await house.update(owner, same).email == owner.email)
            #expect(try await house.owner(of: customer)?.email == owner.email)
            try await house.update(customer, CustomerPatch(kind: .set(.team)))
            #expect(try await house.update(owner, other).email.text == "b@example.com")
            #expect(try await house.owner(of: customer)?.email.text == "b@example.com")
            #expect(try await house.customer(customer).email?.text == "a@example.com")
        }
    }

    @Test(arguments: TestEngine.allCases)
    func hasExactlyOneOwner(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            let owner = try #require(try await house.owner(of: team))
            let draft = MemberDraft(email: try EmailAddress("m@example.com"))
            let member = try await house.members.add(draft, to: .id(team.id), in: [house.a])
            for role in [Member.Role.member, .billingManager] {
                let demoted = await failure { try await house.update(owner, MemberPatch(role: role)) }
                #expect(demoted == .refused([.memberSoleOwnerDemoted]))
            }
            let remove = await failure {
                try await house.members.remove(.id(owner.id), of: .id(team.id), in: [house.a])
            }
            #expect(remove == .refused([.memberSoleOwnerDeleted]))
            #expect(try await house.members(of: team) == [member, owner])
            #expect(try await house.update(owner, MemberPatch(role: .owner)).role == .owner)
            let promoted = try await house.update(member, MemberPatch(role: .owner))
            #expect(promoted.role == .owner)
            let former = try await house.members.member(.id(owner.id), of: .id(team.id), in: [house.a])
            #expect(former.role == .billingManager)
            #expect(former.modifiedAt == promoted.modifiedAt)
            #expect(try await house.owner(of: team) == promoted)
            try await house.members.remove(.id(owner.id), of: .id(team.id), in: [house.a])
            #expect(try await house.members(of: team) == [promoted])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func hasExactlyOneOwnerWhenManyAreMadeOwnerAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            var members: [Member] = []
            for number in 0..<16 {
                let draft = MemberDraft(email: try EmailAddress("m\(number)@example.com"))
                members.append(try await house.members.add(draft, to: .id(team.id), in: [house.a]))
            }
            let all = members
            let outcomes = await failures(16) { number in
                let patch = MemberPatch(role: .owner)
                return try await house.members.update(.id(all[number].id), of: .id(team.id), in: [house.a], by: patch)
            }
            #expect(outcomes.allSatisfy { $0 == nil })
            let roles = try await house.members(of: team).map(\.role)
            #expect(roles.count { $0 == .owner } == 1)
            #expect(roles.count { $0 == .billingManager } == 16)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func letsARemovedMemberComeBackAsANewOne(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            let draft = MemberDraft(email: try EmailAddress("m@example.com"), externalID: "x")
            let first = try await house.members.add(draft, to: .id(team.id), in: [house.a])
            try await house.members.remove(.externalID("x"), of: .id(team.id), in: [house.a])
            for key in [MemberKey.id(first.id), .externalID("x")] {
                let calls: [() async throws -> Void] = [
                    { _ = try await house.members.member(key, of: .id(team.id), in: [house.a]) },
                    { _ = try await house.members.update(key, of: .id(team.id), in: [house.a], by: MemberPatch()) },
                    { try await house.members.remove(key, of: .id(team.id), in: [house.a]) },
                ]
                for call in calls { #expect(await failure(call) == .notFound(.member)) }
            }
            let second = try await house.members.add(draft, to: .id(team.id), in: [house.a])
            #expect(second.id != first.id)
            #expect(try await house.members(of: team).count == 2)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsOrganizationsAndCustomersApartOnEveryVerb(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            let other = try await house.create("other@example.com", kind: .team)
            let theirs = try await house.create("other@example.com", kind: .team, in: house.b)
            let draft = MemberDraft(email: try EmailAddress("m@example.com"), externalID: "x")
            let member = try await house.members.add(draft, to: .id(team.id), in: [house.a])
            let key = MemberKey.id(member.id)
            for (customer, organization, resource) in [
                (team, house.b, DomainError.Resource.customer), (theirs, house.b, .member), (other, house.a, .member),
            ] {
                let calls: [() async throws -> Void] = [
                    { _ = try await house.members.member(key, of: .id(customer.id), in: [organization]) },
                    {
                        _ = try await house.members.update(
                            key,
                            of: .id(customer.id),
                            in: [organization],
                            by: MemberPatch()
                        )
                    },
                    { try await house.members.remove(key, of: .id(customer.id), in: [organization]) },
                ]
                for call in calls { #expect(await failure(call) == .notFound(resource)) }
            }
            let add = await failure { try await house.members.add(draft, to: .id(team.id), in: [house.b]) }
            #expect(add == .notFound(.customer))
            let query = MemberQuery(organizations: [house.b], customer: .id(team.id))
            #expect(try await house.members.list(query).totalCount == 0)
            #expect(try await house.members.list(MemberQuery(organizations: [])).totalCount == 0)
            #expect(try await house.members.member(key, of: .id(team.id), in: [house.a]) == member)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func listsMembersNewestFirstByCustomerAndRole(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let owner = CustomerDraft.Owner(email: try EmailAddress("o@example.com"))
            let team = try await house.create("t@example.com", kind: .team, externalID: "t", owner: owner)
            try await house.create("single@example.com")
            try await house.create("foreign@example.com", externalID: "t", in: house.b)
            for number in 0..<12 {
                let role: Member.Role = number.isMultiple(of: 3) ? .billingManager : .member
                let draft = MemberDraft(email: try EmailAddress("m\(number)@example.com"), role: role)
                _ = try await house.members.add(draft, to: .id(team.id), in: [house.a])
            }
            func emails(_ query: MemberQuery) async throws -> [String] {
                try await house.members.list(query).items.map { String($0.email.text.prefix { $0 != "@" }) }
            }
            let ofTeam = (0..<12).reversed().map { "m\($0)" } + ["o"]
            for key in [CustomerKey.id(team.id), .externalID("t")] {
                var query = MemberQuery(organizations: [house.a], customer: key, limit: 5)
                #expect(try await house.members.list(query).totalCount == 13)
                var seen: [String] = []
                for page in 1...4 {
                    query.page = page
                    seen += try await emails(query)
                }
                #expect(seen == ofTeam)
                query.page = .max
                #expect(try await emails(query).isEmpty)
                query = MemberQuery(organizations: [house.a], customer: key, role: .billingManager)
                #expect(try await emails(query) == ["m9", "m6", "m3", "m0"])
            }
            #expect(try await emails(MemberQuery(organizations: [house.a], role: .owner)) == ["single", "o"])
            let everywhere = MemberQuery(organizations: [house.a, house.b])
            #expect(try await house.members.list(everywhere).totalCount == 15)
        }
    }
}

extension House {
    fileprivate func addMember(_ email: String, externalID: String? = nil, to customer: Customer) async throws -> Member
    {
        let draft = MemberDraft(email: try EmailAddress(email), externalID: externalID)
        return try await members.add(draft, to: .id(customer.id), in: [customer.organization])
    }

    fileprivate func update(_ member: Member, _ patch: MemberPatch) async throws -> Member {
        try await members.update(.id(member.id), of: .id(member.customer), in: [member.organization], by: patch)
    }
}
