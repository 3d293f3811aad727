import ClienteleClient
import Foundation
import Synchronization
import Testing

/// States that are asked for seldom, and known when the server is away.
struct StateTests {
    private let ada = CustomerKey.externalID("ada")

    @Test func sendsTheVersionThatItHasAndKeepsIt() async throws {
        let server = ScriptedServer([
            .state(version: 7, name: "Ada"), .status(304), .state(version: 8, name: "Lady Ada"), .status(304),
        ])
        let client = server.client()
        var names: [String?] = []
        for _ in 0..<4 { names.append(try await client.customers.state(ada).name) }
        #expect(names == ["Ada", "Ada", "Lady Ada", "Lady Ada"])
        #expect(server.requests.map { $0.head.headerFields[.ifNoneMatch] } == [nil, "\"7\"", "\"7\"", "\"8\""])
    }

    @Test func keepsNothingWithoutAVersion() async throws {
        let server = ScriptedServer([.state(version: nil, name: "Ada"), .state(version: nil, name: "Ada")])
        let client = server.client()
        for _ in 0..<2 { _ = try await client.customers.state(ada) }
        #expect(server.requests.allSatisfy { $0.head.headerFields[.ifNoneMatch] == nil })
    }

    @Test func forgetsWhoIsGone() async throws {
        let server = ScriptedServer([.state(version: 7, name: "Ada"), .status(404), .state(version: 9, name: "New")])
        let client = server.client()
        _ = try await client.customers.state(ada)
        _ = await failure { () async throws(ClienteleError) in try await client.customers.state(ada) }
        _ = try await client.customers.state(ada)
        #expect(server.requests.last?.head.headerFields[.ifNoneMatch] == nil)
    }

    @Test func asksOnlyOnceWithinTheBound() async throws {
        let server = ScriptedServer([.state(version: 1, name: "Ada"), .state(version: 2, name: "Lady Ada")])
        let clock = TurnedClock()
        let cache = cache(server, clock)
        #expect(try await cache.state(ada).source.isServer)
        clock.turn(.seconds(4))
        let second = try await cache.state(ada)
        #expect(second.name == "Ada")
        #expect(second.age == .seconds(4))
        #expect(!second.source.isServer && !second.isLastKnown)
        clock.turn(.seconds(2))
        #expect(try await cache.state(ada).name == "Lady Ada")
        #expect(server.requests.count == 2)
    }

    /// Four attempts of a minute each would be over the test's limit of time.
    @Test(.timeLimit(.minutes(1))) func noticesAtOnceThatNobodyListens() async throws {
        let url = try #require(URL(string: "http://127.0.0.1:1"))
        let client = ClienteleClient(
            .clientele(url),
            token: "t",
            configuration: .init(timeout: .seconds(600), retry: RetryPolicy(firstDelay: .milliseconds(1)))
        )
        let error = await failure { () async throws(ClienteleError) in try await client.customers.state(ada) }
        guard case .transport(TransportFailure.unreachable)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func givesWhatIsKnownWhileTheServerIsAway() async throws {
        let server = ScriptedServer([.state(version: 1, name: "Ada"), .unreachable, .status(503)])
        let clock = TurnedClock()
        let cache = cache(server, clock)
        _ = try await cache.state(ada)
        for _ in 0..<2 {
            clock.turn(.seconds(60))
            let state = try await cache.state(ada)
            #expect(state.name == "Ada")
            #expect(state.isLastKnown)
        }
        clock.turn(.seconds(3_600))
        let error = await failure { () async throws(ClienteleError) in try await cache.state(ada) }
        #expect(error?.isOutage == true)
    }

    @Test func believesAServerThatSaysSomebodyIsGone() async throws {
        let server = ScriptedServer([.state(version: 1, name: "Ada"), .status(404), .unreachable])
        let clock = TurnedClock()
        let cache = cache(server, clock)
        _ = try await cache.state(ada)
        clock.turn(.seconds(60))
        #expect(await failure { () async throws(ClienteleError) in try await cache.state(ada) }?.status == 404)
        #expect(await failure { () async throws(ClienteleError) in try await cache.state(ada) }?.isOutage == true)
    }

    @Test func asksOnceForAllWhoWantTheSame() async throws {
        let server = ScriptedServer([.state(version: 1, name: "Ada")])
        let cache = cache(server, TurnedClock())
        let names = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.state(ada).name } }
            return try await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(names == Array(repeating: "Ada", count: 50))
        #expect(server.requests.count == 1)
    }

    @Test func asksAgainAfterAChangeOfOnesOwn() async throws {
        let server = ScriptedServer([.state(version: 1, name: "Ada"), .state(version: 2, name: "Lady Ada")])
        let cache = cache(server, TurnedClock())
        _ = try await cache.state(ada)
        await cache.invalidate(ada)
        #expect(try await cache.state(ada).name == "Lady Ada")
    }

    @Test func holdsNoMoreThanItMay() async throws {
        let server = ScriptedServer((0..<40).map { .state(version: Int64($0), name: "Ada") })
        let clock = TurnedClock()
        let cache = cache(server, clock, capacity: 10)
        for number in 0..<30 {
            clock.turn(.milliseconds(1))
            _ = try await cache.state(.externalID("user_\(number)"))
        }
        #expect(try await !cache.state(.externalID("user_29")).source.isServer)
        #expect(try await cache.state(.externalID("user_0")).source.isServer)
    }

    /// The whole of it against a server of ours: a change shows, and what has not changed is not sent again.
    @Test func readsVersionsOfARealServer() async throws {
        try await withLiveServer { server, tokens in
            let client = ClienteleClient(server, token: tokens["A"] ?? "")
            let made = try await client.customers.create(CustomerCreate(email: "ada@example.com", externalID: "ada"))
            let version = try #require(made.stateVersion)
            let first = try await client.customers.state(ada)
            #expect(first.stateVersion == version)
            #expect(try await client.customers.state(ada) == first)
            let changed = try await client.customers.update(
                made.id,
                CustomerUpdate(name: "Ada"),
                options: RequestOptions(ifVersion: version)
            )
            #expect(try await client.customers.getState(made.id, minVersion: changed.stateVersion).name == "Ada")
            #expect(try await client.customers.state(ada).name == "Ada")
            let stale = await failure {
                () async throws(ClienteleError) in
                try await client.customers.update(
                    made.id,
                    CustomerUpdate(name: "x"),
                    options: RequestOptions(ifVersion: version)
                )
            }
            #expect(stale?.status == 412)
        }
    }

    private func cache(_ server: ScriptedServer, _ clock: TurnedClock, capacity: Int = 100) -> StateCache {
        StateCache(
            server.client(configuration: .quick),
            freshFor: .seconds(5),
            lastKnownFor: .seconds(600),
            capacity: capacity,
            now: { clock.now }
        )
    }
}

/// A clock that stands until it is turned.
private final class TurnedClock: Sendable {
    private let moment = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { moment.withLock { $0 } }

    func turn(_ duration: Duration) { moment.withLock { $0 += duration } }
}

extension CachedState.Source {
    fileprivate var isServer: Bool { if case .server = self { true } else { false } }
}
