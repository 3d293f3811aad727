import ClienteleStore
import ClienteleTestSupport
import Foundation
import Testing

@testable import ClienteleCore

@Suite("Any store keeps what organizations may use, and holds them to it", .timeLimit(.minutes(10)))
struct PolicyContract {
    private static let unknown = Organization.ID(high: 0x4000, low: 0x8000_0000_0000_0000)

    @Test(arguments: TestEngine.allCases)
    func keepsReplacesAndRemovesPlans(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            #expect(try await house.policies.policy(of: house.a) == Policy())
            let plans: [Plan?] = [
                Plan(), Plan(customersMax: 0), Plan(customersMax: .max, withheld: [.events, .customers]),
                Plan(withheld: Set(Plan.Feature.allCases), isActive: false), nil, nil, Plan(withheld: [.meters]),
            ]
            for plan in plans {
                try await house.policies.setPlan(plan, of: house.a)
                #expect(try await house.policies.policy(of: house.a) == Policy(plan: plan))
                #expect(try await house.policies.policy(of: house.b) == Policy())
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsReplacesAndRemovesLimits(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.policies.setPlan(Plan(customersMax: 3), of: house.a)
            let sets: [CallLimits?] = [
                CallLimits(readsPerMinute: 1, writesPerMinute: CallLimits.perMinuteMax),
                CallLimits(readsPerMinute: nil, writesPerMinute: 7),
                CallLimits(readsPerMinute: 9, writesPerMinute: nil),
                CallLimits(readsPerMinute: nil, writesPerMinute: nil), nil, nil,
            ]
            for limits in sets {
                try await house.policies.setLimits(limits, of: house.a)
                let policy = Policy(plan: Plan(customersMax: 3), limits: limits)
                #expect(try await house.policies.policy(of: house.a) == policy)
                #expect(try await house.policies.policy(of: house.b) == Policy())
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesWhatIsNoPlanAndNoLimitAndKeepsWhatWasSet(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let policy = Policy(
                plan: Plan(customersMax: 5),
                limits: CallLimits(readsPerMinute: 5, writesPerMinute: nil)
            )
            try await house.policies.setPlan(policy.plan, of: house.a)
            try await house.policies.setLimits(policy.limits, of: house.a)
            let policies = house.policies
            for customers in [-1, Int.min] {
                let outcome = await failure {
                    try await policies.setPlan(Plan(customersMax: customers), of: house.a)
                }
                #expect(outcome == .refused([.planCustomers]))
            }
            for wrong in [0, -1, CallLimits.perMinuteMax + 1] {
                let reads = await failure {
                    try await policies.setLimits(CallLimits(readsPerMinute: wrong, writesPerMinute: 1), of: house.a)
                }
                let writes = await failure {
                    try await policies.setLimits(CallLimits(readsPerMinute: nil, writesPerMinute: wrong), of: house.a)
                }
                #expect([reads, writes] == [.refused([.callLimit]), .refused([.callLimit])])
            }
            #expect(try await house.policies.policy(of: house.a) == policy)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesAnOrganizationThatIsNotThere(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let (policies, id) = (house.policies, Self.unknown)
            let limits = CallLimits(readsPerMinute: 1, writesPerMinute: 1)
            let outcomes = [
                await failure { try await policies.policy(of: id) },
                await failure { try await policies.setPlan(Plan(), of: id) },
                await failure { try await policies.setPlan(nil, of: id) },
                await failure { try await policies.setLimits(limits, of: id) },
                await failure { try await policies.setLimits(nil, of: id) },
            ]
            #expect(outcomes == Array(repeating: .notFound(.organization), count: 5))
        }
    }
}

@Suite("Any store has room for as many customers as the plan", .timeLimit(.minutes(10)))
struct QuotaContract {
    @Test(arguments: TestEngine.allCases)
    func letsInExactlyAsManyOfManyAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.policies.setPlan(Plan(customersMax: 100), of: house.a)
            let outcomes = await failures(200) { try await house.create("c\($0)@example.com") }
            try await expect(house, outcomes, in: 100)
        }
    }

    @Test func letsInExactlyAsManyThroughTwoStores() async throws {
        try await withHousesOnOnePostgres { here, there in
            try await here.policies.setPlan(Plan(customersMax: 100), of: here.a)
            let outcomes = await failures(200) { number in
                try await (number.isMultiple(of: 2) ? here : there).create("c\(number)@example.com")
            }
            try await expect(here, outcomes, in: 100)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func aRefusedCustomerTakesNoOtherWithIt(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.policies.setPlan(Plan(customersMax: 10), of: house.a)
            try await house.policies.setPlan(Plan(customersMax: 1_000), of: house.b)
            let ofB = Counter()
            // They wait for one writer, and share its transactions.
            let outcomes = await failures(400) { number in
                let isOfB = number.isMultiple(of: 2)
                let organization = isOfB ? house.b : house.a
                let customer = try await house.create("c\(number)@example.com", in: organization)
                if isOfB { ofB.add() }
                return customer
            }
            #expect(ofB.count == 200)
            #expect(try await house.total(house.b) == 200)
            try await expect(house, outcomes, in: 210, ofWhichInA: 10)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func tellsAlsoOfOrganizationsWithAPlanWhichEmailIsTaken(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house async throws in
            try await house.policies.setPlan(Plan(customersMax: 1_000), of: house.a)
            let outcomes = await failures(200) { try await house.create("c\($0 % 20)@example.com") }
            #expect(outcomes.count { $0 == nil } == 20)
            #expect(outcomes.count { $0 == .refused([.emailTaken]) } == 180)
            #expect(try await house.total() == 20)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsThoseWhoAreThereWhenThePlanShrinks(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customers = try await house.create(
                (0..<4).map { CustomerDraft(email: EmailAddress(stored: "c\($0)@example.com"), externalID: "\($0)") },
                in: house.a
            )
            try await house.policies.setPlan(Plan(customersMax: 2), of: house.a)
            #expect(await isFull(house))
            #expect(try await house.total() == 4)
            #expect(try await house.update(customers[0], CustomerPatch(name: .set("Changed"))).name == "Changed")
            let archived = CustomerPatch(status: .archived)
            for customer in customers { try await house.update(customer, archived) }
            #expect(await isFull(house), "archived ones count")
            for customer in customers.prefix(2) { try await house.delete(customer) }
            #expect(await isFull(house))
            try await house.delete(customers[2])
            try await house.create("new@example.com")
            #expect(await isFull(house))
            try await house.policies.setPlan(nil, of: house.a)
            try await house.create("other@example.com")
            #expect(try await house.total() == 3)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func anUpsertNeedsRoomOnlyForANewCustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.policies.setPlan(Plan(customersMax: 1), of: house.a)
            func upsert(_ externalID: String, _ email: String) async throws -> Bool {
                let patch = CustomerPatch(email: .set(try EmailAddress(email)))
                return try await house.customers.upsert(externalID: externalID, in: house.a, by: patch, owner: nil)
                    .isNew
            }
            #expect(try await upsert("x", "a@example.com"))
            #expect(try await !upsert("x", "b@example.com"))
            #expect(await failure { try await upsert("y", "c@example.com") } == .notEntitled(.quotaExceeded))
            #expect(try await house.customers.customer(.externalID("x"), in: [house.a]).email?.text == "b@example.com")
            #expect(try await house.total() == 1)
        }
    }

    private func isFull(_ house: House) async -> Bool {
        await failure { try await house.create("more@example.com") } == .notEntitled(.quotaExceeded)
    }

    /// Expects that so many calls went well, that the others were refused for want of room, and that nothing else is there.
    private func expect(_ house: House, _ outcomes: [Failure?], in all: Int, ofWhichInA: Int? = nil) async throws {
        #expect(outcomes.count { $0 == nil } == all)
        let others = outcomes.filter { $0 != nil && $0 != .notEntitled(.quotaExceeded) }
        #expect(others.isEmpty)
        #expect(try await house.total() == ofWhichInA ?? all)
        let rows = try await house.rows(
            """
            SELECT count(*), (SELECT count(*) FROM members), CAST((SELECT sum(live) FROM customer_counts) AS bigint)
            FROM customers
            """,
            columns: 3
        )
        #expect(rows == [["\(all)", "\(all)", "\(all)"]])
    }
}

@Suite("A token is what it is issued for")
struct CallerContract {
    private static let a = Organization.ID(high: 1, low: 1)
    private static let b = Organization.ID(high: 2, low: 2)

    @Test func speaksForThoseOrganizationsThatMayUseWhatIsAskedFor() throws {
        let inactive = Plan(withheld: [.meters], isActive: false)
        let cases: [([Organization.ID: Plan], Plan.Feature, [Organization.ID], Plan.Denial?)] = [
            ([:], .meters, [Self.a, Self.b], nil),
            ([Self.a: Plan(customersMax: 0)], .customers, [Self.a, Self.b], nil),
            ([Self.a: Plan(withheld: [.meters])], .customers, [Self.a, Self.b], nil),
            ([Self.a: Plan(withheld: [.meters])], .meters, [Self.b], nil),
            ([Self.b: inactive], .events, [Self.a], nil),
            ([Self.a: Plan(withheld: [.meters]), Self.b: inactive], .meters, [], .featureNotEntitled(.meters)),
            ([Self.a: inactive, Self.b: Plan(withheld: [.meters])], .meters, [], .subscriptionInactive),
        ]
        for (plans, feature, organizations, denial) in cases {
            let caller = Caller(token: token([Self.a, Self.b]), policies: plans.mapValues { Policy(plan: $0) })
            do throws(DomainError) {
                let entitled = try caller.entitled(to: feature)
                #expect(denial == nil && entitled.organizations == organizations, "\(plans) \(feature)")
                #expect(entitled.token == caller.token && entitled.scopes == caller.scopes)
            } catch {
                guard case .notEntitled(let told) = error else { throw error }
                #expect(told == denial && organizations.isEmpty, "\(plans) \(feature)")
            }
        }
    }

    @Test func hasTheLimitsOfEachOrganization() {
        let limits = CallLimits(readsPerMinute: 1, writesPerMinute: nil)
        for (owner, expected) in [(Self.a, Optional(limits)), (Self.b, nil)] {
            let caller = Caller(token: token([Self.a, Self.b]), policies: [owner: Policy(limits: limits)])
            #expect(caller.organization == Self.a && caller.limits(of: Self.a) == expected)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func isToldToBeUsableUnknownRevokedOrExpired(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            for dialect in Dialect.allCases {
                let (lasting, secret) = try await create(house, dialect)
                let brief = try await create(house, dialect, lifetimeSeconds: 60).secret
                #expect(try await check(house, secret.text) == "usable")
                #expect(try await check(house, brief.text) == "usable")
                #expect(try await check(house, secret.text + "x") == "unknown")
                house.clock.pass(seconds: 60)
                #expect(try await check(house, brief.text) == "expired")
                #expect(try await check(house, secret.text) == "usable")
                try await house.tokens.revoke(lasting.id)
                #expect(try await check(house, secret.text) == "revoked")
                let elsewhere = AccessTokens(store: house.store, surroundings: house.clock.surroundings)
                #expect(try await check(house, secret.text, elsewhere) == "revoked")
                #expect(try await check(house, brief.text, elsewhere) == "expired")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func heedsAChangedPolicyAfterASecond(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let secret = try await create(house, .polar).secret.text
            func policy() async throws -> Policy? {
                guard case .usable(let caller) = try await house.tokens.check(secret: secret) else { return nil }
                return caller.policy(of: house.a)
            }
            #expect(try await policy() == Policy())
            let limits = CallLimits(readsPerMinute: 1, writesPerMinute: 2)
            for (plan, limits) in [(Plan(isActive: false), nil), (Plan(), limits), (nil, limits), (nil, nil)] {
                try await house.policies.setPlan(plan, of: house.a)
                try await house.policies.setLimits(limits, of: house.a)
                house.clock.pass(seconds: AccessTokens.rememberedSeconds)
                #expect(try await policy() == Policy(plan: plan, limits: limits))
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func ofKirimIsAKeyOfOneOrganizationWithALabel(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let longest = String(repeating: "\u{E9}", count: AccessToken.labelLengthMax)
            for (given, kept) in [(nil, nil), ("  ", nil), (" My key\n", "My key"), (longest, longest)]
                as [(String?, String?)]
            {
                let (token, secret) = try await create(house, .kirim, label: given)
                #expect(secret.text.wholeMatch(of: /kdv_live_[A-Za-z0-9_-]{24}/) != nil)
                #expect(secret.text.utf8.count == 33)
                #expect(
                    token.dialect == .kirim && token.label == kept && token.lastFour == String(secret.text.suffix(4))
                )
                #expect(try await house.tokens.list().last == token)
            }
            let before = try await house.tokens.list().count
            for label in [longest + "x", "a\0b"] {
                let outcome = await failure { try await create(house, .kirim, label: label) }
                #expect(outcome == .refused([.tokenLabel]))
            }
            for (kind, organizations) in [
                (AccessToken.Kind.user, [house.a, house.b]), (.organization, [house.a, house.b]), (.organization, []),
            ] {
                let outcome = await failure {
                    try await house.tokens.create(kind: kind, organizations: organizations, scopes: [], dialect: .kirim)
                }
                #expect(outcome == .refused([.tokenOrganizations]))
            }
            #expect(try await house.tokens.list().count == before)
        }
    }

    @Test func isNowhereInTheFiles() async throws {
        try await withFolder { folder in
            let secrets = try await makeData(folder) { house in
                let polar = try await create(house, .polar).secret.text
                return [polar, try await create(house, .kirim).secret.text]
            }
            let files = try contents(folder)
            #expect(files.keys.contains(databaseFileName))
            for (name, bytes) in files {
                for secret in secrets {
                    #expect(bytes.firstRange(of: Data(secret.utf8.dropFirst(9))) == nil, "\(name)")
                }
            }
        }
    }

    private func token(_ organizations: [Organization.ID]) -> AccessToken {
        AccessToken(
            id: AccessToken.ID(high: 3, low: 3),
            kind: .user,
            organizations: organizations,
            scopes: [.customersRead],
            createdAt: Timestamp(microseconds: 0),
            expiresAt: nil,
            revokedAt: nil
        )
    }

    private func create(
        _ house: House,
        _ dialect: Dialect,
        label: String? = nil,
        lifetimeSeconds: Int64? = nil
    ) async throws -> (token: AccessToken, secret: TokenSecret) {
        try await house.tokens.create(
            kind: .organization,
            organizations: [house.a],
            scopes: [.customersRead],
            dialect: dialect,
            label: label,
            lifetimeSeconds: lifetimeSeconds
        )
    }

    private func check(_ house: House, _ secret: String, _ tokens: AccessTokens? = nil) async throws -> String {
        switch try await (tokens ?? house.tokens).check(secret: secret) {
        case .usable: "usable"
        case .unknown: "unknown"
        case .revoked: "revoked"
        case .expired: "expired"
        }
    }
}

/// Runs `body` with the same two organizations in the houses of two stores that share a database.
func withHousesOnOnePostgres(_ body: (House, House) async throws -> Void) async throws {
    try await withSchema { address in
        try await withPostgresStore(address) { first in
            try await withPostgresStore(address) { second in
                let here = try await House(first)
                try await body(here, House(second, clock: here.clock, a: here.a, b: here.b))
            }
        }
    }
}
