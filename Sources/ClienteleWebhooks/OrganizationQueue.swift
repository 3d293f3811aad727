import ClienteleCore
import Logging
import Synchronization

/// Makes events of one organization's changes, for each of its endpoints, and has them sent.
final class OrganizationQueue: Sendable {
    private let organization: Organization.ID
    private let delivery: Delivery
    private let sender: WebhookSender
    private let isStopped = Atomic(false)
    /// The version of the endpoints that it knows.
    private let version = Atomic<Int64>(-1)
    private let signal = WriteSignal()

    /// Changes that are made into events at once, where there are few endpoints; and events that one transaction adds.
    private static let (changesMax, eventsMax) = (200, 2_000)
    /// How often it looks at its endpoints by itself; more often where one is behind the others.
    private static let (pause, pauseBehind) = (Duration.seconds(1), Duration.milliseconds(100))
    private static let pauseAfterFailure = Duration.seconds(1)
    private static let pauseAfterRefusal = Duration.milliseconds(10)

    init(_ organization: Organization.ID, _ delivery: Delivery, _ sender: WebhookSender) {
        self.organization = organization
        self.delivery = delivery
        self.sender = sender
    }

    /// Begins nothing more; what is on its way is waited for.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        signal.raise()
    }

    /// Has it look, where there is anything new.
    func wake(_ news: WebhookNews) {
        if news.hasChanges || news.version != version.load(ordering: .relaxed) { signal.raise() }
    }

    func run() async {
        let settlements = Settlements(of: organization, in: delivery.store)
        await withDiscardingTaskGroup { group in
            group.addTask { await settlements.run() }
            await deliver(settlements)
            settlements.stop()
        }
    }

    /// Ends once it is stopped, and nothing is on its way any more.
    private func deliver(_ settlements: Settlements) async {
        await withDiscardingTaskGroup { group in
            var senders: [WebhookEndpoint.ID: EndpointSender] = [:]
            var known: WebhookQueueState?
            var last: WebhookEndpoint.ID?
            while !isStopped.load(ordering: .relaxed), !Task.isCancelled {
                let seen = signal.count
                do {
                    let state = try await delivery.store.webhookQueue(of: organization, knowing: known)
                    if state.version != known?.version { update(&senders, to: state.endpoints, settlements, &group) }
                    version.store(state.version, ordering: .relaxed)
                    known = state
                    try await leaveBehind(state, senders)
                    let hasMore = try await makeEvents(state, senders)
                    let current =
                        hasMore ? try await delivery.store.webhookQueue(of: organization, knowing: state) : state
                    let caughtUp = try await catchUp(current, senders, after: last)
                    last = caughtUp ?? last
                    if hasMore || caughtUp != nil { continue }
                    let isAnyBehind = current.endpoints.contains { $0.behind != nil }
                    await signal.wait(after: seen, atMost: isAnyBehind ? Self.pauseBehind : Self.pause)
                } catch {
                    delivery.report("Changes could not be made into webhooks", error)
                    try? await Task.sleep(for: Self.pauseAfterFailure)
                }
            }
            for sender in senders.values { sender.stop() }
        }
    }

    /// Leaves those behind that cannot keep up.
    private func leaveBehind(
        _ state: WebhookQueueState,
        _ senders: [WebhookEndpoint.ID: EndpointSender]
    ) async throws {
        let dead = state.endpoints.filter { $0.behind == nil && senders[$0.id]?.isOverwhelmed == true }
        guard !dead.isEmpty else { return }
        try await delivery.store.leaveBehind(dead.map(\.id), of: organization, by: delivery.worker)
    }

    private func update(
        _ senders: inout [WebhookEndpoint.ID: EndpointSender],
        to endpoints: [WebhookEndpoint],
        _ settlements: Settlements,
        _ group: inout DiscardingTaskGroup
    ) {
        for (id, sender) in senders where !endpoints.contains(where: { $0.id == id }) {
            sender.stop()
            senders[id] = nil
        }
        for endpoint in endpoints {
            guard let dialect = delivery.dialects[endpoint.dialect] else { continue }
            if let known = senders[endpoint.id] {
                known.update(endpoint)
            } else {
                let new = EndpointSender(endpoint, dialect, delivery, sender, settlements)
                senders[endpoint.id] = new
                group.addTask { await new.run() }
            }
        }
    }

    /// Makes events of some changes, and of states that are due; tells whether there were any.
    private func makeEvents(
        _ state: WebhookQueueState,
        _ senders: [WebhookEndpoint.ID: EndpointSender]
    ) async throws -> Bool {
        let now = delivery.surroundings.now()
        let others = state.endpoints.filter { $0.behind == nil }
        let entries = try await entries(after: state.made, for: others.count)
        let due = try await delivery.store.dueWebhookStates(of: organization, at: now, limit: Self.changesMax)
        guard !entries.isEmpty || !due.isEmpty else { return false }
        var batch = WebhookBatch(
            organization: organization,
            worker: delivery.worker,
            state: state,
            made: entries.last?.sequence ?? state.made
        )
        for entry in entries { add(entry, for: others, to: &batch) }
        for state in due { try await tell(state, senders, at: now, in: &batch) }
        try await add(batch, at: now, senders)
        return true
    }

    /// Adds events, and has those sent that are due.
    private func add(
        _ batch: WebhookBatch,
        at now: Timestamp,
        _ senders: [WebhookEndpoint.ID: EndpointSender]
    ) async throws {
        guard let events = try await delivery.store.add(batch, at: now) else {
            // The endpoints have changed meanwhile, or another process has the organization: it is looked at anew.
            try? await Task.sleep(for: Self.pauseAfterRefusal)
            return
        }
        for event in events { senders[event.endpoint]?.offer(event) }
    }

    /// Makes events for one of those that are behind the others and have room, in turns; gives whose turn it was.
    private func catchUp(
        _ state: WebhookQueueState,
        _ senders: [WebhookEndpoint.ID: EndpointSender],
        after last: WebhookEndpoint.ID?
    ) async throws -> WebhookEndpoint.ID? {
        let stragglers = state.endpoints.filter { $0.behind != nil && senders[$0.id]?.hasRoom == true }
            .sorted { $0.id < $1.id }
        let following = last.flatMap { last in stragglers.first { last < $0.id } }
        guard let straggler = following ?? stragglers.first, let behind = straggler.behind else { return nil }
        let entries = try await entries(after: behind, for: 1).filter { $0.sequence <= state.made }
        var batch = WebhookBatch(
            organization: organization,
            worker: delivery.worker,
            state: state,
            made: entries.last?.sequence ?? state.made,
            straggler: straggler
        )
        for entry in entries { add(entry, for: [straggler], to: &batch) }
        try await add(batch, at: delivery.surroundings.now(), senders)
        return straggler.id
    }

    /// The next changes, so many that their events for that many endpoints are not too many for one transaction.
    private func entries(after last: FeedEntry.Sequence, for endpoints: Int) async throws -> [FeedEntry] {
        let limit = min(Self.changesMax, max(1, Self.eventsMax / max(1, endpoints)))
        var last = last
        while true {
            do throws(DomainError) {
                return try await delivery.store.changes(of: organization, after: last, limit: limit).changes
            } catch {
                // They were kept for as long as the operator wants, and nobody was there to send them.
                guard case .changesGone(let first) = error else { throw error }
                last = first - 1
            }
        }
    }

    private func add(_ entry: FeedEntry, for endpoints: [WebhookEndpoint], to batch: inout WebhookBatch) {
        var bodies: [BodyKey: String?] = [:]
        for endpoint in endpoints where entry.sequence > endpoint.since {
            guard let dialect = delivery.dialects[endpoint.dialect] else { continue }
            if let customer = entry.customer, entry.changesState, endpoint.isTold(dialect.stateEventName) {
                batch.states.append(
                    NewWebhookState(
                        endpoint: endpoint.id,
                        customer: customer,
                        sequence: entry.sequence,
                        at: entry.at
                    )
                )
            }
            guard let name = dialect.eventName(of: entry.kind), endpoint.isTold(name) else { continue }
            let key = BodyKey(dialect: endpoint.dialect, format: endpoint.format)
            let body = bodies[key] ?? dialect.body(of: entry, format: endpoint.format)
            bodies[key] = body
            guard let body else { continue }
            batch.events.append(
                NewWebhookEvent(
                    id: delivery.surroundings.newIdentifier(),
                    endpoint: endpoint.id,
                    lane: entry.lane,
                    kind: name,
                    sequence: entry.sequence,
                    stateVersion: entry.stateVersion,
                    payload: body
                )
            )
        }
    }

    private struct BodyKey: Hashable {
        let dialect: Dialect
        let format: WebhookEndpoint.Format
    }

    /// Adds the event that tells a customer's state, as it is now.
    private func tell(
        _ due: DueWebhookState,
        _ senders: [WebhookEndpoint.ID: EndpointSender],
        at now: Timestamp,
        in batch: inout WebhookBatch
    ) async throws {
        batch.told.append(due)
        guard let (endpoint, dialect) = senders[due.endpoint]?.target, let name = dialect.stateEventName else { return }
        let state = try await delivery.store.lastState(of: due.customer, in: organization)
        batch.events.append(
            NewWebhookEvent(
                id: delivery.surroundings.newIdentifier(),
                endpoint: endpoint.id,
                lane: Identifier(high: due.customer.high, low: due.customer.low),
                kind: name,
                // It shows all that was told before it, and is not older news.
                sequence: max(due.sequence, batch.made),
                stateVersion: state.customer.stateVersion,
                payload: dialect.body(of: state, at: now, format: endpoint.format)
            )
        )
    }
}

