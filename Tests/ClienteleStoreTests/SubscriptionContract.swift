import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

/// What time and callers do to subscriptions, on every engine.
@Suite("Subscriptions")
struct SubscriptionContract {
    @Test(arguments: TestEngine.allCases)
    func renewThroughThreeYears(_ engine: TestEngine) async throws {
        // 31 January 2026: the shortest months shorten only themselves.
        let clock = TestSurroundings(microseconds: 1_769_860_800_000_000)
        try await withStore(engine) { store in
            let house = try await House(store, clock: clock)
            let meter = try await house.makeMeter(.init(.sum, property: "n"))
            let product = try await house.makeProduct([try await house.makeCredit(100, of: meter.id)])
            let customer = try await house.create("a@example.com")
            let start = try await house.subscribe(customer, to: product).subscription.currentPeriodStart
            var ends: [String] = []
            for month in 1...36 {
                try await house.ingest([("use", .id(customer.id), Double(month))])
                let used = try #require(try await house.state(of: customer).meters.first)
                #expect(used.consumed == Double(month) && used.credited == 100)
                let end = try #require(try await house.state(of: customer).subscriptions.first).currentPeriodEnd
                #expect(end == start.adding(months: month))
                ends.append(String(end.text.prefix(10)))
                clock.pass(seconds: (end.microseconds - clock.surroundings.now().microseconds) / 1_000_000 + 1)
                let renewed = try #require(try await house.state(of: customer).meters.first)
                #expect(renewed.consumed == 0 && renewed.credited == 100)
            }
            #expect(ends.prefix(4) == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])
            #expect(ends[24] == "2028-02-29" && ends[35] == "2029-01-31")
        }
    }

