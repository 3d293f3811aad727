import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any store keeps the keys of customers unique")
struct CustomerUniquenessContract {
    @Test(arguments: TestEngine.allCases)
    func refusesAnEmailTwiceWhateverItsCase(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("\u{C9}da@Example.com")
            let other = try await house.create("other@example.com")
            for spelling in ["\u{C9}da@example.com", "\u{E9}da@example.com", "\u{E9}DA@EXAMPLE.COM"] {
                #expect(await failure { try await house.create(spelling) } == .refused([.emailTaken]), "\(spelling)")
                let patch = CustomerPatch(email: .set(try EmailAddress(spelling)))
                #expect(
                    await failure { try await house.update(other, patch) } == .refused([.emailTaken]),
                    "\(spelling)"
                )
            }
            #expect(await failure { try await house.create("eda@example.com") } == nil)
            #expect(await failure { try await house.create("\u{E9}da@example.com", in: house.b) } == nil)
            try await house.delete(ada)
            #expect(await failure { try await house.create("\u{E9}DA@example.com") } == nil)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesAnExternalIDTwiceInTheSameCase(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let first = try await house.create("a@example.com", externalID: "Key")
            let none = try await house.create("b@example.com")
            let again = await failure { try await house.create("c@example.com", externalID: "Key") }
            #expect(again == .refused([.externalIDTaken]))
            let update = await failure { try await house.update(none, CustomerPatch(externalID: .set("Key"))) }
            #expect(update == .refused([.externalIDTaken]))
            #expect(await failure { try await house.create("d@example.com", externalID: "KEY") } == nil)
            #expect(await failure { try await house.create("a@example.com", externalID: "Key", in: house.b) } == nil)
            try await house.delete(first)
            #expect(await failure { try await house.update(none, CustomerPatch(externalID: .set("Key"))) } == nil)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func namesEveryKeyThatIsTakenAndTellsItBeforeATaxIDThatIsWrong(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("a@example.com", externalID: "x")
            let both = await failure { try await house.create("A@example.com", externalID: "x") }
            #expect(both == .refused([.emailTaken, .externalIDTaken]))
            let email = try EmailAddress("a@example.com")
            let draft = CustomerDraft(email: email, externalID: "y", taxID: TaxIDClaim("nonsense"))
            #expect(await failure { try await house.customers.create(draft, in: house.a) } == .refused([.emailTaken]))
            #expect(
                await failure { try await house.customers.create(draft, in: house.b) } == .refused([.taxIDNeedsCountry])
            )
            #expect(try await house.total(house.a) == 1)
            #expect(try await house.total(house.b) == 0)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func letsAnyNumberOfTeamsHaveNoEmailAndAnyCustomerNoExternalID(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let owner = CustomerDraft.Owner(email: try EmailAddress("owner@example.com"))
            for _ in 0..<3 { try await house.create(nil, kind: .team, owner: owner) }
            #expect(try await house.total() == 3)
            #expect(await failure { try await house.create(nil, kind: .team) } == .refused([.emailMissing]))
            #expect(await failure { try await house.create(nil, owner: owner) } == .refused([.emailMissing]))
            #expect(try await house.total() == 3)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func createsOneOfManyCustomersWithOneEmailAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let outcomes = await failures(64) { number in
                try await house.create(number.isMultiple(of: 2) ? "same@example.com" : "SAME@example.com")
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .refused([.emailTaken]) } == 63)
            let total = try await house.total()
            #expect(total == 1)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func createsOneOfManyCustomersWithOneExternalIDAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let outcomes = await failures(64) { try await house.create("c\($0)@example.com", externalID: "same") }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .refused([.externalIDTaken]) } == 63)
            let total = try await house.total()
            #expect(total == 1)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesAKeyToOneOfManyUpdatesAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let drafts = (0..<64).map { CustomerDraft(email: EmailAddress(stored: "c\($0)@example.com")) }
            let customers = try await house.create(drafts, in: house.a)
            let emails = await failures(64) { number in
                let email = try EmailAddress(number.isMultiple(of: 2) ? "same@example.com" : "Same@example.com")
                return try await house.update(customers[number], CustomerPatch(email: .set(email)))
            }
            #expect(emails.count { $0 == nil } == 1)
            #expect(emails.count { $0 == .refused([.emailTaken]) } == 63)
            let externalIDs = await failures(64) { number in
                try await house.update(customers[number], CustomerPatch(externalID: .set("same")))
            }
            #expect(externalIDs.count { $0 == nil } == 1)
            #expect(externalIDs.count { $0 == .refused([.externalIDTaken]) } == 63)
            let holders = CustomerQuery(organizations: [house.a], email: "same@example.com")
            #expect(try await house.customers.list(holders).totalCount == 1)
            #expect(try await house.total() == 64)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func losesNoneOfManyUpdatesOfOneCustomerAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com", name: "")
            let outcomes = await failures(64) { number in
                try await house.store.update(
                    .id(customer.id),
                    in: [house.a],
                    claiming: CustomerKeys()
                ) { customer, _ throws(DomainError) in
                    customer.name = (customer.name ?? "") + "\(number),"
                }
            }
            #expect(outcomes.allSatisfy { $0 == nil })
            let numbers = try await house.customer(customer).name?.split(separator: ",").compactMap { Int($0) }
            #expect(numbers?.sorted() == Array(0..<64))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func createsOneCustomerInManyUpsertsAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let results = try await withThrowingTaskGroup(of: UpsertedCustomer.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let email = try EmailAddress("c\(number)@example.com")
                        let patch = CustomerPatch(email: .set(email), name: .set("\(number)"))
                        return try await house.customers.upsert(externalID: "x", in: house.a, by: patch, owner: nil)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0.isNew } == 1)
            #expect(Set(results.map(\.customer.id)).count == 1)
            #expect(try await house.total() == 1)
            let last = try await house.customers.customer(.externalID("x"), in: [house.a])
            #expect(results.contains { $0.customer == last })
        }
    }

    @Test(arguments: TestEngine.allCases)
    func writesAnExternalIDOnceAndNeverInAnotherSpelling(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com", externalID: "caf\u{E9}")
            for change in [Change.set("tea"), .set("CAF\u{E9}"), .clear] {
                let refused = await failure { try await house.update(customer, CustomerPatch(externalID: change)) }
                #expect(refused == .refused([.externalIDFixed]))
            }
            #expect(
                await failure { try await house.update(customer, CustomerPatch(externalID: .set("caf\u{E9}"))) } == nil
            )
            // Swift takes the two for one string; a lookup, which compares bytes, does not.
            let respelled = CustomerPatch(externalID: .set("cafe\u{301}"))
            let update = await failure { try await house.update(customer, respelled) }
            let lookup = await failure { try await house.customers.customer(.externalID("caf\u{E9}"), in: [house.a]) }
            #expect(update == .refused([.externalIDFixed]))
            #expect(lookup == nil)
        }
    }
}
