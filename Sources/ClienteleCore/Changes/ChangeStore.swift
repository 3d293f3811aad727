/// Where the changes of organizations are kept.
///
/// Each is written by the transaction that makes it, and has its place once that has been committed.
public protocol ChangeStore: Sendable {
    /// Up to `limit` changes after that one, oldest first; nil begins with the oldest that is kept.
    ///
    /// Throws `.changesGone` where the one after it is kept no longer.
    func changes(
        of organization: Organization.ID,
        after last: FeedEntry.Sequence?,
        limit: Int
    ) async throws(DomainError) -> ChangePage

    /// The last change of the organization that was committed; 0 where there was none.
    func lastChange(of organization: Organization.ID) async throws(DomainError) -> FeedEntry.Sequence

    /// Gives all changes that were committed their places, so that others see them.
    func placeChanges() async throws(DomainError)

    /// Removes up to `limit` changes of before that moment, the oldest first, and tells how many there were.
    ///
    /// The last change of an organization stays.
    func forgetChanges(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int

    /// Tells that something was written by this process.
    var writes: WriteSignal { get }
}

/// The use cases of the feed.
public struct Changes: Sendable {
    /// The most changes that one call gives.
    public static let limitMax = 1_000
    /// How soon what another process wrote is seen by who waits.
    private static let pause = Duration.milliseconds(100)

    private let store: any ChangeStore

    public init(store: any ChangeStore) { self.store = store }

    public func page(
        of organization: Organization.ID,
        after last: FeedEntry.Sequence?,
        limit: Int
    ) async throws(DomainError) -> ChangePage {
        try await store.changes(of: organization, after: last, limit: limit)
    }

    /// Gives places to what nobody has read yet, so that it need not be done all at once when somebody does.
    public func place() async throws(DomainError) { try await store.placeChanges() }

    public func last(of organization: Organization.ID) async throws(DomainError) -> FeedEntry.Sequence {
        try await store.lastChange(of: organization)
    }

    /// The changes after `last`; waits for some, and gives none where `time` passes or the task is cancelled before.
    public func next(
        of organization: Organization.ID,
        after last: FeedEntry.Sequence,
        limit: Int,
        waiting time: Duration
    ) async throws(DomainError) -> [FeedEntry] {
        let end = ContinuousClock.now + time
        while true {
            let seen = store.writes.count
            let page = try await store.changes(of: organization, after: last, limit: limit)
            guard page.changes.isEmpty, !Task.isCancelled, ContinuousClock.now < end else { return page.changes }
            await store.writes.wait(after: seen, atMost: Self.pause)
        }
    }
}
