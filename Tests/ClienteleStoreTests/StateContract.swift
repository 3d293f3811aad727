import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

/// What a state tells, on every engine.
@Suite("States")
struct StateContract {
    /// Every change of what a customer is or has gives it a higher version, and nothing else does.
    @Test(arguments: TestEngine.allCases)
    func haveAHigherVersionAfterEachChange(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let meter = try await house.makeMeter(.init(.count, property: nil), named: "use")
            let flag = try await house.makeBenefit(.featureFlag)
            let product = try await house.makeProduct([flag])
            let team = try await house.createTeam()
            let other = try await house.create("other@example.com")
            var version = team.stateVersion
            func expect(higher: Bool, _ what: Comment, _ change: () async throws -> Void) async throws {
                try await change()
                let now = try await house.state(of: team).customer.stateVersion
                #expect(higher ? now > version : now == version, what)
                #expect(try await house.customer(team).stateVersion == now, what)
                version = now
            }
            try await expect(higher: true, "a name") { try await house.update(team, CustomerPatch(name: .set("New"))) }
            try await expect(higher: false, "nothing") { try await house.update(team, CustomerPatch()) }
            let draft = MemberDraft(email: try EmailAddress("m@example.com"))
            try await expect(higher: true, "a member") {
                _ = try await house.members.add(draft, to: .id(team.id), in: [house.a])
            }
            let subscription = try await house.subscribe(team, to: product).subscription
            try await expect(higher: true, "a subscription") {}
            try await expect(higher: true, "a benefit's words") {
                var patch = BenefitPatch()
                patch.metadata = Metadata([.init("key", "f")])
                _ = try await house.benefits.update(flag, in: [house.a], by: patch)
            }
            try await expect(higher: true, "a product's benefits") {
                _ = try await house.products.setBenefits([], of: product.id, in: [house.a])
            }
            try await expect(higher: true, "an event") { try await house.ingest([("use", .id(team.id), 1)]) }
            try await expect(higher: true, "a meter") {
                var patch = MeterPatch()
                patch.aggregation = .init(.sum, property: "n")
                _ = try await house.meters.update(meter.id, in: [house.a], by: patch)
            }
            try await expect(higher: true, "a period") { house.clock.pass(seconds: 32 * 86_400) }
            try await expect(higher: true, "an end") {
                _ = try await house.subscriptions.revoke(subscription.id, in: [house.a])
            }
            try await expect(higher: false, "another's event") { try await house.ingest([("use", .id(other.id), 1)]) }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func areOfOneMomentWhileTheyChange(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let flags = [try await house.makeBenefit(.featureFlag), try await house.makeBenefit(.featureFlag)]
            let product = try await house.makeProduct(flags)
            let customer = try await house.create("a@example.com")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<40 {
                        let id = try await house.subscribe(customer, to: product).subscription.id
                        _ = try await house.subscriptions.revoke(id, in: [house.a])
                    }
                }
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<100 {
                            let state = try await house.state(of: customer)
                            #expect(state.grants.count == 2 * state.subscriptions.count)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Each writer sees its own write in the next state, whatever others do.
    @Test(arguments: TestEngine.allCases)
    func showEveryWriteThatWasAnswered(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            _ = try await house.makeMeter(.init(.sum, property: "n"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<16 {
                    let customer = try await house.create("c\(client)@example.com")
                    group.addTask {
                        for turn in 1...20 {
                            try await house.ingest([("x", .id(customer.id), 1)])
                            let state = try await house.state(of: customer)
                            #expect(state.meters.map(\.consumed) == [Double(turn)])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func countEventsThatCameBeforeTheirCustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            _ = try await house.makeMeter(.init(.sum, property: "n"))
            let before = house.clock.surroundings.now()
            try await house.ingest([("x", .externalID("later"), 2), ("x", .externalID("later"), 3)], at: before)
            let customer = try await house.create("a@example.com", externalID: "later")
            #expect(try await house.customer(customer).firstUserEventAt == before)
            let state = try await house.state(of: customer)
            #expect(state.meters.map(\.consumed) == [5])
            #expect(state.customer.firstUserEventAt == before)
            // Who had the external id before is not who has it now.
            try await house.delete(customer)
            try await house.ingest([("x", .externalID("later"), 7)])
            let heir = try await house.create("b@example.com", externalID: "later")
            #expect(try await house.state(of: heir).meters.map(\.consumed) == [7])
        }
    }

    /// Without anybody's asking for their states.
    @Test(arguments: TestEngine.allCases)
    func areSettledInTheBackground(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            _ = try await house.makeMeter(.init(.count, property: nil))
            try await house.ingest([("x", .externalID("later"), 2)])
            let product = try await house.makeProduct()
            let customer = try await house.create("a@example.com", externalID: "later")
            let made = try await house.subscribe(try await house.create("b@example.com"), to: product).subscription
            house.clock.pass(seconds: 32 * 86_400)
            while try await house.settlement.settleSome() {}
            let used = try await house.customerMeters()
            #expect(used.map(\.customer.id) == [customer.id])
            let found = try await house.store.subscription(made.id, in: [house.a]).subscription
            #expect(found.currentPeriodStart == made.currentPeriodEnd)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func areReadForManyAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let product = try await house.makeProduct([try await house.makeBenefit(.featureFlag)])
            var customers: [Customer] = []
            for number in 0..<20 {
                let customer = try await house.create("c\(number)@example.com", externalID: "x\(number)")
                if number % 2 == 0 { try await house.subscribe(customer, to: product) }
                customers.append(customer)
            }
            let foreign = try await house.create("c0@example.com", externalID: "foreign", in: house.b)
            house.clock.pass(seconds: 32 * 86_400)
            let keys: [CustomerKey] =
                customers.reversed().map { .id($0.id) }
                + [.externalID("x3"), .externalID("nobody"), .id(foreign.id), .externalID("foreign")]
            let states = try await house.states.states(of: keys, in: [house.a])
            #expect(states.map(\.customer.id) == customers.reversed().map(\.id))
            for (number, state) in states.reversed().enumerated() {
                #expect(state.subscriptions.count == (number % 2 == 0 ? 1 : 0))
                #expect(state.grants.count == state.subscriptions.count)
                let alone = try await house.state(of: customers[number])
                #expect(alone.customer == state.customer && alone.subscriptions == state.subscriptions)
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func tellWhatMayBeUsed(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let key = Metadata([.init("key", "calls")])
            let meter = try await house.makeMeter(.init(.sum, property: "n"), metadata: key)
            let flag = try await house.makeBenefit(.featureFlag, key: "sso")
            let credit = try await house.makeCredit(10, of: meter.id)
            _ = try await house.makeBenefit(.featureFlag, key: "other")
            let customer = try await house.create("a@example.com")
            try await house.subscribe(customer, to: try await house.makeProduct([flag, credit]))
            func check(_ name: String) async throws -> BenefitCheck {
                try await house.states.check(name, for: .id(customer.id), in: [house.a])
            }
            for name in ["sso", flag.text, "calls", meter.id.text, credit.text] {
                #expect(try await check(name).isAllowed, "\(name)")
            }
            #expect(try await !check("other").isAllowed)
            try await house.ingest([("x", .id(customer.id), 10)])
            for name in ["calls", meter.id.text, credit.text] { #expect(try await !check(name).isAllowed, "\(name)") }
            #expect(await failure { try await check("nothing") } == .notFound(.benefit))
            #expect(await failure { try await check(Identifier<Benefit>(high: 1, low: 1).text) } == .notFound(.benefit))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func areRefusedWhereTheVersionIsAnother(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com")
            let versions = [customer.stateVersion]
            let patch = CustomerPatch(name: .set("New"))
            let changed = try await house.customers.update(
                .id(customer.id),
                in: [house.a],
                by: patch,
                ifVersion: versions
            )
            #expect(changed.stateVersion == customer.stateVersion + 1)
            let late = await failure {
                try await house.customers.delete(.id(customer.id), in: [house.a], anonymize: false, ifVersion: versions)
            }
            #expect(late == .other("versionMismatch(current: \(changed.stateVersion))"))
            #expect(try await house.customer(customer) == changed)
        }
    }
}
