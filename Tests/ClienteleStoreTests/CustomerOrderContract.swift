import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any store lists customers in order, page by page")
struct CustomerOrderContract {
    @Test(arguments: TestEngine.allCases)
    func sortsWithoutRegardToCaseAndCustomersWithoutAValueLast(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let owner = CustomerDraft.Owner(email: try EmailAddress("owner@example.com"))
            let names = ["bob", "Alice", nil, "alice2", "\u{C9}mile", "Zed", ""]
            let emails = ["B@x.co", "a@x.co", nil, "C@x.co", "\u{E9}@x.co", "d@x.co", "A.b@x.co"]
            var all: [Customer] = []
            for (name, email) in zip(names, emails) {
                all.append(try await house.create(email, kind: .team, name: name, owner: owner))
            }
            func order(_ sorting: CustomerQuery.Sorting...) async throws -> [Customer.ID] {
                let query = CustomerQuery(organizations: [house.a], sorting: sorting, limit: 100)
                return try await house.customers.list(query).items.map(\.id)
            }
            let ids = all.map(\.id)
            #expect(try await order(.init(.createdAt)) == ids)
            #expect(try await order(.init(.createdAt, descending: true)) == ids.reversed())
            let byName = [6, 1, 3, 0, 5, 4, 2].map { ids[$0] }
            #expect(try await order(.init(.name)) == byName)
            #expect(try await order(.init(.name, descending: true)) == byName.reversed())
            let byEmail = [6, 1, 0, 3, 5, 4, 2].map { ids[$0] }
            #expect(try await order(.init(.email)) == byEmail)
            #expect(try await order(.init(.email, descending: true)) == byEmail.reversed())
        }
    }

    @Test(arguments: TestEngine.allCases)
    func sortsByLaterKeysWhereEarlierOnesAreEqual(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            var ids: [Customer.ID] = []
            for (email, name) in [("1@x.co", "Same"), ("3@x.co", "same"), ("2@x.co", "SAME"), ("4@x.co", "A")] {
                ids.append(try await house.create(email, name: name).id)
            }
            let expected: [([CustomerQuery.Sorting], [Int])] = [
                ([.init(.name), .init(.email)], [3, 0, 2, 1]),
                ([.init(.name), .init(.email, descending: true)], [3, 1, 2, 0]),
                ([.init(.name), .init(.createdAt, descending: true)], [3, 2, 1, 0]),
                ([.init(.name, descending: true), .init(.email)], [0, 2, 1, 3]),
                ([.init(.name, descending: true), .init(.createdAt)], [0, 1, 2, 3]),
            ]
            for (sorting, order) in expected {
                let query = CustomerQuery(organizations: [house.a], sorting: sorting)
                #expect(try await house.customers.list(query).items.map(\.id) == order.map { ids[$0] }, "\(sorting)")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func neitherRepeatsNorSkipsACustomerOverManyPages(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let owner = CustomerDraft.Owner(email: try EmailAddress("owner@example.com"))
            let drafts = (0..<250).map { number in
                CustomerDraft(
                    kind: .team,
                    email: number.isMultiple(of: 3) ? nil : EmailAddress(stored: "c\(number)@example.com"),
                    name: number.isMultiple(of: 4) ? nil : "Name \(number % 5)",
                    owner: owner
                )
            }
            let still = Surroundings(now: { Timestamp(microseconds: 0) }, random: { .random(in: .min ... .max) })
            let customers = Customers(store: house.store, surroundings: still)
            let made = await failures(250) { try await customers.create(drafts[$0], in: $0 < 200 ? house.a : house.b) }
            #expect(made.allSatisfy { $0 == nil })
            let keys = CustomerQuery.Sorting.Key.allCases
            var sortings = keys.flatMap { [[CustomerQuery.Sorting($0)], [.init($0, descending: true)]] }
            sortings.append([.init(.name, descending: true), .init(.createdAt), .init(.email)])
            for sorting in sortings {
                for organizations in [[house.a], [house.a, house.b]] {
                    let count = organizations.count == 1 ? 200 : 250
                    var seen: [Customer.ID] = []
                    for page in 1...(count / 17 + 1) {
                        let query = CustomerQuery(organizations: organizations, sorting: sorting, page: page, limit: 17)
                        let answer = try await house.customers.list(query)
                        #expect(answer.totalCount == count)
                        seen += answer.items.map(\.id)
                    }
                    #expect(seen.count == count, "\(sorting)")
                    #expect(Set(seen).count == count, "\(sorting)")
                }
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func answersAPageBeyondTheLastWithNothingButTheTotal(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            for number in 0..<3 { try await house.create("c\(number)@example.com") }
            for page in [3, 1_000_000, Int.max / 100, Int.max / 2 + 2, .max] {
                for (search, limit) in [(nil, 2), ("example", 2), (nil, 100), ("ex", .max)] {
                    let query = CustomerQuery(organizations: [house.a], search: search, page: page, limit: limit)
                    let answer = try await house.customers.list(query)
                    #expect(answer.items.isEmpty, "\(page)")
                    #expect(answer.totalCount == 3)
                }
            }
        }
    }

    /// Above 5,000 matches the store asks in another way, which must not be seen.
    @Test func answersAlikeForVeryManyMatches() async throws {
        try await withHouse(.sqliteInMemory) { house in
            let drafts = (0..<5_200).map { number in
                CustomerDraft(
                    email: EmailAddress(stored: "c\(number * 7_919 % 5_200)@example.com"),
                    externalID: "Ext-\(number)",
                    name: number == 77 ? nil : "Name \(number * 7_907 % 5_200)",
                    metadata: Metadata([.init("all", "yes"), .init("tier", number < 5_100 ? "pro" : "free")])
                )
            }
            let all = try await house.create(drafts, in: house.a)
            try await house.create("c1@example.com", externalID: "Ext-1", metadata: drafts[0].metadata, in: house.b)
            let pro = Set(all.filter { $0.externalID.flatMap { Int($0.dropFirst(4)) } ?? 5_200 < 5_100 }.map(\.id))
            let queries: [(CustomerQuery, Set<Customer.ID>)] = [
                (CustomerQuery(organizations: [house.a], search: "EXAMPLE"), Set(all.map(\.id))),
                (CustomerQuery(organizations: [house.a], search: "ext-"), Set(all.map(\.id))),
                (CustomerQuery(organizations: [house.a], search: "zq"), []),
                (CustomerQuery(organizations: [house.a], search: "@"), Set(all.map(\.id))),
                (CustomerQuery(organizations: [house.a], metadata: [("all", ["no", "yes"])]), Set(all.map(\.id))),
                (CustomerQuery(organizations: [house.a], search: "example", metadata: [("tier", ["pro"])]), pro),
                (CustomerQuery(organizations: [house.a]), Set(all.map(\.id))),
            ]
            for key in CustomerQuery.Sorting.Key.allCases {
                let ascending = all.sorted(by: key)
                for (query, matches) in queries {
                    let expected = ascending.filter { matches.contains($0.id) }
                    try await expectPages(of: query, .init(key), expected, house)
                    try await expectPages(of: query, .init(key, descending: true), expected.reversed(), house)
                }
            }
        }
    }

    private func expectPages(
        of query: CustomerQuery,
        _ sorting: CustomerQuery.Sorting,
        _ expected: [Customer],
        _ house: House
    ) async throws {
        for page in [1, 23, 52, 53] {
            var query = query
            query.sorting = [sorting]
            query.limit = 100
            query.page = page
            let answer = try await house.customers.list(query)
            let what = "\(query.search ?? "") \(query.metadata) \(sorting) \(page)"
            #expect(answer.totalCount == expected.count, "\(what)")
            let ids = expected.dropFirst((page - 1) * 100).prefix(100).map(\.id)
            #expect(answer.items.map(\.id) == ids, "\(what)")
        }
    }
}

extension [Customer] {
    /// As a list that ascends by `key` shows them; no two have the same value.
    fileprivate func sorted(by key: CustomerQuery.Sorting.Key) -> [Customer] {
        let keys = map { customer -> String? in
            switch key {
            case .createdAt: customer.createdAt.text
            case .email: customer.email?.text.lowercased()
            case .name: customer.name?.lowercased()
            }
        }
        let order = indices.sorted { left, right in
            guard let first = keys[left], let second = keys[right] else {
                return keys[right] == nil && keys[left] != nil
            }
            return first.utf8.lexicographicallyPrecedes(second.utf8)
        }
        return order.map { self[$0] }
    }
}
