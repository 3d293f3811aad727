/// What every list is asked: whose records, which of their metadata, in what order, which page.
public struct RecordQuery<Key: Sendable & RawRepresentable>: Sendable where Key.RawValue == String {
    /// Never empty of the caller's rights: the caller narrows it before it asks.
    public var organizations: [Organization.ID]
    /// For each name, the values of which the record must have one.
    public var metadata: [(name: String, values: [String])]
    /// The most significant first.
    public var sorting: [(key: Key, descending: Bool)]
    /// Counted from 1.
    public var page: Int
    /// Records a page.
    public var limit: Int

    public init(
        organizations: [Organization.ID],
        metadata: [(name: String, values: [String])] = [],
        sorting: [(key: Key, descending: Bool)],
        page: Int = 1,
        limit: Int = 10
    ) {
        self.organizations = organizations
        self.metadata = metadata
        self.sorting = sorting
        self.page = page
        self.limit = limit
    }
}
