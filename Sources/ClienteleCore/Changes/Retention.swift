/// Lets go what was kept for long enough: changes, and the bodies of webhooks.
public struct Retention: Sendable {
    /// How long they are kept unless the operator says otherwise, in days.
    public static let daysStandard = 90
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
        let moment = surroundings.now().adding(seconds: -86_400 * Int64(days))
        let changes = try await store.forgetChanges(before: moment, limit: Self.batchSize)
        let events = try await store.archiveWebhookEvents(before: moment, limit: Self.batchSize)
        return max(changes, events) == Self.batchSize
    }
}
