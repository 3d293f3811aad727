import ClienteleStore
import ClienteleTestSupport
import Synchronization
import Testing

@testable import ClienteleCore

@Suite("Calls are counted against their limits", .timeLimit(.minutes(10)))
struct RateLimitContract {
    @Test(arguments: [1, 7, 60, 61, 600, 999])
    func oneProcessAloneIsExactForManyTasks(_ limit: Int) async throws {
        try await withHouse(.sqliteInMemory) { house async throws in
            let limits = RateLimits(store: house.store, surroundings: StoppedClock().surroundings)
            #expect(try await limits.allowed(of: limit + 200, house.a, perMinute: limit) == limit)
            #expect(try await limits.allowed(of: 32, house.a, perMinute: limit) == 0)
        }
    }

    @Test(arguments: [1, 7, 60, 600, 4_000])
    func oneProcessBesideOthersLetsByAtMostTheLimitAndNearlyAllOfIt(_ limit: Int) async throws {
        try await withHouse(.postgres) { house in
            let limits = RateLimits(store: house.store, surroundings: StoppedClock().surroundings)
            let allowed = try await limits.allowed(of: limit + 500, house.a, perMinute: limit)
            #expect(allowed <= limit && allowed * 10 >= limit * 9, "\(allowed) of \(limit)")
        }
    }

    @Test(arguments: [60, 600, 4_000])
    func twoProcessesTogetherLetByTheLimitWithinATenth(_ limit: Int) async throws {
        try await withHousesOnOnePostgres { here, there in
            let clock = StoppedClock()
            let stores = [LeaseCount(store: here.store), LeaseCount(store: there.store)]
            let limits = stores.map { RateLimits(store: $0, surroundings: clock.surroundings) }
            async let first = limits[0].allowed(of: limit * 2, here.a, perMinute: limit)
            async let second = limits[1].allowed(of: limit * 2, here.a, perMinute: limit)
            let allowed = try await first + second
            #expect(allowed * 10 >= limit * 9 && allowed * 10 <= limit * 11, "\(allowed) of \(limit)")
            let leases = stores.map(\.leases.count).reduce(0, +)
            #expect(leases > 0)
            // A fortieth of the bucket at a time, and a few that found it empty.
            #expect(leases <= limit / max(1, limit / 40) + 4, "\(leases) leases for \(limit * 4) calls")
            #expect(limit < 600 || leases * 40 < limit * 4)
            clock.pass(seconds: 30)
            let again = try await limits[1].allowed(of: limit, here.a, perMinute: limit)
            #expect(again * 10 >= limit * 4 && again * 10 <= limit * 6, "\(again) of \(limit / 2)")
        }
    }

    @Test(arguments: TestEngine.allCases)
    func readsAndWritesAndOrganizationsHaveBucketsOfTheirOwn(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house async throws in
            let clock = StoppedClock()
            let limits = RateLimits(store: house.store, surroundings: clock.surroundings)
            for (organization, kind) in [
                (house.a, CallLimits.Class.read), (house.a, .write), (house.b, .write), (house.b, .read),
            ] {
                #expect(try await limits.allowed(of: 50, organization, kind, perMinute: 40) == 40)
            }
            clock.pass(seconds: 30)
            #expect(try await limits.allowed(of: 50, house.b, .read, perMinute: 40) == 20)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func tellsEachCallWhatIsLeftAndTheRefusedOneWhenToComeBack(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let clock = StoppedClock()
            let limits = RateLimits(store: house.store, surroundings: clock.surroundings)
            for left in (0..<3).reversed() {
                let verdict = try await limits.take(.read, of: house.a, perMinute: 3)
                #expect(verdict.isAllowed && verdict.limit == 3 && verdict.retryAfterSeconds == 0)
                #expect(verdict.remaining == left)
            }
            let refused = try await limits.take(.read, of: house.a, perMinute: 3)
            #expect(!refused.isAllowed && refused.remaining == 0 && refused.retryAfterSeconds == 20)
            #expect(refused.fullAt == clock.now.adding(seconds: 60))
            clock.pass(seconds: 19)
            #expect(try await !limits.take(.read, of: house.a, perMinute: 3).isAllowed)
            clock.pass(seconds: 1)
            #expect(try await limits.take(.read, of: house.a, perMinute: 3).isAllowed)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func aChangedLimitTakesEffect(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house async throws in
            let clock = StoppedClock()
            let limits = RateLimits(store: house.store, surroundings: clock.surroundings)
            #expect(try await limits.allowed(of: 50, house.a, perMinute: 40) == 40)
            clock.pass(seconds: 60)
            for limit in [400, 20, 80] {
                #expect(try await limits.allowed(of: limit + 50, house.a, perMinute: limit) == limit)
                clock.pass(seconds: 60)
            }
        }
    }

    @Test func aStoreThatDoesNotAnswerIsToldToTheCallAndTheNextAsksAgain() async throws {
        try await withHouse(.postgres) { house async throws in
            let store = LeaseCount(store: house.store, failures: 1)
            let limits = RateLimits(store: store, surroundings: StoppedClock().surroundings)
            #expect(await failure { try await limits.take(.read, of: house.a, perMinute: 60) } == .unavailable)
            #expect(try await limits.take(.read, of: house.a, perMinute: 60).isAllowed)
            #expect(store.leases.count == 2)
        }
    }
}

