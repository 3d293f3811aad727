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

    /// How long a lease lasts, in seconds, and how often it is renewed.
    private static let leaseSeconds: Int64 = 5
    private static let renewal = Duration.seconds(1)

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
            var queues: [Organization.ID: OrganizationQueue] = [:]
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                let owned = await leased()
                for (organization, queue) in queues where owned?.contains(organization) == false {
                    queue.stop()
                    queues[organization] = nil
                }
                for organization in owned ?? [] where queues[organization] == nil {
                    let queue = OrganizationQueue(organization, delivery, sender)
                    queues[organization] = queue
                    group.addTask { await queue.run() }
                }
                await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.renewal) }
            }
            for queue in queues.values { queue.stop() }
        }
        await sender.shutdown()
        // In a task of its own, since this one may be cancelled: nobody should wait for the lease to end.
        await Task { try? await delivery.store.releaseWebhookQueues(of: delivery.worker) }.value
    }

    /// The organizations that are this process's for now; nil where the store cannot tell.
    private func leased() async -> Set<Organization.ID>? {
        let now = delivery.surroundings.now()
        do {
            return Set(
                try await delivery.store.leaseWebhookQueues(
                    to: delivery.worker,
                    at: now,
                    until: now.adding(seconds: Self.leaseSeconds)
                )
            )
        } catch {
            delivery.report("Webhooks cannot be looked for", error)
            return nil
        }
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
