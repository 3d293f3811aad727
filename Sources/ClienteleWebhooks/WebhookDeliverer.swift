public import ClienteleCore
public import Logging
public import ServiceLifecycle
import Synchronization

/// Makes events of what changes, and sends them.
///
/// Any number of processes may run one: an organization is the business of one of them at a time, by a lease that it renews. What
/// a process has begun when it dies is sent again by the next, so that every event is sent at least once.
public struct WebhookDeliverer: Service {
    private let delivery: Delivery
    private let allowsPrivate: Bool

    /// How long a lease lasts, in seconds; how often it is renewed, and how long it rests where the store cannot answer.
    private static let leaseSeconds: Int64 = 5
    private static let renewal = Duration.seconds(1)
    /// How soon what another process wrote is seen.
    private static let pause = Duration.milliseconds(100)
    /// How long a look may take without a rest after it.
    private static let lookMax = Duration.milliseconds(2)

    /// Makes a deliverer.
    ///
    /// - Parameters:
    ///   - store: Where the changes are, and what was sent.
    ///   - dialects: How each dialect tells news.
    ///   - allowsPrivate: Whether `http` and the addresses of private networks are allowed.
    ///   - surroundings: The time, and chance.
    ///   - logger: Where it is told what went wrong.
    public init(
        store: any WebhookQueue,
        dialects: [Dialect: any WebhookDialect],
        allowsPrivate: Bool,
        surroundings: Surroundings = .system,
        logger: Logger
    ) {
        self.allowsPrivate = allowsPrivate
        self.delivery = Delivery(store: store, dialects: dialects, surroundings: surroundings, logger: logger)
    }

    public func run() async throws {
        let sender = WebhookSender(allowsPrivate: allowsPrivate, logger: delivery.logger)
        await withDiscardingTaskGroup { group in
            var owned = OwnedQueues(delivery, sender)
            var leaseAt = ContinuousClock.now
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                if ContinuousClock.now >= leaseAt {
                    leaseAt = ContinuousClock.now + Self.renewal
                    await renew(&owned, &group)
                }
                let seen = delivery.store.writes.count
                let began = ContinuousClock.now
                let hasLooked = await look(at: owned)
                let took = began.duration(to: .now)
                await cancelWhenGracefulShutdown {
                    guard hasLooked else { return _ = try? await Task.sleep(for: Self.renewal) }
                    await delivery.store.writes.wait(after: seen, atMost: Self.pause)
                    // Where there are so many organizations that a look takes long, three quarters of the time are left to others.
                    if took > Self.lookMax { try? await Task.sleep(for: took * 3) }
                }
            }
            owned.stop()
        }
        await sender.shutdown()
        // In a task of its own, since this one may be cancelled: nobody should wait for the lease to end.
        await Task { try? await delivery.store.releaseWebhookQueues(of: delivery.worker) }.value
    }

    /// Says that this process lives, and takes what is nobody's.
    private func renew(_ owned: inout OwnedQueues, _ group: inout DiscardingTaskGroup) async {
        let began = ContinuousClock.now
        let now = delivery.surroundings.now()
        do {
            let organizations = try await delivery.store.leaseWebhookQueues(
                to: delivery.worker,
                at: now,
                until: now.adding(seconds: Self.leaseSeconds)
            )
            owned.update(to: organizations, until: began + .seconds(Self.leaseSeconds), &group)
        } catch {
            delivery.report("Webhooks cannot be looked for", error)
            // By then others may have taken them.
            if ContinuousClock.now > owned.leaseEnd { owned.stop() }
        }
    }

    /// Wakes the queues of the organizations that have news; tells whether the store could tell.
    private func look(at owned: OwnedQueues) async -> Bool {
        guard !owned.isEmpty else { return true }
        do {
            let news = try await delivery.store.webhookNews(of: delivery.worker, at: delivery.surroundings.now())
            for news in news { owned.wake(news) }
            return true
        } catch {
            delivery.report("Changes cannot be looked for", error)
            return false
        }
    }
}

/// The queues of the organizations that are a process's.
private struct OwnedQueues {
    private let delivery: Delivery
    private let sender: WebhookSender
    private var queues: [Organization.ID: OrganizationQueue] = [:]
    /// Until when nobody else takes them.
    private(set) var leaseEnd = ContinuousClock.now

    init(_ delivery: Delivery, _ sender: WebhookSender) {
        self.delivery = delivery
        self.sender = sender
    }

    var isEmpty: Bool { queues.isEmpty }

    mutating func update(
        to organizations: Set<Organization.ID>,
        until end: ContinuousClock.Instant,
        _ group: inout DiscardingTaskGroup
    ) {
        leaseEnd = end
        for (organization, queue) in queues where !organizations.contains(organization) {
            queue.stop()
            queues[organization] = nil
        }
        for organization in organizations where queues[organization] == nil {
            let queue = OrganizationQueue(organization, delivery, sender)
            queues[organization] = queue
            group.addTask { await queue.run() }
        }
    }

    func wake(_ news: WebhookNews) { queues[news.organization]?.wake(news) }

    mutating func stop() {
        for queue in queues.values { queue.stop() }
        queues = [:]
    }
}

/// What all parts of the delivery share.
struct Delivery: Sendable {
    let store: any WebhookQueue
    let dialects: [Dialect: any WebhookDialect]
    let surroundings: Surroundings
    let logger: Logger
    let worker: Identifier<WebhookWorker>

    init(
        store: any WebhookQueue,
        dialects: [Dialect: any WebhookDialect],
        surroundings: Surroundings,
        logger: Logger
    ) {
        self.store = store
        self.dialects = dialects
        self.surroundings = surroundings
        self.logger = logger
        self.worker = surroundings.newIdentifier()
    }

    /// Tells the operator what failed; what is cut off because all ends has not.
    func report(_ failure: Logger.Message, _ error: any Error) {
        if !Task.isCancelled { logger.error(failure, metadata: ["error": "\(error)"]) }
    }
}