    @Test(arguments: TestEngine.allCases)
    func areRightAfterYearsInWhichNobodyLooked(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let meter = try await house.makeMeter(.init(.count, property: nil))
            let credit = try await house.makeCredit(5, of: meter.id, rollsOver: true)
            let product = try await house.makeProduct([credit])
            let customer = try await house.create("a@example.com")
            let first = try await house.subscribe(customer, to: product).subscription
            try await house.ingest([("x", .id(customer.id), 1), ("x", .id(customer.id), 1)])
            house.clock.pass(seconds: 3 * 366 * 86_400)
            let state = try await house.state(of: customer)
            let subscription = try #require(state.subscriptions.first)
            #expect(subscription.currentPeriodStart == first.currentPeriodStart.adding(months: 36))
            // Three were left of the first month, and each of 36 renewals gave five more.
            #expect(state.meters.map(\.credited) == [3 + 36 * 5])
            #expect(state.meters.map(\.consumed) == [0])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func endWithTheirPeriodThoughNobodySeesToIt(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let product = try await house.makeProduct([try await house.makeBenefit(.featureFlag, key: "f")])
            let customer = try await house.create("a@example.com")
            let made = try await house.subscribe(customer, to: product).subscription
            let scheduled = try await house.subscriptions.setCancelsAtPeriodEnd(true, made.id, in: [house.a])
                .subscription
            #expect(scheduled.status == .active && scheduled.endsAt == made.currentPeriodEnd)
            #expect(try await house.state(of: customer).grants.count == 1)
            house.clock.pass(seconds: 32 * 86_400)
            let state = try await house.state(of: customer)
            #expect(state.subscriptions.isEmpty && state.grants.isEmpty)
            let ended = try await house.subscriptions.subscription(made.id, in: [house.a]).subscription
            #expect(ended.status == .canceled && ended.endedAt == made.currentPeriodEnd)
            let grants = try await house.grants()
            #expect(grants.map(\.grant.revokedAt) == [made.currentPeriodEnd])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func goOnWhenTheirEndIsTakenBack(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com")
            let made = try await house.subscribe(customer, to: try await house.makeProduct()).subscription
            let note = CancellationNote(reason: .set(.unused), comment: .set("Why not"))
            let id = made.id
            let scheduled = try await house.subscriptions.setCancelsAtPeriodEnd(true, id, in: [house.a], note)
            #expect(scheduled.subscription.cancellationComment == "Why not")
            let again = await failure { try await house.subscriptions.setCancelsAtPeriodEnd(true, id, in: [house.a]) }
            #expect(again == .other("subscription(ClienteleCore.DomainError.SubscriptionState.alreadyCanceled)"))
            let back = try await house.subscriptions.setCancelsAtPeriodEnd(false, id, in: [house.a]).subscription
            #expect(back.endsAt == nil && back.canceledAt == nil && back.cancellationComment == nil)
            #expect(back.cancellationReason == nil && !back.cancelsAtPeriodEnd)
            house.clock.pass(seconds: 32 * 86_400)
            #expect(try await house.state(of: customer).subscriptions.map(\.id) == [id])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func giveAndTakeWhatTheirProductGives(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let flag = try await house.makeBenefit(.featureFlag)
            let keys = try await house.makeBenefit(.licenseKeys, properties: ["prefix": " ab "])
            let note = try await house.makeBenefit(.custom, properties: ["note": nil])
            let small = try await house.makeProduct([flag])
            let large = try await house.makeProduct([keys, flag, note])
            let customer = try await house.create("a@example.com")
            let id = try await house.subscribe(customer, to: small).subscription.id
            let first = try #require(try await house.state(of: customer).grants.first)
            var patch = SubscriptionPatch()
            patch.product = large.id
            _ = try await house.subscriptions.update(id, in: [house.a], by: patch)
            let grants = try await house.state(of: customer).grants
            #expect(Set(grants.map(\.benefit)) == [flag, keys, note])
            // What both products give was never taken.
            #expect(grants.first { $0.benefit == flag }?.grantedAt == first.grantedAt)
            let key = try #require(grants.first { $0.benefit == keys }?.licenseKey?.text)
            #expect(key.hasPrefix("AB-") && key.utf8.count == 3 + 36 && key == key.uppercased())
            patch.product = small.id
            _ = try await house.subscriptions.update(id, in: [house.a], by: patch)
            #expect(try await house.state(of: customer).grants.map(\.benefit) == [flag])
            _ = try await house.products.setBenefits([note], of: small.id, in: [house.a])
            #expect(try await house.state(of: customer).grants.map(\.benefit) == [note])
            // Grants that were revoked come back as themselves.
            let all = try await house.grants()
            #expect(all.count == 3 && all.filter(\.grant.isGranted).map(\.benefit.id) == [note])
            #expect(all.first { $0.benefit.id == keys }?.grant.properties == BenefitGrant.Properties.none)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func takeTheirCreditWithThem(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let meter = try await house.makeMeter(.init(.sum, property: "n"))
            let one = try await house.makeProduct([try await house.makeCredit(10, of: meter.id)])
            let other = try await house.makeProduct([try await house.makeCredit(7, of: meter.id)])
            let customer = try await house.create("a@example.com")
            let first = try await house.subscribe(customer, to: one).subscription.id
            let second = try await house.subscribe(customer, to: other).subscription.id
            try await house.ingest([("x", .id(customer.id), 4)])
            #expect(try await house.state(of: customer).meters.map(\.balance) == [13])
            _ = try await house.subscriptions.revoke(first, in: [house.a])
            #expect(try await house.state(of: customer).meters.map(\.credited) == [7])
            _ = try await house.subscriptions.revoke(second, in: [house.a])
            #expect(try await house.state(of: customer).meters.map(\.balance) == [-4])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func beginTheirFirstPeriodWithTheEndOfATrial(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com")
            let id = try await house.subscribe(customer, to: try await house.makeProduct()).subscription.id
            let end = house.clock.surroundings.now().adding(days: 10)
            var patch = SubscriptionPatch()
            patch.trialEnd = .at(end)
            let onTrial = try await house.subscriptions.update(id, in: [house.a], by: patch).subscription
            #expect(onTrial.status == .trialing && onTrial.trialEnd == end && onTrial.currentPeriodEnd == end)
            #expect(try await house.state(of: customer).subscriptions.map(\.status) == [.trialing])
            house.clock.pass(seconds: 11 * 86_400)
            let begun = try #require(try await house.state(of: customer).subscriptions.first)
            #expect(begun.status == .active && begun.currentPeriodStart == end)
            #expect(begun.currentPeriodEnd == end.adding(months: 1))
            patch.trialEnd = .now
            let refused = await failure { try await house.subscriptions.update(id, in: [house.a], by: patch) }
            #expect(refused == .other("subscription(ClienteleCore.DomainError.SubscriptionState.notOnTrial)"))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func endWithTheirCustomerAndStayReadable(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let product = try await house.makeProduct([try await house.makeBenefit(.featureFlag)])
            let customer = try await house.create("a@example.com", externalID: "x", name: "Ada")
            let made = try await house.subscribe(customer, to: product).subscription
            let note = CancellationNote(comment: .set("I am Ada"))
            _ = try await house.subscriptions.setCancelsAtPeriodEnd(true, made.id, in: [house.a], note)
            try await house.delete(customer, anonymize: true)
            let ended = try await house.subscriptions.subscription(made.id, in: [house.a])
            #expect(ended.subscription.status == .canceled && ended.subscription.endedAt != nil)
            #expect(ended.customer.deletedAt != nil && ended.customer.name != "Ada")
            #expect(ended.subscription.cancellationComment == nil)
            #expect(try await house.grants().map(\.grant.isGranted) == [false])
            let again = try await house.create("a@example.com", externalID: "x")
            #expect(try await house.state(of: again).subscriptions.isEmpty)
            #expect(again.stateVersion > ended.customer.stateVersion)
            #expect(try await house.verified().filter { $0.broken > 0 }.map(\.name) == [])
        }
    }

    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func renewOnceThoughSeveralServersSeeToIt(_ engine: TestEngine) async throws {
        try await withLocation(engine) { location in
            try await withStore(at: location) { first in
                try await withStore(at: location) { second in
                    let house = try await House(first)
                    let meter = try await house.makeMeter(.init(.count, property: nil))
                    let credit = try await house.makeCredit(5, of: meter.id, rollsOver: true)
                    let product = try await house.makeProduct([credit])
                    var customers: [Customer] = []
                    for number in 0..<30 {
                        customers.append(try await house.create("c\(number)@example.com"))
                        try await house.subscribe(customers[number], to: product)
                    }
                    house.clock.pass(seconds: 32 * 86_400)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for store in [first, second, first, second] {
                            let settlement = Settlement(store: store, surroundings: house.clock.surroundings)
                            group.addTask { while try await settlement.settleSome() {} }
                        }
                        try await group.waitForAll()
                    }
                    let used = try await house.customerMeters()
                    #expect(used.count == 30 && used.allSatisfy { $0.record.credited == 10 })
                }
            }
        }
    }
}

extension House {
    /// Every grant of organization A, oldest first.
    func grants() async throws -> [BenefitGrantDetails] {
        let query = RecordQuery<BenefitGrantQuery.Key>(
            organizations: [a],
            sorting: [(.createdAt, false)],
            limit: 100
        )
        return try await benefits.grants(BenefitGrantQuery(query)).items
    }

    /// Every record of use in organization A.
    func customerMeters() async throws -> [CustomerMeterDetails] {
        let query = RecordQuery<CustomerMeterQuery.Key>(
            organizations: [a],
            sorting: [(.createdAt, false)],
            limit: 100
        )
        return try await store.customerMeters(CustomerMeterQuery(query)).items
    }
}
