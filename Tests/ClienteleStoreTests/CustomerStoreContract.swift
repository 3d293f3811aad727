import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

@testable import ClienteleCore

@Suite("Any store keeps customers")
struct CustomerStoreContract {
    @Test(arguments: TestEngine.allCases)
    func keepsEveryValueOfACustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let full = Customer(
                id: Identifier(high: .max, low: 0x8000_0000_0000_0001),
                organization: house.a,
                createdAt: Timestamp(microseconds: 1_767_225_600_123_456),
                modifiedAt: Timestamp(microseconds: -1),
                kind: .team,
                email: EmailAddress(stored: "Grüße+x@straße.de"),
                emailVerified: true,
                externalID: "ext/ 1\u{1F600}'\"%_",
                name: "Ünï \"quoted\" 東京\n\u{7}",
                billingName: "Billing & Co.",
                billingAddress: try PostalAddress(
                    line1: "1 Main St",
                    line2: "Flat 2",
                    postalCode: "94110",
                    city: "San Francisco",
                    state: "CA",
                    country: #require(Country("US"))
                ),
                taxID: TaxID(number: "911144442", kind: .usEIN),
                locale: LanguageTag("pt-BR"),
                metadata: Metadata(stored: #"{"z":1,"a":1.0,"é":"e\u0301","":true,"n":{"x":[null]}}"#),
                ownerEmail: nil
            )
            _ = try await house.store.insert(NewCustomer(customer: full, owner: owner(of: full)), alone: false)
            let kept = try await house.customer(full)
            #expect(kept == full)
            #expect(Array(kept.metadata.text.utf8) == Array(full.metadata.text.utf8))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsTheAbsenceOfEveryValueThatMayBeAbsent(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let bare = Customer(
                id: Identifier(high: 0, low: 0),
                organization: house.a,
                createdAt: Timestamp(microseconds: 0),
                kind: .team,
                email: nil,
                externalID: nil,
                name: nil,
                billingAddress: nil,
                taxID: nil,
                locale: nil,
                metadata: Metadata(),
                ownerEmail: EmailAddress(stored: "owner@example.com")
            )
            _ = try await house.store.insert(NewCustomer(customer: bare, owner: owner(of: bare)), alone: false)
            #expect(try await house.customer(bare) == bare)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesWhatCreateAndUpdateAnsweredToEveryReader(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let created = try await house.create("Ada@Example.com", externalID: "ada", name: "Ada")
            #expect(created.id.version == 4)
            #expect(created.email?.text == "Ada@example.com")
            #expect(created.modifiedAt == nil)
            #expect(try await house.customer(created) == created)
            #expect(try await house.customers.customer(.externalID("ada"), in: [house.a]) == created)
            #expect(try await house.customers.list(CustomerQuery(organizations: [house.a])).items == [created])
            let updated = try await house.update(created, CustomerPatch(name: .set("Ada L"), kind: .set(.team)))
            #expect(updated.name == "Ada L")
            #expect(updated.kind == .team)
            #expect(try await house.customer(created) == updated)
            #expect(try await house.customers.customer(.externalID("ada"), in: [house.a]) == updated)
            #expect(try await house.customers.list(CustomerQuery(organizations: [house.a])).items == [updated])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func looksUpAnExternalIDByItsExactSpelling(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let upper = try await house.create("a@example.com", externalID: "KEY-\u{E9}")
            let lower = try await house.create("b@example.com", externalID: "key-\u{E9}")
            #expect(try await house.customers.customer(.externalID("KEY-\u{E9}"), in: [house.a]) == upper)
            #expect(try await house.customers.customer(.externalID("key-\u{E9}"), in: [house.a]) == lower)
            for other in ["Key-\u{E9}", "KEY-e\u{301}", "KEY", "KEY-\u{E9} ", "KEY-%", ""] {
                let found = await failure { try await house.customers.customer(.externalID(other), in: [house.a]) }
                #expect(found == .notFound(.customer), "\(other)")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsOrganizationsApartOnEveryVerb(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let metadata = Metadata([.init("tier", "pro")])
            let ours = try await house.create("a@example.com", externalID: "x", name: "Same", metadata: metadata)
            for key in [CustomerKey.id(ours.id), .externalID("x")] {
                for others in [[house.b], []] {
                    let calls: [() async throws -> Void] = [
                        { _ = try await house.customers.customer(key, in: others) },
                        {
                            _ = try await house.customers.update(
                                key,
                                in: others,
                                by: CustomerPatch(name: .set("Stolen"))
                            )
                        },
                        { try await house.customers.delete(key, in: others, anonymize: true) },
                    ]
                    for call in calls { #expect(await failure(call) == .notFound(.customer)) }
                }
            }
            var queries = [CustomerQuery(organizations: [house.b]), CustomerQuery(organizations: [])]
            queries.append(CustomerQuery(organizations: [house.b], email: "a@example.com"))
            queries.append(CustomerQuery(organizations: [house.b], search: "same"))
            queries.append(CustomerQuery(organizations: [house.b], search: "x"))
            queries.append(CustomerQuery(organizations: [house.b], metadata: [("tier", ["pro"])]))
            for query in queries {
                let page = try await house.customers.list(query)
                #expect(page.items.isEmpty && page.totalCount == 0)
            }
            let keys = CustomerKeys(email: ours.email, externalID: "x")
            #expect(try await house.store.taken(keys, in: house.b) == TakenKeys())
            #expect(try await house.store.taken(keys, in: house.a) == TakenKeys(email: true, externalID: true))
            #expect(try await house.store.customers(of: house.b, after: nil, limit: 10).isEmpty)
            let theirs = try await house.customers.upsert(
                externalID: "x",
                in: house.b,
                by: CustomerPatch(email: .set(try #require(ours.email))),
                owner: nil
            )
            #expect(theirs.isNew)
            #expect(try await house.customer(ours) == ours)
            try await house.delete(theirs.customer)
            #expect(try await house.customer(ours) == ours)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesAnExternalIDThatNamesTwoCustomersOfTheCaller(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ours = try await house.create("a@example.com", externalID: "x")
            let theirs = try await house.create("b@example.com", externalID: "x", in: house.b)
            let key = CustomerKey.externalID("x")
            let both = [house.a, house.b]
            let draft = MemberDraft(email: try EmailAddress("m@example.com"))
            let calls: [() async throws -> Void] = [
                { _ = try await house.customers.customer(key, in: both) },
                { _ = try await house.customers.update(key, in: both, by: CustomerPatch(name: .set("n"))) },
                { try await house.customers.delete(key, in: both, anonymize: false) },
                { _ = try await house.members.add(draft, to: key, in: both) },
                { _ = try await house.members.member(.externalID("x"), of: key, in: both) },
            ]
            for call in calls { #expect(await failure(call) == .ambiguousExternalID) }
            #expect(try await house.customer(ours) == ours)
            #expect(try await house.customer(theirs) == theirs)
            #expect(try await house.customers.customer(.id(theirs.id), in: both) == theirs)
            try await house.delete(ours)
            #expect(try await house.customers.customer(key, in: both) == theirs)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func upsertsByExternalID(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            func upsert(_ patch: CustomerPatch) async throws -> UpsertedCustomer {
                try await house.customers.upsert(externalID: "x", in: house.a, by: patch, owner: nil)
            }
            #expect(
                await failure { try await upsert(CustomerPatch(name: .set("No address"))) } == .refused([.emailMissing])
            )
            #expect(try await house.total() == 0)
            let first = try await upsert(
                CustomerPatch(email: .set(try EmailAddress("a@example.com")), name: .set("One"))
            )
            #expect(first.isNew)
            #expect(first.customer.externalID == "x" && first.customer.name == "One")
            let second = try await upsert(CustomerPatch(name: .set("Two")))
            #expect(!second.isNew)
            #expect(second.customer.id == first.customer.id && second.customer.name == "Two")
            #expect(second.customer.email == first.customer.email)
            #expect(try await house.customer(first.customer) == second.customer)
            try await house.create("taken@example.com")
            let taken = CustomerPatch(email: .set(try EmailAddress("TAKEN@example.com")))
            #expect(await failure { try await upsert(taken) } == .refused([.emailTaken]))
            try await house.delete(second.customer)
            #expect(await failure { try await upsert(taken) } == .refused([.emailTaken]))
            let third = try await upsert(CustomerPatch(email: .set(try EmailAddress("a@example.com"))))
            #expect(third.isNew)
            #expect(third.customer.id != first.customer.id)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func exportsEveryCustomerOnceEvenWhenAllCameAtOneMoment(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let still = Surroundings(
                now: { Timestamp(microseconds: 1_767_225_600_000_000) },
                random: { .random(in: .min ... .max) }
            )
            let customers = Customers(store: house.store, surroundings: still)
            let made = await failures(1_150) { number in
                let email = EmailAddress(stored: "c\(number)@example.com")
                return try await customers.create(CustomerDraft(email: email), in: number < 1_050 ? house.a : house.b)
            }
            #expect(made.allSatisfy { $0 == nil })
            var batches: [[Customer]] = []
            for organization in [house.a, house.b] {
                var last: Customer?
                repeat {
                    let batch = try await customers.batch(of: organization, after: last)
                    if !batch.isEmpty { batches.append(batch) }
                    last = batch.last
                    // That the last one leaves between two reads must not matter.
                    if let last { try await house.delete(last) }
                } while last != nil
            }
            #expect(batches.map(\.count) == [1_000, 50, 100])
            #expect(Set(batches.joined().map(\.id)).count == 1_150)
            #expect(batches.map { Set($0.map(\.organization)) } == [[house.a], [house.a], [house.b]])
        }
    }

    private func owner(of customer: Customer) -> Member {
        Member(
            id: Identifier(high: 1, low: 2),
            customer: customer.id,
            organization: customer.organization,
            createdAt: customer.createdAt,
            email: customer.email ?? EmailAddress(stored: "owner@example.com"),
            name: nil,
            externalID: nil,
            role: .owner
        )
    }
}
