import ClienteleCore
import Logging
import Synchronization

/// Sends one endpoint its events: those of one lane one after the other, and of many lanes at once.
final class EndpointSender: Sendable {
    /// Events that are sent at once.
    private static let lanesMax = 64
    /// Attempts that fail one after the other before the endpoint counts as dead: then one event at a time is sent, and ever
    /// more rarely, so that many dead ones cost little.
    private static let failuresMax = 4
    private static let (pauseMin, pauseMax) = (Duration.milliseconds(250), Duration.seconds(4))
    /// Lanes that may wait for an endpoint that is dead, or has taken nothing for so long, before nothing more is made for it; and
    /// how few of them must be left before it gets more.
    ///
    /// Lanes and not events, since whose events an endpoint takes must not wait for one whose it refuses.
    private static let (waitingMax, waitingMin) = (100, 20)
    private static let silenceMax = Duration.seconds(1)
    /// Events that wait in memory; those beyond it are found in the store.
    private static let readyMax = 1_000
    /// How often the store is asked what is due: events to be tried again, and those of other processes.
    private static let scanPause = Duration.seconds(1)

    private struct State {
        var endpoint: WebhookEndpoint
        var ready: [WebhookEvent] = []
        /// The lanes of what is ready or on its way.
        var busy: Set<Identifier<Never>> = []
        /// What became due in a busy lane.
        var deferred: [Identifier<Never>: WebhookEvent] = [:]
        var underWay = 0
        /// Whether the store has more that is due than was taken.
        var hasMore = true
        /// What was settled since the store was asked last, which may have answered with it.
        var settled: Set<Int64> = []
        /// Attempts that failed since the last success.
        var failures = 0
        /// Since when an event has been on its way and nothing has come back; nil where none has begun since something did.
        var silentSince: ContinuousClock.Instant?
        /// When the next event may be sent.
        var nextAt = ContinuousClock.now
        var isStopped = false

        var isDead: Bool { failures >= EndpointSender.failuresMax }

        /// Whether it takes its events, as far as is known.
        var isWell: Bool {
            guard !isDead, let silentSince else { return !isDead }
            return ContinuousClock.now - silentSince <= EndpointSender.silenceMax
        }
    }

    private let state: Mutex<State>
    private let dialect: any WebhookDialect
    private let delivery: Delivery
    private let sender: WebhookSender
    private let settlements: Settlements
    private let signal = WriteSignal()

    init(
        _ endpoint: WebhookEndpoint,
        _ dialect: any WebhookDialect,
        _ delivery: Delivery,
        _ sender: WebhookSender,
        _ settlements: Settlements
    ) {
        self.settlements = settlements
        self.state = Mutex(State(endpoint: endpoint))
        self.dialect = dialect
        self.delivery = delivery
        self.sender = sender
    }

    var target: (endpoint: WebhookEndpoint, dialect: any WebhookDialect) { (state.withLock { $0.endpoint }, dialect) }

    /// Whether it is dead, or says nothing, and much waits for it.
    var isOverwhelmed: Bool { state.withLock { !$0.isWell && $0.busy.count >= Self.waitingMax } }

    /// Whether it has room for more, where it was left behind.
    var hasRoom: Bool {
        state.withLock { state in
            guard !state.hasMore else { return false }
            return state.isWell ? state.ready.count < Self.readyMax / 2 : state.busy.count < Self.waitingMin
        }
    }

    func update(_ endpoint: WebhookEndpoint) { state.withLock { $0.endpoint = endpoint } }

    /// Begins nothing more; what is on its way is waited for.
    func stop() {
        state.withLock { $0.isStopped = true }
        signal.raise()
    }