@Suite("Attempts with what is no token are counted")
struct FailedAttemptTests {
    @Test func sixtyAMinuteFromEachAddress() {
        let clock = StoppedClock()
        let attempts = FailedAttempts(surroundings: clock.surroundings)
        for address in ["192.0.2.1", "192.0.2.2"] {
            #expect((0..<100).count { _ in attempts.note(from: address).isAllowed } == 60)
        }
        #expect(attempts.note(from: "192.0.2.1").retryAfterSeconds == 1)
        clock.pass(seconds: 10)
        #expect((0..<100).count { _ in attempts.note(from: "192.0.2.1").isAllowed } == 10)
        #expect((0..<100).count { _ in attempts.note(from: "192.0.2.3").isAllowed } == 60)
    }

    @Test func thoseWhoCameOnceAreForgottenBeforeThoseWhoCameTooOften() {
        let clock = StoppedClock()
        let attempts = FailedAttempts(surroundings: clock.surroundings)
        for number in 1..<FailedAttempts.addressesMax { _ = attempts.note(from: "once \(number)") }
        clock.pass(seconds: 2)
        for _ in 0..<60 { _ = attempts.note(from: "often") }
        // Now there are as many as are remembered.
        #expect(attempts.note(from: "another").isAllowed)
        #expect(!attempts.note(from: "often").isAllowed)
    }

    @Test func whoComesWhenTheMemoryIsFullIsCountedWithOthersAndMakesNobodyForgotten() {
        let attempts = FailedAttempts(surroundings: StoppedClock().surroundings)
        for _ in 0..<60 { _ = attempts.note(from: "often") }
        // None of them is full again.
        for number in 1..<FailedAttempts.addressesMax { _ = attempts.note(from: "other \(number)") }
        #expect((0..<100).count { attempts.note(from: "new \($0)").isAllowed } == 60)
        #expect(!attempts.note(from: "often").isAllowed)
        #expect(attempts.note(from: "other 1").isAllowed)
    }
}

extension RateLimits {
    /// How many of `calls` calls, which 32 tasks make at once, are let by.
    fileprivate func allowed(
        of calls: Int,
        _ organization: Organization.ID,
        _ kind: CallLimits.Class = .write,
        perMinute: Int
    ) async throws -> Int {
        let tasks = 32
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var allowed = 0
                    for _ in stride(from: task, to: calls, by: tasks) {
                        let verdict = try await self.take(kind, of: organization, perMinute: perMinute)
                        allowed += verdict.isAllowed ? 1 : 0
                    }
                    return allowed
                }
            }
            return try await group.reduce(0, +)
        }
    }
}

/// A clock that moves only where a test turns it.
private final class StoppedClock: Sendable {
    private let moment = Mutex(Timestamp(microseconds: 1_767_225_600_000_000))

    var now: Timestamp { moment.withLock { $0 } }

    var surroundings: Surroundings { Surroundings(now: { self.now }, random: { 0 }) }

    func pass(seconds: Int64) { moment.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// Passes everything on to a store, and counts the leases, of which it may fail the first ones.
private struct LeaseCount: PolicyStore {
    private struct Gone: Error {}

    let store: SQLStore
    var failures = 0
    let leases = Counter()

    var sharesBuckets: Bool { store.sharesBuckets }

    func leaseTokens(
        _ count: Int,
        from bucket: RateBucketKey,
        perMinute: Int,
        at now: Timestamp
    ) async throws(DomainError) -> (count: Int, fullAt: Int64) {
        guard leases.add() > failures else { throw .unavailable(cause: Gone()) }
        return try await store.leaseTokens(count, from: bucket, perMinute: perMinute, at: now)
    }

    func policy(of organization: Organization.ID) async throws(DomainError) -> Policy {
        try await store.policy(of: organization)
    }

    func setPlan(_ plan: Plan?, of organization: Organization.ID) async throws(DomainError) {
        try await store.setPlan(plan, of: organization)
    }

    func setLimits(_ limits: CallLimits?, of organization: Organization.ID) async throws(DomainError) {
        try await store.setLimits(limits, of: organization)
    }

    func cursorKey() async throws(DomainError) -> [UInt8] { try await store.cursorKey() }
}