extension WebhookEndpoint {
    fileprivate func isTold(_ event: String?) -> Bool { event.map(events.contains) ?? false }
}

extension FeedEntry {
    /// Whether it changes what a customer's state shows: members are no part of it.
    fileprivate var changesState: Bool {
        switch kind {
        case .memberCreated, .memberUpdated, .memberDeleted, .benefitCreated, .benefitUpdated, .productCreated,
            .productUpdated:
            false
        case .customerCreated, .customerUpdated, .customerArchived, .customerDeleted, .subscriptionCreated,
            .subscriptionActive, .subscriptionUpdated, .subscriptionCanceled, .subscriptionUncanceled,
            .subscriptionCycled, .subscriptionRevoked, .grantCreated, .grantUpdated, .grantCycled, .grantRevoked,
            .customerMeterUpdated:
            true
        }
    }

    /// What it must be sent in order with: the other news of its customer, else of its record.
    fileprivate var lane: Identifier<Never> {
        if let customer { return Identifier(high: customer.high, low: customer.low) }
        switch subject {
        case .benefit(let benefit): return Identifier(high: benefit.id.high, low: benefit.id.low)
        case .product(let product): return Identifier(high: product.id.high, low: product.id.low)
        case .customer, .member, .subscription, .grant, .customerMeter, nil:
            return Identifier(high: organization.high, low: organization.low)
        }
    }
}