    /// Takes an event that is due.
    func offer(_ event: WebhookEvent) {
        state.withLock { state in
            guard !state.settled.contains(event.number) else { return }
            if state.busy.contains(event.lane) {
                if !state.ready.contains(where: { $0.number == event.number }) { state.deferred[event.lane] = event }
            } else if state.ready.count < Self.readyMax {
                state.busy.insert(event.lane)
                state.ready.append(event)
            } else {
                state.hasMore = true
            }
        }
        signal.raise()
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            var scanAt = ContinuousClock.now
            while !Task.isCancelled, !state.withLock({ $0.isStopped }) {
                let seen = signal.count
                while let event = next() { group.addTask { await self.runLane(from: event) } }
                let isWanting = state.withLock { $0.hasMore && $0.ready.count < Self.readyMax / 2 }
                if isWanting || ContinuousClock.now >= scanAt {
                    await scan()
                    scanAt = ContinuousClock.now + Self.scanPause
                } else {
                    let nextAt = state.withLock {
                        $0.isDead && $0.underWay == 0 && !$0.ready.isEmpty ? $0.nextAt : scanAt
                    }
                    await signal.wait(after: seen, atMost: min(scanAt, nextAt) - ContinuousClock.now)
                }
            }
        }
    }

    /// The next event, where another one may be sent now.
    private func next() -> WebhookEvent? {
        state.withLock { state in
            let most = state.isDead ? 1 : Self.lanesMax
            guard !state.isStopped, state.underWay < most, !state.ready.isEmpty else { return nil }
            guard !state.isDead || ContinuousClock.now >= state.nextAt else { return nil }
            state.underWay += 1
            return state.ready.removeFirst()
        }
    }

    /// Looks in the store for what is due.
    private func scan() async {
        let (endpoint, limit) = state.withLock { state in
            state.settled = []
            state.hasMore = false
            return (state.endpoint, state.busy.count + Self.readyMax / 2)
        }
        do {
            let events = try await delivery.store.dueWebhookEvents(
                of: endpoint.id,
                in: endpoint.organization,
                at: delivery.surroundings.now(),
                limit: limit
            )
            if events.count == limit { state.withLock { $0.hasMore = true } }
            for event in events { offer(event) }
        } catch {
            delivery.report("Due webhooks could not be read", error)
        }
    }

    /// Sends an event, and those of its lane after it, for as long as one may be sent.
    private func runLane(from first: WebhookEvent) async {
        var event: WebhookEvent? = first
        while let current = event {
            let following = await attempt(current)
            event = state.withLock { state in
                state.settled.insert(current.number)
                let deferred = state.deferred.removeValue(forKey: current.lane)
                let next = following ?? deferred.flatMap { $0.number == current.number ? nil : $0 }
                if let next, !state.isStopped { return next }
                state.underWay -= 1
                state.busy.remove(current.lane)
                return nil
            }
        }
        signal.raise()
    }

    /// Sends an event once, and gives the next of its lane where that may be sent now.
    private func attempt(_ event: WebhookEvent) async -> WebhookEvent? {
        guard let body = event.payload else { return nil }
        let endpoint = state.withLock { state in
            state.silentSince = state.silentSince ?? .now
            return state.endpoint
        }
        let now = delivery.surroundings.now()
        let attempt = event.attempts + 1
        let answer = await sender.send(
            OutgoingWebhook(
                url: endpoint.url,
                headers: dialect.headers(
                    of: event,
                    body: body,
                    attempt: attempt,
                    secrets: endpoint.activeSecrets(at: now).map(\.text),
                    at: now
                ),
                body: body
            )
        )
        // Of one that was cut off, nothing is known: it is sent again.
        guard !Task.isCancelled else { return nil }
        state.withLock { state in
            state.silentSince = nil
            state.failures = answer.isSuccess ? 0 : state.failures + 1
            let doublings = min(max(state.failures - Self.failuresMax, 0), 8)
            state.nextAt = ContinuousClock.now + min(Self.pauseMin * (1 << doublings), Self.pauseMax)
        }
        do {
            return try await settlements.settle(
                WebhookAttempt(
                    id: delivery.surroundings.newIdentifier(),
                    event: event,
                    answer: answer,
                    verdict: dialect.verdict(on: answer, attempt: attempt, chance: delivery.surroundings.newChance()),
                    at: delivery.surroundings.now(),
                    failuresMax: dialect.failuresMax
                )
            )
        } catch {
            delivery.report("A delivery could not be noted", error)
            return nil
        }
    }
}
