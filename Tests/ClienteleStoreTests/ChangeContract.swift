import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import Testing

@testable import ClienteleStore

/// What holds of the feed, on every engine.
@Suite("Any store tells its changes")
struct ChangeContract {
    /// Each change, its customer and the version that it made are told, in order and without a gap.
    @Test(arguments: TestEngine.allCases)
    func tellsWhatBecomesOfACustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com", externalID: "ada")
            try await house.update(ada, CustomerPatch(name: .set("Ada")))
            try await house.delete(ada)
            try await house.create("elsewhere@example.com", in: house.b)
            let feed = try await house.feed()
            #expect(
                feed.map(\.kind) == [
                    .memberCreated, .customerCreated, .customerUpdated, .customerDeleted, .memberDeleted,
                ]
            )
            #expect(feed.map(\.sequence) == [1, 2, 3, 4, 5])
            #expect(feed.allSatisfy { $0.customer == ada.id && $0.organization == house.a })
            let first = ada.stateVersion
            #expect(feed.map(\.stateVersion) == [first, first, first + 1, first + 2, first + 2])
            guard case .customer(let created)? = feed[1].subject, case .customer(let deleted)? = feed[3].subject else {
                Issue.record("no customers: \(feed)")
                return
            }
            #expect(created == ada)
            #expect(deleted.deletedAt != nil && deleted.formerExternalID == "ada" && deleted.name == "Ada")
            #expect(try await house.store.lastChange(of: house.a) == 5)
        }
    }

    /// The order in which a subscription's life is told, and that what it gives comes after it.
    @Test(arguments: TestEngine.allCases)
    func tellsTheLifeOfASubscription(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            let meter = try await house.makeMeter(.init(.sum, property: "n"))
            let product = try await house.makeProduct([
                try await house.makeBenefit(.featureFlag, key: "flag"),
                try await house.makeCredit(10, of: meter.id, rollsOver: false),
            ])
            var last = try await house.store.lastChange(of: house.a)
            func news() async throws -> [FeedEntry.Kind] {
                let feed = try await house.feed(after: last)
                last = feed.last?.sequence ?? last
                return feed.map(\.kind)
            }
            let id = try await house.subscribe(ada, to: product).subscription.id
            #expect(
                try await news() == [
                    .subscriptionCreated, .subscriptionActive, .subscriptionUpdated, .grantCreated, .grantCreated,
                    .customerMeterUpdated,
                ]
            )
            _ = try await house.subscriptions.setCancelsAtPeriodEnd(true, id, in: [house.a])
            #expect(try await news() == [.subscriptionUpdated, .subscriptionCanceled])
            _ = try await house.subscriptions.setCancelsAtPeriodEnd(false, id, in: [house.a])
            #expect(try await news() == [.subscriptionUpdated, .subscriptionUncanceled])
            house.clock.pass(seconds: 32 * 86_400)
            _ = try await house.subscriptions.subscription(id, in: [house.a])
            #expect(
                try await news() == [.subscriptionUpdated, .subscriptionCycled, .grantCycled, .customerMeterUpdated]
            )
            _ = try await house.subscriptions.revoke(id, in: [house.a])
            #expect(
                try await news() == [
                    .subscriptionUpdated, .subscriptionCanceled, .subscriptionRevoked, .grantRevoked, .grantRevoked,
                    .customerMeterUpdated,
                ]
            )
        }
    }

    /// The last entry of every live customer has the version that the customer has.
    @Test(arguments: TestEngine.allCases)
    func knowsTheVersionOfEveryCustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.furnish()
            for organization in [house.a, house.b] {
                let feed = try await house.feed(of: organization)
                #expect(feed.map(\.sequence) == Array(1...Int64(feed.count)))
                let query = CustomerQuery(organizations: [organization], limit: 100)
                for customer in try await house.customers.list(query).items {
                    let told = feed.last { $0.customer == customer.id }
                    #expect(told?.stateVersion == customer.stateVersion, "\(customer.email?.text ?? "")")
                }
            }
        }
    }

    /// Of a customer who is anonymized nothing is left but that something was.
    @Test(arguments: TestEngine.allCases)
    func erasesAnAnonymizedCustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com", name: "Ada Lovelace")
            let bob = try await house.create("bob@example.com")
            try await house.delete(ada, anonymize: true)
            let feed = try await house.feed()
            let before = feed.filter { $0.customer == ada.id }.prefix(2)
            #expect(
                before.map(\.kind) == [.memberCreated, .customerCreated] && before.allSatisfy { $0.subject == nil }
            )
            #expect(feed.filter { $0.customer == bob.id }.allSatisfy { $0.subject != nil })
            let kept = try await house.store.engine.read { session in
                try session.rows("SELECT record FROM changes WHERE record IS NOT NULL") { try $0.string(0) }
            }
            #expect(kept.allSatisfy { !$0.contains("ada@example.com") && !$0.contains("Lovelace") })
        }
    }

    /// Pages follow each other, and what is kept no longer is told to whoever wants to go on from before it.
    @Test(arguments: TestEngine.allCases)
    func forgetsTheOldest(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            for number in 0..<4 { try await house.create("c\(number)@example.com") }
            let page = try await house.store.changes(of: house.a, after: 3, limit: 2)
            #expect(page.changes.map(\.sequence) == [4, 5] && page.hasMore)
            let far = Timestamp(microseconds: .max)
            #expect(try await house.store.forgetChanges(before: far, limit: 3) == 3)
            #expect(try await house.feed().first?.sequence == 4)
            #expect(try await house.store.changes(of: house.a, after: 3, limit: 1).changes.map(\.sequence) == [4])
            await #expect(throws: DomainError.self) { try await house.store.changes(of: house.a, after: 2, limit: 1) }
            // The last one stays, so that the count goes on from it.
            #expect(try await house.store.forgetChanges(before: far, limit: 100) == 4)
            try await house.create("new@example.com")
            #expect(try await house.feed().map(\.sequence) == [8, 9, 10])
        }
    }

    /// Who made a change is told, where it was somebody's token.
    @Test(arguments: TestEngine.allCases)
    func namesTheActor(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let token = AccessToken.ID(high: 0x4000, low: 7)
            try await Actor.$current.withValue(token) { _ = try await house.create("ada@example.com") }
            try await house.create("bob@example.com")
            #expect(try await house.feed().map(\.actor) == [token, token, nil, nil])
        }
    }

    /// Two stores that write at once: every change has its place, each customer's in the order of its versions.
    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func countsWhatSeveralStoresWrite(_ engine: TestEngine) async throws {
        try await withLocation(engine) { location in
            try await withStore(at: location) { first in
                try await withStore(at: location) { second in
                    let house = try await House(first)
                    let customers = [Customers(store: first), Customers(store: second)]
                    var shared: [Customer] = []
                    for number in 0..<4 { shared.append(try await house.create("s\(number)@example.com")) }
                    let known = shared
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for writer in 0..<8 {
                            group.addTask {
                                for round in 0..<20 {
                                    let patch = CustomerPatch(name: .set("\(writer) \(round)"))
                                    _ = try await customers[writer % 2]
                                        .update(.id(known[round % 4].id), in: [house.a], by: patch)
                                }
                            }
                        }
                        // A reader meanwhile never sees a gap.
                        group.addTask {
                            var last: FeedEntry.Sequence = 0
                            while last < 168 {
                                let page = try await second.changes(of: house.a, after: last, limit: 7).changes
                                #expect(page.map(\.sequence) == page.indices.map { last + Int64($0) + 1 })
                                last = page.last?.sequence ?? last
                            }
                        }
                        try await group.waitForAll()
                    }
                    let feed = try await house.feed()
                    #expect(feed.count == 168)
                    for customer in known {
                        let versions = feed.filter { $0.customer == customer.id && $0.kind == .customerUpdated }
                            .compactMap(\.stateVersion)
                        #expect(versions == (1...40).map { customer.stateVersion + $0 })
                    }
                }
            }
        }
    }
}

extension House {
    /// What the feed of an organization tells after a change.
    func feed(
        of organization: Organization.ID? = nil,
        after last: FeedEntry.Sequence? = nil
    ) async throws -> [FeedEntry] {
        try await store.changes(of: organization ?? a, after: last, limit: 1_000).changes
    }
}
