/// Which customers a list shows, in what order.
public struct CustomerQuery: Sendable {
    /// Only customers of these; never empty of the caller's rights: the caller narrows it before it asks.
    public var organizations: [Organization.ID]
    /// The whole address, in any letter case.
    public var email: String?
    /// Found anywhere in e-mail, name or billing name, or at the start of the external id; in any letter case.
    public var search: String?
    /// With, or without, a subscription that is in force.
    public var active: Bool?
    /// For each name, the values of which the customer must have one.
    public var metadata: [(name: String, values: [String])]
    /// The most significant first.
    public var sorting: [Sorting]
    /// Counted from 1.
    public var page: Int
    /// Customers a page.
    public var limit: Int

    public struct Sorting: Sendable, Equatable {
        public enum Key: String, Sendable, CaseIterable { case createdAt = "created_at", email, name }

        public let key: Key
        public let descending: Bool

        public init(_ key: Key, descending: Bool = false) {
            self.key = key
            self.descending = descending
        }
    }

    public init(
        organizations: [Organization.ID],
        email: String? = nil,
        search: String? = nil,
        active: Bool? = nil,
        metadata: [(name: String, values: [String])] = [],
        sorting: [Sorting] = [Sorting(.createdAt, descending: true)],
        page: Int = 1,
        limit: Int = 10
    ) {
        self.organizations = organizations
        self.email = email
        self.search = search
        self.active = active
        self.metadata = metadata
        self.sorting = sorting
        self.page = page
        self.limit = limit
    }
}

/// One page of a list, and how many there are in all.
public struct Page<Item: Sendable>: Sendable {
    public let items: [Item]
    public let totalCount: Int

    package init(items: [Item], totalCount: Int) {
        self.items = items
        self.totalCount = totalCount
    }
}
