import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import Testing

@testable import ClienteleStore

@Suite("Any store keeps the answer to a call with its effect", .timeLimit(.minutes(10)))
struct AnswerContract {
    private struct Broken: Error {}

    @Test(arguments: TestEngine.allCases)
    func givesTheFirstAnswerAgainAndDoesNothing(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let call = house.call("k")
            #expect(try await house.store.answer(to: call) == nil)
            let customer = try await house.create(call, "Ada")
            #expect(try await house.store.answer(to: call) == customer.answer)
            let after = try await house.sums()
            #expect(await answered { try await house.create(call, "Ada") } == customer.answer)
            #expect(await answered { try await house.create(house.call("k"), "Eve") } == customer.answer)
            #expect(try await house.sums() == after)
            #expect(try await house.create(house.call("K"), "Ada").id != customer.id)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func leavesNothingOfAnEffectThatCannotBeAnswered(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let before = try await house.sums()
            let broken = house.call("k").answered { (_: Customer) in throw Broken() }
            let ofAnotherType = house.call("k").answered { (_: Member) in RecordedAnswer(bytes: [1]) }
            for call in [broken, ofAnotherType, house.call("k")] {
                let outcome = await failure { try await house.customers.keyed(call).create(.named("Ada"), in: house.a) }
                guard case .other(let text)? = outcome, text.hasPrefix("fault: ") else {
                    Issue.record("\(String(describing: outcome))")
                    continue
                }
                #expect(try await house.sums() == before)
                #expect(try await house.store.answer(to: call) == nil)
            }
            _ = try await house.create(house.call("k"), "Ada")
            #expect(try await house.total() == 1)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsNoAnswerWhereThereIsNoEffect(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let first = try await house.create("ada@example.com")
            let call = house.call("k")
            let draft = CustomerDraft(email: try EmailAddress("ada@example.com"))
            let keyed = house.customers.keyed(call.answered { (customer: Customer) in customer.answer })
            let before = try await house.sums()
            #expect(await failure { try await keyed.create(draft, in: house.a) } == .refused([.emailTaken]))
            #expect(try await house.store.answer(to: call) == nil)
            #expect(try await house.sums() == before)
            try await house.delete(first)
            let second = try await keyed.create(draft, in: house.a)
            #expect(try await house.store.answer(to: call) == second.answer)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesAKeyThatWasAnotherCalls(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            _ = try await house.create(house.call("k"), "Ada")
            let other = house.call("k", fingerprint: 8)
            let before = try await house.sums()
            #expect(await failure { try await house.create(other, "Ada") } == .keyReused)
            #expect(await failure { try await house.store.answer(to: other) } == .keyReused)
            #expect(await failure { try await house.store.keep(RecordedAnswer(bytes: []), to: other) } == .keyReused)
            #expect(try await house.sums() == before)
            _ = try await house.create(house.call("k", fingerprint: 8, in: house.b), "Ada")
            _ = try await house.create(house.call("k2", fingerprint: 8), "Ada")
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsTheAnswerToACallWithoutAnEffectOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let calls = KeyedCalls(store: house.store, surroundings: house.clock.surroundings)
            let call = calls.call("k", in: house.a, fingerprint: fingerprint(7))
            let first = RecordedAnswer(bytes: [0, 255, 10, 0])
            try await calls.keep(first, to: call)
            #expect(try await calls.answer(to: call) == first)
            #expect(await answered { try await calls.keep(RecordedAnswer(bytes: [1]), to: call) } == first)
            #expect(await answered { try await house.create(call, "Ada") } == first)
            #expect(try await house.total() == 0)
            let empty = house.call(String(repeating: "\u{1F511}", count: KeyedCall.keyLengthMax))
            try await calls.keep(RecordedAnswer(bytes: []), to: empty)
            #expect(try await calls.answer(to: empty) == RecordedAnswer(bytes: []))
        }
    }

    @Test(arguments: TestEngine.allCases)
    func makesOneCustomerOfAThousandCallsAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let call = house.call("k")
            let outcomes = await failures(1_000) { _ in try await house.create(call, "Ada") }
            try await expect(outcomes, house, [call])
        }
    }

    @Test func makesOneCustomerAKeyOfCallsThroughTwoStores() async throws {
        try await withHousesOnOnePostgres { here, there in
            let calls = (0..<20).map { here.call("k\($0)") }
            let outcomes = await failures(1_000) { number in
                try await (number % 40 < 20 ? here : there).create(calls[number % 20], "\(number)")
            }
            try await expect(outcomes, there, calls)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func undoesNoOtherCallWithOneThatCannotBeAnswered(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house async throws in
            let broken = Counter()
            let outcomes = await failures(90) { number in
                let call = house.call("k\(number)")
                switch number % 3 {
                case 0: return try await house.create("c\(number)@example.com")
                case 1: return try await house.create(call, "Ada")
                default:
                    broken.add()
                    let unanswerable = call.answered { (_: Customer) in throw Broken() }
                    return try await house.customers.keyed(unanswerable).create(.named("Broken"), in: house.a)
                }
            }
            #expect(broken.count == 30 && outcomes.count { $0 != nil } == 30)
            #expect(try await house.total() == 60)
            #expect(try await house.rows("SELECT count(*) FROM answers", columns: 1) == [["30"]])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func forgetsAKeyAfterADayAndNotBefore(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let first = try await house.create(house.call("k"), "Ada")
            house.clock.pass(seconds: KeyedCall.keptSeconds - 1)
            #expect(await answered { try await house.create(house.call("k"), "Ada") } == first.answer)
            house.clock.pass(seconds: 1)
            #expect(try await house.store.answer(to: house.call("k")) == nil)
            let second = try await house.create(house.call("k", fingerprint: 8), "Ada")
            #expect(second.id != first.id)
            // It is the new call's key from now on, for a day.
            #expect(await failure { try await house.create(house.call("k"), "Ada") } == .keyReused)
            house.clock.pass(seconds: KeyedCall.keptSeconds - 1)
            #expect(try await house.store.answer(to: house.call("k", fingerprint: 8)) == second.answer)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func removesOldAnswersAloneSomeAtATime(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let calls = KeyedCalls(store: house.store, surroundings: house.clock.surroundings)
            #expect(try await !calls.forgetSome())
            try await house.keep(1_003)
            house.clock.pass(seconds: KeyedCall.keptSeconds)
            let new = house.call("new")
            try await calls.keep(RecordedAnswer(bytes: [1]), to: new)
            let moment = house.events.now.adding(seconds: -KeyedCall.keptSeconds)
            #expect(try await house.store.forgetAnswers(before: moment, limit: 2) == 2)
            #expect(try await house.rows("SELECT count(*) FROM answers", columns: 1) == [["1002"]])
            #expect(try await calls.forgetSome())
            #expect(try await house.rows("SELECT count(*) FROM answers", columns: 1) == [["2"]])
            #expect(try await !calls.forgetSome())
            #expect(try await house.rows("SELECT key FROM answers", columns: 1) == [["new"]])
            #expect(try await house.store.forgetAnswers(before: moment, limit: 2) == 0)
            #expect(try await calls.answer(to: new) == RecordedAnswer(bytes: [1]))
        }
    }

    /// Expects that one call of each key had its effect, and that the others were told its answer.
    private func expect(_ outcomes: [Failure?], _ house: House, _ calls: [KeyedCall]) async throws {
        #expect(outcomes.count { $0 == nil } == calls.count)
        var told: [Failure] = []
        for call in calls {
            let answer = try #require(try await house.store.answer(to: call))
            told.append(.other("\(DomainError.answered(answer))"))
            let id = try #require(Customer.ID(String(decoding: answer.bytes, as: UTF8.self)))
            _ = try await house.customers.customer(.id(id), in: [house.a])
        }
        #expect(outcomes.allSatisfy { $0 == nil || told.contains($0 ?? .keyReused) })
        #expect(try await house.total() == calls.count)
    }
}

