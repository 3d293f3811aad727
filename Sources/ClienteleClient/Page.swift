/// A page of a list, with how much there is in all.
public struct Page<Item: WireModel>: Sendable {
    /// The records of the page.
    public let items: [Item]
    /// How many records the list has.
    public let totalCount: Int
    /// The number of the last page; 0 where the list is empty.
    public let maxPage: Int
    /// The number of this page, from 1.
    public let number: Int
    fileprivate let listing: Listing<Item>

    /// Whether another page follows.
    public var hasNext: Bool { number < maxPage }

    /// The page after this one, or nil behind the last.
    public func next() async throws(ClienteleError) -> Page? {
        hasNext ? try await listing.page(number + 1) : nil
    }
}

/// A list that is read page by page, as far as one walks.
///
/// ```swift
/// for try await customer in client.customers.list() { … }     // all of them
/// let page = try await client.customers.list(limit: 50).page()  // the first fifty, and how many there are
/// ```
public struct Listing<Item: WireModel>: AsyncSequence, Sendable {
    let connection: Connection
    let call: Call
    let limit: Int?
    let options: RequestOptions

    /// What a page is on the wire.
    struct WirePage: Decodable {
        struct Pagination: Decodable {
            var totalCount: Int?
            var maxPage: Int?
            var hasNextPage: Bool?
        }

        var items: [Item]
        var pagination: Pagination
    }

    /// The page of that number, from 1.
    public func page(_ number: Int = 1) async throws(ClienteleError) -> Page<Item> {
        var call = call
        call.query.add("page", number)
        call.query.add("limit", limit)
        let page: WirePage = try await connection.value(call, options)
        let next = page.pagination.hasNextPage.map { $0 ? number + 1 : number }
        return Page(
            items: page.items,
            totalCount: page.pagination.totalCount ?? page.items.count,
            maxPage: page.pagination.maxPage ?? next ?? number,
            number: number,
            listing: self
        )
    }

    /// The pages, from the first on.
    public var pages: Pages { Pages(listing: self) }

    /// The records of all pages, from the first on.
    public func makeAsyncIterator() -> Iterator { Iterator(pages: pages.makeAsyncIterator()) }

    /// A walk through the records of a list.
    public struct Iterator: AsyncIteratorProtocol {
        var pages: Pages.Iterator
        var items: ArraySlice<Item> = []

        /// The next record, or nil at the end.
        public mutating func next() async throws(ClienteleError) -> Item? { try await next(isolation: nil) }

        /// The next record, or nil at the end.
        public mutating func next(isolation: isolated (any Actor)?) async throws(ClienteleError) -> Item? {
            while items.isEmpty {
                guard let page = try await pages.next(isolation: isolation) else { return nil }
                items = page.items[...]
            }
            return items.popFirst()
        }
    }

    /// A list as a sequence of pages.
    public struct Pages: AsyncSequence, Sendable {
        let listing: Listing

        /// Begins with the first page.
        public func makeAsyncIterator() -> Iterator { Iterator(listing: listing) }

        /// A walk through the pages of a list.
        public struct Iterator: AsyncIteratorProtocol {
            let listing: Listing
            var last: Page<Item>?

            init(listing: Listing) { self.listing = listing }

            /// The next page, or nil at the end.
            public mutating func next() async throws(ClienteleError) -> Page<Item>? { try await next(isolation: nil) }

            /// The next page, or nil at the end.
            public mutating func next(
                isolation: isolated (any Actor)?
            ) async throws(ClienteleError) -> Page<Item>? {
                guard !Task.isCancelled else { throw .cancelled }
                guard let last else {
                    last = try await listing.page()
                    return last
                }
                guard let next = try await last.next() else { return nil }
                self.last = next
                return next
            }
        }
    }
}
