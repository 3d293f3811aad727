#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// States of customers that may be some seconds old, and that are there when the server is not.
///
/// Put it between an application and its client where each request asks what a customer may use:
///
/// ```swift
/// let cache = StateCache(client, freshFor: .seconds(5))
/// let state = try await cache.state(.externalID("user_1"))
/// if state.has(benefit: "export") { … }
/// if case .lastKnown(let error) = state.source { logger.warning("…", error: error) }
/// ```
///
/// A state that is younger than `freshFor` is given without a call. Else the server is asked, once for all tasks that want
/// the same customer at that moment; where it cannot answer, the state that is known is given for `lastKnownFor`, marked as
/// ``CachedState/Source/lastKnown(_:)``. What the server does answer always counts: a customer that is gone is gone.
public actor StateCache {
    private let customers: CustomersClient
    private let freshFor: Duration
    private let lastKnownFor: Duration
    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    private struct Entry {
        var state: CustomerState
        var at: ContinuousClock.Instant
    }

    private var entries: [CustomerKey: Entry] = [:]
    private var fetches: [CustomerKey: Fetch] = [:]

    /// A call that is under way, for all who wait for it.
    private struct Fetch {
        let number: Int
        let task: Task<Result<CustomerState, ClienteleError>, Never>
    }

    private var fetchesSoFar = 0

    /// Makes an empty cache over a client.
    ///
    /// - Parameters:
    ///   - client: Who asks the server.
    ///   - freshFor: How old a state may be that is given without asking.
    ///   - lastKnownFor: How old a state may be that is given where the server is away.
    ///   - capacity: How many states are kept; beyond it the oldest go.
    public init(
        _ client: ClienteleClient,
        freshFor: Duration = .seconds(5),
        lastKnownFor: Duration = .seconds(86_400),
        capacity: Int = 10_000
    ) {
        self.init(client, freshFor: freshFor, lastKnownFor: lastKnownFor, capacity: capacity, now: { .now })
    }

    package init(
        _ client: ClienteleClient,
        freshFor: Duration,
        lastKnownFor: Duration,
        capacity: Int,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.customers = client.customers
        self.freshFor = freshFor
        self.lastKnownFor = lastKnownFor
        self.capacity = capacity
        self.now = now
    }

    /// The state of a customer, fresh within the bound, or the last that is known where the server is away.
    public func state(_ key: CustomerKey) async throws(ClienteleError) -> CachedState {
        if let entry = entries[key], age(of: entry) < freshFor {
            return CachedState(state: entry.state, source: .cache, age: age(of: entry))
        }
        switch await fetched(key) {
        case .success(let state): return CachedState(state: state, source: .server, age: .zero)
        case .failure(let error):
            guard error.isOutage, let entry = entries[key], age(of: entry) < lastKnownFor else { throw error }
            return CachedState(state: entry.state, source: .lastKnown(error), age: age(of: entry))
        }
    }

    /// Forgets a customer, so that the next who wants its state asks the server: after a change of one's own, or a webhook.
    public func invalidate(_ key: CustomerKey) {
        entries[key] = nil
        // An answer that is on its way may be older than this.
        fetches[key] = nil
    }

    /// Forgets everything.
    public func removeAll() {
        entries = [:]
        fetches = [:]
    }

    private func age(of entry: Entry) -> Duration { entry.at.duration(to: now()) }

    /// What the server says, asked once for all who want to know at this moment.
    private func fetched(_ key: CustomerKey) async -> Result<CustomerState, ClienteleError> {
        if let fetch = fetches[key] { return await fetch.task.value }
        fetchesSoFar += 1
        let asked = now()
        // A task of its own: whoever asked first may go away while others still wait.
        let task = Task { [customers] () -> Result<CustomerState, ClienteleError> in
            do throws(ClienteleError) {
                return .success(try await customers.state(key))
            } catch {
                return .failure(error)
            }
        }
        let fetch = Fetch(number: fetchesSoFar, task: task)
        fetches[key] = fetch
        let result = await task.value
        guard fetches[key]?.number == fetch.number else { return result }
        fetches[key] = nil
        switch result {
        case .success(let state): keep(state, of: key, asOf: asked)
        case .failure(let error): if !error.isOutage { entries[key] = nil }
        }
        return result
    }

    private func keep(_ state: CustomerState, of key: CustomerKey, asOf moment: ContinuousClock.Instant) {
        entries[key] = Entry(state: state, at: moment)
        guard entries.count > capacity else { return }
        let oldest = entries.sorted { $0.value.at < $1.value.at }.prefix(max(1, capacity / 10))
        for (key, _) in oldest { entries[key] = nil }
    }
}

/// A state, with where it comes from.
@dynamicMemberLookup
public struct CachedState: Sendable {
    /// The state.
    public let state: CustomerState
    /// Where it comes from.
    public let source: Source
    /// How long ago the server was asked for it, at the most.
    public let age: Duration

    /// Where a state comes from.
    public enum Source: Sendable {
        /// The server, just now.
        case server
        /// The cache, within its bound.
        case cache
        /// The cache, beyond its bound, because the server is away for this reason: it may have changed since.
        case lastKnown(ClienteleError)
    }

    /// Whether it may be older than the cache's bound.
    public var isLastKnown: Bool { if case .lastKnown = source { true } else { false } }

    /// A field of the state.
    public subscript<Value>(dynamicMember path: KeyPath<CustomerState, Value>) -> Value { state[keyPath: path] }

    /// A field of the customer.
    public subscript<Value>(dynamicMember path: KeyPath<Customer, Value>) -> Value { state.customer[keyPath: path] }

    /// Whether the benefit is granted.
    public func has(benefit id: UUID) -> Bool { state.has(benefit: id) }

    /// Whether a benefit is granted whose metadata has the pair `key` with this value.
    public func has(benefit key: String) -> Bool { state.has(benefit: key) }
}