@Suite("Every verb has its effect once", .timeLimit(.minutes(10)))
struct KeyedVerbContract {
    @Test(arguments: TestEngine.allCases)
    func ofCustomersAndMembers(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let (a, customers, members) = ([house.a], house.customers, house.members)
            try await house.expectOnce("create", customers) { try await $0.create(.named("A"), in: house.a) }
            let team = CustomerKey.id(try await house.createTeam().id)
            let patch = CustomerPatch(email: .set(try EmailAddress("x@example.com")), name: .set("B"))
            try await house.expectOnce("update", customers) { try await $0.update(team, in: a, by: patch) }
            let other = CustomerPatch(email: .set(try EmailAddress("y@example.com")))
            for (what, patch) in [("insert", other), ("change", CustomerPatch(name: .set("C")))] {
                try await house.expectOnce(what, customers) {
                    try await $0.upsert(externalID: "x", in: house.a, by: patch, owner: nil)
                }
            }
            let draft = MemberDraft(email: try EmailAddress("m@example.com"), externalID: "m")
            let member = MemberKey.externalID("m")
            try await house.expectOnce("add", members) { try await $0.add(draft, to: team, in: a) }
            let role = MemberPatch(role: .billingManager)
            try await house.expectOnce("role", members) { try await $0.update(member, of: team, in: a, by: role) }
            try await house.expectOnce("remove", members) { try await $0.remove(member, of: team, in: a) }
            try await house.expectOnce("delete", customers) { try await $0.delete(team, in: a, anonymize: false) }
            let key = CustomerKey.externalID("x")
            try await house.expectOnce("anonymize", customers) { try await $0.delete(key, in: a, anonymize: true) }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func ofProductsBenefitsAndSubscriptions(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let (a, products, benefits) = ([house.a], house.products, house.benefits)
            let draft = ProductDraft(name: "P", prices: [PriceDraft(amount: .fixed(0))])
            try await house.expectOnce("product", products) { try await $0.create(draft, in: house.a) }
            let product = try await house.makeProduct()
            var patch = ProductPatch()
            patch.name = "Q"
            try await house.expectOnce("rename", products) { [patch] in
                try await $0.update(product.id, in: a, by: patch)
            }
            let flag = BenefitDraft(kind: .featureFlag, description: "B", properties: [:])
            try await house.expectOnce("benefit", benefits) { try await $0.create(flag, in: house.a) }
            let benefit = try await house.makeBenefit(.featureFlag)
            let customer = try await house.create("a@example.com")
            let subscriptions = house.subscriptions
            let new = SubscriptionDraft(product: product.id, customer: .id(customer.id))
            try await house.expectOnce("subscribe", subscriptions) { try await $0.create(new, in: a) }
            try await house.expectOnce("benefits", products) {
                try await $0.setBenefits([benefit], of: product.id, in: a)
            }
            var words = BenefitPatch()
            words.description = "C"
            try await house.expectOnce("describe", benefits) { [words] in try await $0.update(benefit, in: a, by: words)
            }
            try await house.expectOnce("delete", benefits) { try await $0.delete(benefit, in: a) }
            let id = try await house.subscribe(customer, to: product).subscription.id
            var metadata = SubscriptionPatch()
            metadata.metadata = Metadata([.init("k", "v")])
            try await house.expectOnce("mark", subscriptions) { [metadata] in
                try await $0.update(id, in: a, by: metadata)
            }
            for cancels in [true, false] {
                try await house.expectOnce("cancels \(cancels)", subscriptions) {
                    try await $0.setCancelsAtPeriodEnd(cancels, id, in: a)
                }
            }
            try await house.expectOnce("revoke", subscriptions) { try await $0.revoke(id, in: a) }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func ofMetersAndEvents(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("a@example.com")
            let draft = MeterDraft(name: "M", filter: MeterFilter(.and, []), aggregation: .init(.count, property: nil))
            try await house.expectOnce("meter", house.meters) { try await $0.create(draft, in: house.a) }
            let meter = try await house.makeMeter(.init(.count, property: nil))
            let event = EventDraft(name: "e", customer: .id(customer.id), timestamp: house.events.now)
            try await house.expectOnce("ingest", house.events) { try await $0.ingest([event, event], in: house.a) }
            #expect(try await house.state(of: customer).meters.map(\.consumed) == [2, 2])
            var patch = MeterPatch()
            patch.name = "N"
            patch.isArchived = true
            try await house.expectOnce("change", house.meters) { [patch] in
                try await $0.update(meter.id, in: [house.a], by: patch)
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func alsoWhereTheEffectIsNone(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = CustomerKey.id(try await house.create("a@example.com").id)
            let customers = house.customers
            let update = house.call("update")
            let keyed = customers.keyed(update.answered { (customer: Customer) in customer.answer })
            let unchanged = try await keyed.update(customer, in: [house.a], by: CustomerPatch())
            #expect(
                await answered { try await keyed.update(customer, in: [house.a], by: CustomerPatch()) }
                    == unchanged.answer
            )
            let ingest = house.call("ingest")
            let events = house.events.keyed(ingest.answered { (_: EventsReceipt) in RecordedAnswer(bytes: [9]) })
            #expect(try await events.ingest([], in: house.a).inserted == 0)
            #expect(await answered { try await events.ingest([], in: house.a) } == RecordedAnswer(bytes: [9]))
        }
    }
}

extension House {
    fileprivate func call(
        _ key: String,
        fingerprint byte: UInt8 = 7,
        in organization: Organization.ID? = nil
    ) -> KeyedCall {
        KeyedCalls(store: store, surroundings: clock.surroundings)
            .call(key, in: organization ?? a, fingerprint: fingerprint(byte))
    }

    /// Creates a customer of the call's organization, whose id is the answer to the call.
    fileprivate func create(_ call: KeyedCall, _ name: String) async throws -> Customer {
        try await customers.keyed(call.answered { (customer: Customer) in customer.answer })
            .create(.named(name), in: call.organization)
    }

    /// Keeps so many answers of now.
    fileprivate func keep(_ count: Int) async throws {
        let calls = (0..<count).map { call("old \($0)") }
        try await store.engine.write { session in
            for call in calls { try session.keep(RecordedAnswer(bytes: [0]), to: call) }
        }
    }

    /// What is in each table but that of the answers.
    fileprivate func sums() async throws -> [String: TableSum] {
        try await store.engine.read { session in
            try StoredTable.all.filter { $0.name != "answers" }.reduce(into: [:]) { sums, table in
                sums[table.name] = try session.sum(of: table, columns: session.columns(of: table)) { _ in }
            }
        }
    }

    /// Expects that a call has its effect, and that the same call again gives its answer and does nothing.
    ///
    /// The answer is made of the value that the caller gets.
    fileprivate func expectOnce<UseCases: KeyedUseCases, Value: Sendable>(
        _ what: String,
        _ useCases: UseCases,
        _ run: (UseCases) async throws -> Value
    ) async throws {
        let call = call(what)
        let keyed = useCases.keyed(call.answered { (value: Value) in RecordedAnswer(bytes: Array("\(value)".utf8)) })
        let before = try await sums()
        let answer = RecordedAnswer(bytes: Array("\(try await run(keyed))".utf8))
        let after = try await sums()
        #expect(after != before, "\(what)")
        #expect(await answered { try await run(keyed) } == answer, "\(what)")
        #expect(try await sums() == after, "\(what)")
        #expect(try await store.answer(to: call) == answer, "\(what)")
    }
}

/// What `call` is told that was answered to the first of its key; nil where it has an effect itself.
private func answered(_ call: () async throws -> some Any) async -> RecordedAnswer? {
    do {
        _ = try await call()
    } catch DomainError.answered(let answer) {
        return answer
    } catch {
        Issue.record(error)
    }
    return nil
}

private func fingerprint(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

extension CustomerDraft {
    /// A customer that nothing keeps from being made twice.
    fileprivate static func named(_ name: String) -> CustomerDraft {
        CustomerDraft(kind: .team, email: nil, name: name, rules: CustomerRules(ownerMayBeMissing: true))
    }
}

extension Customer {
    fileprivate var answer: RecordedAnswer { RecordedAnswer(bytes: Array(id.text.utf8)) }
}
