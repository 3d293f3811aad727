import ClienteleClient
import Foundation

/// Follows a server's feed, and tells what it hears: one thing after the other, so that a receiver has them in order.
struct Listener: Sendable {
    let client: ClienteleClient
    let after: Int64?
    let forwarder: WebhookForwarder?
    /// The types to tell; nil for all.
    let types: Set<WebhookEventType>?
    let output: ListenOutput

    private enum Happening {
        case change(Change?)
        /// States may be due.
        case timer
    }

    /// Runs until the feed ends, which it does only by throwing.
    func run() async throws {
        let reader = FeedReader(client.changes.feed(after: after))
        var states = ChangedStates()
        var hasTimer = false
        try await withThrowingTaskGroup(of: Happening.self) { group in
            defer { group.cancelAll() }
            group.addTask { .change(try await reader.next()) }
            while let happening = try await group.next() {
                switch happening {
                case .change(nil): return
                case .change(let change?):
                    await take(change)
                    if tellsStates { states.note(change, at: .now) }
                    group.addTask { .change(try await reader.next()) }
                case .timer:
                    hasTimer = false
                    for change in states.takeDue(at: .now) where !(await tellState(after: change)) {
                        states.keep(change, at: .now)
                    }
                }
                guard !hasTimer, let due = states.due else { continue }
                hasTimer = true
                group.addTask {
                    try await Task.sleep(until: due)
                    return .timer
                }
            }
        }
    }

    /// Getting states costs calls: they are told to receivers, and to whoever names them.
    private var tellsStates: Bool { types?.contains(.customerStateChanged) ?? (forwarder != nil) }

    private func take(_ change: Change) async {
        guard types?.contains(change.type) ?? true else { return }
        let notice = ChangeNotice(change)
        output.show(notice)
        // No webhook tells of a meter: receivers see it in the state, unless they are to have it.
        guard change.type != .customerMeterUpdated || types != nil else { return }
        await send(notice)
    }

    /// Tells a customer's state; false where the server could not say what it is.
    private func tellState(after change: Change) async -> Bool {
        guard let customerID = change.customerID else { return true }
        do throws(ClienteleError) {
            let (text, version) = try await client.customers.stateText(customerID)
            let notice = ChangeNotice(state: text, version: version, after: change, at: Date())
            output.show(notice)
            await send(notice)
        } catch {
            // Of a customer that is gone there is no state to tell.
            if case .notFound = error { return true }
            guard !error.isOutage else { return false }
            output.tell("  \(change.sequence) -> no state to send: \(error)")
        }
        return true
    }

    private func send(_ notice: ChangeNotice) async {
        guard let forwarder, !Task.isCancelled else { return }
        let outcome = await forwarder.send(notice)
        if !Task.isCancelled { output.tell("  \(notice.sequence) -> \(outcome)") }
    }
}

/// A walk through a feed that one task after the other goes on with.
private actor FeedReader {
    private var iterator: ChangeFeed.Iterator

    init(_ feed: ChangeFeed) { self.iterator = feed.makeAsyncIterator() }

    func next() async throws(ClienteleError) -> Change? {
        var iterator = iterator
        defer { self.iterator = iterator }
        return try await iterator.next(isolation: #isolation)
    }
}

/// The customers whose states have changed and were not told yet.
private struct ChangedStates {
    /// How long a customer must rest.
    private static let quiet = Duration.seconds(1)
    /// The longest that a state is kept back from the first change on.
    private static let delayMax = Duration.seconds(5)

    private struct Entry {
        let first: ContinuousClock.Instant
        var last: ContinuousClock.Instant
        var change: Change

        var due: ContinuousClock.Instant { min(last + quiet, first + delayMax) }
    }

    private var entries: [UUID: Entry] = [:]

    /// When the next state is due.
    var due: ContinuousClock.Instant? { entries.values.map(\.due).min() }

    /// Notes a change; one that leaves the state alone only counts as the customer's last.
    mutating func note(_ change: Change, at now: ContinuousClock.Instant) {
        guard let customerID = change.customerID else { return }
        guard change.changesState else {
            entries[customerID]?.change = change
            return
        }
        let first = entries[customerID]?.first ?? now
        entries[customerID] = Entry(first: first, last: now, change: change)
    }

    /// Notes again what could not be told.
    mutating func keep(_ change: Change, at now: ContinuousClock.Instant) {
        guard let customerID = change.customerID, entries[customerID] == nil else { return }
        entries[customerID] = Entry(first: now, last: now, change: change)
    }

    /// The last changes of the customers whose states are due, which are then told.
    mutating func takeDue(at now: ContinuousClock.Instant) -> [Change] {
        let due = entries.filter { $0.value.due <= now }
        for customerID in due.keys { entries[customerID] = nil }
        return due.values.map(\.change).sorted { $0.sequence < $1.sequence }
    }
}

extension Change {
    /// Whether it changes what a customer's state says; what is changed of a member does not.
    fileprivate var changesState: Bool {
        ["customer.", "customer_meter.", "subscription.", "benefit_grant."].contains { type.rawValue.hasPrefix($0) }
    }
}
