/// Lets go what was kept for long enough: changes, and what was sent of them.
public struct Retention: Sendable {
    /// How long they are kept unless the operator says otherwise, in days.
    public static let daysStandard = 90
    /// How long it is known at the least that something was sent.
    private static let deliveryDaysMin = 365
    /// Records that one call lets go at the most.
    private static let batchSize = 1_000

    private let store: any WebhookQueue
    private let surroundings: Surroundings
    private let days: Int

    public init(store: any WebhookQueue, surroundings: Surroundings = .system, days: Int = daysStandard) {
        self.store = store
        self.surroundings = surroundings
        self.days = days
    }

    /// Lets some go, and tells whether there may be more.
    public func forgetSome() async throws(DomainError) -> Bool {
        let now = surroundings.now()
        let moment = now.adding(seconds: -86_400 * Int64(days))
        let longAgo = now.adding(seconds: -86_400 * Int64(max(days, Self.deliveryDaysMin)))
        let changes = try await store.forgetChanges(before: moment, limit: Self.batchSize)
        let events = try await store.archiveWebhookEvents(before: moment, limit: Self.batchSize)
        let sent = try await store.forgetWebhookEvents(before: longAgo, limit: Self.batchSize)
        return max(changes, events, sent) == Self.batchSize
    }
}
