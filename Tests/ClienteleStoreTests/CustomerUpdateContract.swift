import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any store changes customers by their rules")
struct CustomerUpdateContract {
    @Test(arguments: TestEngine.allCases)
    func movesTheTimeOfModificationWhenAFieldIsSent(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let metadata = Metadata([.init("tier", "pro")])
            let address = try PostalAddress(country: #require(Country("US")))
            let locale = try #require(LanguageTag("en"))
            let sent: [(String, CustomerPatch)] = [
                ("the same name", CustomerPatch(name: .set("Ada"))),
                ("another name", CustomerPatch(name: .set("Eve"))),
                ("no name", CustomerPatch(name: .clear)),
                ("the same metadata", CustomerPatch(metadata: metadata)),
                ("the same address", CustomerPatch(billingAddress: .set(address))),
                ("the same locale", CustomerPatch(locale: .set(locale))),
                ("the same external id", CustomerPatch(externalID: .set("x"))),
                ("no type", CustomerPatch(kind: .clear)),
                ("another type", CustomerPatch(kind: .set(.team))),
                ("another e-mail address", CustomerPatch(email: .set(try EmailAddress("eve@example.com")))),
                ("no tax id where there was one", CustomerPatch(taxID: .clear)),
            ]
            let draft = CustomerDraft(
                email: try EmailAddress("ada@example.com"),
                externalID: "x",
                name: "Ada",
                billingAddress: address,
                taxID: TaxIDClaim("91-1144442"),
                locale: locale,
                metadata: metadata
            )
            for (what, patch) in sent {
                let customer = try await house.customers.create(draft, in: house.a)
                house.clock.pass(seconds: 60)
                let updated = try await house.update(customer, patch)
                let modifiedAt = try #require(updated.modifiedAt, "\(what)")
                #expect(modifiedAt > customer.createdAt.adding(seconds: 59), "\(what)")
                #expect(try await house.customer(customer) == updated, "\(what)")
                try await house.delete(customer)
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func leavesTheTimeOfModificationWhenNothingIsSentOrChanged(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.customers.create(
                CustomerDraft(
                    email: try EmailAddress("Ada@example.com"),
                    billingAddress: try PostalAddress(country: #require(Country("US"))),
                    taxID: TaxIDClaim("91-1144442")
                ),
                in: house.a
            )
            let sent: [(String, CustomerPatch)] = [
                ("nothing", CustomerPatch()),
                (
                    "the same e-mail address in another case",
                    CustomerPatch(email: .set(try EmailAddress("ADA@example.com")))
                ),
                ("the same tax id", CustomerPatch(taxID: .set(TaxIDClaim("911144442")))),
                ("the same type", CustomerPatch(kind: .set(.individual))),
            ]
            for (what, patch) in sent {
                #expect(try await house.update(customer, patch) == customer, "\(what)")
                #expect(try await house.customer(customer) == customer, "\(what)")
            }
            #expect(try await house.customer(customer).email?.text == "Ada@example.com")
        }
    }

    @Test(arguments: TestEngine.allCases)
    func doubtsAnotherEmailAndKeepsTheVerifiedOne(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("Ada@example.com")
            let key = CustomerKey.id(customer.id)
            _ = try await house.store.update(key, in: [house.a], claiming: CustomerKeys()) {
                customer,
                _ throws(DomainError) in
                customer.emailVerified = true
            }
            let same = try await house.update(customer, CustomerPatch(email: .set(try EmailAddress("ada@EXAMPLE.com"))))
            #expect(same.emailVerified && same.email?.text == "Ada@example.com")
            let other = try await house.update(
                customer,
                CustomerPatch(email: .set(try EmailAddress("Eve@example.com")))
            )
            #expect(!other.emailVerified && other.email?.text == "Eve@example.com")
            #expect(try await house.customer(customer) == other)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func changesNothingWhenRefused(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("taken@example.com", externalID: "taken")
            let metadata = Metadata([.init("tier", "pro")])
            let before = try await house.create("a@example.com", name: "Before", metadata: metadata)
            let members = try await house.members(of: before)
            let other = Metadata([.init("tier", "none")])
            let address = try PostalAddress(country: #require(Country("US")))
            let refused: [(CustomerPatch, [Refusal.Rule])] = [
                (CustomerPatch(email: .set(try EmailAddress("Taken@example.com"))), [.emailTaken]),
                (
                    CustomerPatch(email: .set(try EmailAddress("b@example.com")), billingAddress: .clear),
                    [.billingAddressFixed]
                ),
                (CustomerPatch(externalID: .set("taken")), [.externalIDTaken]),
                (CustomerPatch(taxID: .set(TaxIDClaim("91-1144442"))), [.taxIDNeedsCountry]),
                (CustomerPatch(billingAddress: .set(address), taxID: .set(TaxIDClaim("1"))), [.taxIDInvalid]),
            ]
            for (patch, rules) in refused {
                var patch = patch
                patch.name = .set("After")
                patch.metadata = other
                patch.kind = .set(.team)
                #expect(await failure { try await house.update(before, patch) } == .refused(rules))
                #expect(try await house.customer(before) == before)
                #expect(try await house.members(of: before) == members)
                #expect(try await house.names(search: "after").isEmpty)
                #expect(try await house.names(search: "before") == ["Before"])
                #expect(try await house.names(metadata: [("tier", ["none"])]).isEmpty)
                #expect(try await house.names(metadata: [("tier", ["pro"])]) == ["Before"])
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func namesEveryRuleThatAnUpdateBreaksAndTheTaxIDOnlyAlone(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("taken@example.com", externalID: "taken")
            let owner = CustomerDraft.Owner(email: try EmailAddress("owner@example.com"))
            let team = try await house.create("a@example.com", kind: .team, externalID: "x", owner: owner)
            let patch = CustomerPatch(
                email: .set(try EmailAddress("taken@example.com")),
                billingAddress: .clear,
                taxID: .set(TaxIDClaim("nonsense")),
                externalID: .set("taken"),
                kind: .set(.individual)
            )
            let rules: [Refusal.Rule] = [.emailTaken, .billingAddressFixed, .externalIDFixed, .typeDowngrade]
            #expect(await failure { try await house.update(team, patch) } == .refused(rules))
            for kind in [Change<Customer.Kind>.clear, .set(.individual)] {
                #expect(
                    await failure { try await house.update(team, CustomerPatch(kind: kind)) }
                        == .refused([.typeDowngrade])
                )
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func checksAStoredTaxIDAgainOnlyWhenTheAddressChanges(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let us = try PostalAddress(country: #require(Country("US")))
            let germany = try PostalAddress(country: #require(Country("DE")))
            let customer = try await house.customers.create(
                CustomerDraft(
                    email: try EmailAddress("a@example.com"),
                    billingAddress: us,
                    taxID: TaxIDClaim("91-1144442", kind: .usEIN)
                ),
                in: house.a
            )
            #expect(customer.taxID == TaxID(number: "911144442", kind: .usEIN))
            let moved = CustomerPatch(billingAddress: .set(germany))
            #expect(await failure { try await house.update(customer, moved) } == .refused([.taxIDInvalid]))
            let wrongKind = CustomerPatch(taxID: .set(TaxIDClaim("91-1144442", kind: .euVAT)))
            #expect(await failure { try await house.update(customer, wrongKind) } == .refused([.taxIDInvalid]))
            let patch = CustomerPatch(billingAddress: .set(germany), taxID: .set(TaxIDClaim("DE 136,695 976")))
            #expect(try await house.update(customer, patch).taxID == TaxID(number: "DE136695976", kind: .euVAT))
            #expect(try await house.update(customer, CustomerPatch(name: .set("n"))).taxID?.number == "DE136695976")
            #expect(try await house.update(customer, CustomerPatch(taxID: .clear)).taxID == nil)
            #expect(try await house.update(customer, CustomerPatch(billingAddress: .set(us))).billingAddress == us)
            #expect(try await house.customer(customer).taxID == nil)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func makesTheOwnerOfAnIndividualFollowItsEmail(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let owner = CustomerDraft.Owner(
                email: try EmailAddress("drifted@example.com"),
                name: "Own",
                externalID: "own"
            )
            let customer = try await house.create("ada@example.com", externalID: "x", name: "Ada", owner: owner)
            let before = try #require(try await house.owner(of: customer))
            #expect(before.email.text == "drifted@example.com")
            try await house.update(customer, CustomerPatch(name: .set("Eve")))
            #expect(try await house.owner(of: customer) == before)
            try await house.update(customer, CustomerPatch(email: .set(try EmailAddress("Eve@Example.com"))))
            let after = try #require(try await house.owner(of: customer))
            #expect(after.email.text == "eve@example.com")
            #expect(after.modifiedAt != nil)
            var restored = after
            restored.email = before.email
            restored.modifiedAt = before.modifiedAt
            #expect(restored == before)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func leavesTheMembersOfATeamAloneWhenItsEmailChanges(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let team = try await house.createTeam()
            let draft = MemberDraft(email: try EmailAddress("m@example.com"))
            _ = try await house.members.add(draft, to: .id(team.id), in: [house.a])
            let members = try await house.members(of: team)
            try await house.update(team, CustomerPatch(email: .set(try EmailAddress("other@example.com"))))
            #expect(try await house.members(of: team) == members)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func showsTheOwnersEmailOfATeamThatHasNone(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let owner = CustomerDraft.Owner(email: try EmailAddress("owner@example.com"))
            let team = try await house.create(nil, kind: .team, owner: owner)
            #expect(team.ownerEmail?.text == "owner@example.com")
            #expect(try await house.customer(team) == team)
            let patch = CustomerPatch(email: .set(try EmailAddress("team@example.com")))
            try await house.update(team, patch)
            #expect(try await house.customer(team).ownerEmail == nil)
        }
    }
}
