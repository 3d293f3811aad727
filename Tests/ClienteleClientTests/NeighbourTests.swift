import ClienteleClient
import Foundation
import Testing

/// What makes a customer's state real, from a meter to an answer, against a server of ours.
struct NeighbourTests {
    @Test func sellsCountsAndAnswers() async throws {
        try await withClient { client in
            let meter = try await client.meters.create(
                MeterCreate(
                    name: "API calls",
                    filter: MeterFilter(.and, [.property("name", .eq, "api.call"), .filter(MeterFilter(.or, []))]),
                    aggregation: .sum("count"),
                    metadata: ["key": "calls"]
                )
            )
            #expect(meter.filter.clauses.count == 2)
            let flag = try await client.benefits.create(.featureFlag("Export", key: "export"))
            let credit = try await client.benefits.create(.meterCredit("Calls", units: 100, meter: meter.id))
            let note = try await client.benefits.create(.custom("A note", note: "Hello"))
            let key = try await client.benefits.create(.licenseKeys("A key", prefix: "ACME"))
            var product = try await client.products.create(
                ProductCreate(name: "Pro", recurringInterval: .month, metadata: ["tier": 2])
            )
            let benefits = [flag.id, credit.id, note.id, key.id]
            product = try await client.products.setBenefits(benefits, of: product.id)
            #expect(product.benefits.map(\.id) == benefits)
            #expect(product.prices.first?.priceAmount == 0)
            let ada = try await client.customers.create(CustomerCreate(email: "ada@example.com", externalID: "ada"))
            let subscription = try await client.subscriptions.create(product: product.id, customer: .externalID("ada"))
            #expect(subscription.customer.id == ada.id)
            #expect(subscription.status == .active)
            let counted = try await client.events.ingest([
                EventCreate(name: "api.call", customer: .id(ada.id), externalID: "e1", metadata: ["count": 3]),
                EventCreate(name: "api.call", customer: .externalID("ada"), externalID: "e1", metadata: ["count": 3]),
            ])
            #expect(counted.inserted == 1 && counted.duplicates == 1)
            let state = try await client.customers.getStateExternal("ada")
            #expect(state.activeSubscriptions.map(\.id) == [subscription.id])
            #expect(state.has(benefit: flag.id) && state.has(benefit: "export"))
            #expect(!state.has(benefit: "import"))
            #expect(state.balance(ofMeter: meter.id) == 97)
            try await Self.ends(subscription.id, of: ada, meter, client)
        }
    }

    private static func ends(_ id: UUID, of ada: Customer, _ meter: Meter, _ client: ClienteleClient) async throws {
        #expect(try await client.customers.check(.id(ada.id), key: "export").allowed)
        let left = try await client.customers.check(.externalID("ada"), key: "calls")
        #expect(left.remaining == 97)
        #expect(left.meterID == meter.id)
        let ending = try await client.subscriptions.cancel(id, note: CancellationNote(reason: .unused, comment: "Bye"))
        #expect(ending.cancelAtPeriodEnd)
        #expect(ending.customerCancellationReason == .unused)
        #expect(try await !client.subscriptions.uncancel(id).cancelAtPeriodEnd)
        #expect(try await client.subscriptions.revoke(id).status == .canceled)
        #expect(try await client.customers.check(.id(ada.id), key: "export").reason == "not_granted")
    }

    @Test func listsEverythingThatItMakes() async throws {
        try await withClient { client in
            let meter = try await client.meters.create(MeterCreate(name: "Calls"))
            let benefit = try await client.benefits.create(.meterCredit("Calls", units: 5, meter: meter.id))
            var product = try await client.products.create(ProductCreate(name: "Pro", recurringInterval: .year))
            product = try await client.products.setBenefits([benefit.id], of: product.id)
            let ada = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
            let subscription = try await client.subscriptions.create(product: product.id, customer: .id(ada.id))
            _ = try await client.events.ingest([EventCreate(name: "x", customer: .id(ada.id), metadata: ["n": 1])])
            #expect(try await client.meters.list(query: "call").page().items.map(\.id) == [meter.id])
            #expect(try await client.benefits.list(types: [.meterCredit]).page().items.map(\.id) == [benefit.id])
            #expect(try await client.products.list(isArchived: false).page().items.map(\.id) == [product.id])
            let active = client.subscriptions.list(customerIDs: [ada.id], active: true)
            #expect(try await active.page().items.map(\.id) == [subscription.id])
            let grants = try await client.benefits.grants(of: benefit.id, isGranted: true).page().items
            #expect(grants.map(\.customerID) == [ada.id])
            #expect(try await client.benefits.grants(customerID: ada.id).page().totalCount == 1)
            let usage = try await client.meters.usage(customerIDs: [ada.id]).page().items
            #expect(usage.map(\.balance) == [4])
            #expect(try await client.meters.usage(try #require(usage.first).id).meter.id == meter.id)
            let events = try await client.events.list(customerIDs: [ada.id], names: ["x"]).page().items
            #expect(events.first?.metadata == ["n": 1])
            #expect(try await client.events.get(try #require(events.first).id).name == "x")
        }
    }

    @Test func changesAndArchives() async throws {
        try await withClient { client in
            let meter = try await client.meters.create(MeterCreate(name: "Calls"))
            let renamed = try await client.meters.update(
                meter.id,
                MeterUpdate(name: "Requests", aggregation: .set(.unique("path")), isArchived: true)
            )
            #expect(renamed.name == "Requests")
            #expect(renamed.aggregation == .unique("path"))
            #expect(renamed.archivedAt != nil)
            let product = try await client.products.create(ProductCreate(name: "Pro", description: "All of it"))
            let archived = try await client.products.update(
                product.id,
                ProductUpdate(description: nil, isArchived: true)
            )
            #expect(archived.description == nil)
            #expect(archived.isArchived)
            #expect(try await client.products.get(product.id) == archived)
            let benefit = try await client.benefits.create(.custom("A note", note: "Hello"))
            let changed = try await client.benefits.update(
                benefit.id,
                BenefitUpdate(type: .custom, description: "Another note")
            )
            #expect(changed.description == "Another note")
            try await client.benefits.delete(benefit.id)
            #expect(
                await failure { () async throws(ClienteleError) in try await client.benefits.get(benefit.id) }?.status
                    == 404
            )
        }
    }

    @Test func upsertsAndReadsManyStates() async throws {
        try await withClient { client in
            let made = try await client.customers.upsert(
                externalID: "ada",
                CustomerUpsert(email: "ada@example.com", name: "Ada")
            )
            let changed = try await client.customers.upsert(externalID: "ada", CustomerUpsert(name: "Lady Ada"))
            #expect(changed.id == made.id)
            #expect(changed.email == "ada@example.com")
            let bob = try await client.customers.create(CustomerCreate(email: "bob@example.com"))
            let states = try await client.customers.states([.externalID("ada"), .id(bob.id), .externalID("nobody")])
            #expect(states.map(\.customer.name) == ["Lady Ada", nil])
            #expect(states.first?.stateVersion == changed.stateVersion)
        }
    }

    private func withClient(_ body: @escaping @Sendable (ClienteleClient) async throws -> Void) async throws {
        try await withLiveServer { try await body(ClienteleClient($0, token: $1["A"] ?? "")) }
    }
}
