import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Testing

/// A store of its own with two empty organizations, and the use cases over it.
struct House: Sendable {
    let store: SQLStore
    let clock: TestSurroundings
    let customers: Customers
    let members: Members
    let products: Products
    let benefits: Benefits
    let subscriptions: Subscriptions
    let meters: Meters
    let events: Events
    let states: CustomerStates
    let settlement: Settlement
    let organizations: Organizations
    let tokens: AccessTokens
    let policies: Policies
    let a: Organization.ID
    let b: Organization.ID

    /// Makes the two organizations.
    init(_ store: SQLStore, clock: TestSurroundings = TestSurroundings()) async throws {
        let organizations = Organizations(store: store, surroundings: clock.surroundings)
        let a = try await organizations.create(name: "A").id
        self.init(store, clock: clock, a: a, b: try await organizations.create(name: "B").id)
    }

    /// A house of two organizations that the store has already.
    ///
    /// Two houses on one database share a clock, so that no id is given twice.
    init(_ store: SQLStore, clock: TestSurroundings, a: Organization.ID, b: Organization.ID) {
        let surroundings = clock.surroundings
        self.store = store
        self.clock = clock
        self.customers = Customers(store: store, surroundings: surroundings)
        self.members = Members(store: store, surroundings: surroundings)
        self.products = Products(store: store, surroundings: surroundings)
        self.benefits = Benefits(store: store, surroundings: surroundings)
        self.subscriptions = Subscriptions(store: store, surroundings: surroundings)
        self.meters = Meters(store: store, surroundings: surroundings)
        self.events = Events(store: store, surroundings: surroundings)
        self.states = CustomerStates(store: store, surroundings: surroundings)
        self.settlement = Settlement(store: store, surroundings: surroundings)
        self.organizations = Organizations(store: store, surroundings: surroundings)
        self.tokens = AccessTokens(store: store, surroundings: surroundings)
        self.policies = Policies(store: store)
        self.a = a
        self.b = b
    }
}

/// Runs `body` in a house of its own, and leaves nothing behind.
func withHouse(_ engine: TestEngine = .standard, _ body: (House) async throws -> Void) async throws {
    try await withStore(engine) { try await body(try await House($0)) }
}

extension House {
    /// Creates a customer, of organization A unless told otherwise.
    @discardableResult func create(
        _ email: String?,
        kind: Customer.Kind = .individual,
        externalID: String? = nil,
        name: String? = nil,
        metadata: Metadata = Metadata(),
        owner: CustomerDraft.Owner? = nil,
        in organization: Organization.ID? = nil
    ) async throws -> Customer {
        try await customers.create(
            CustomerDraft(
                kind: kind,
                email: try email.map { try EmailAddress($0) },
                externalID: externalID,
                name: name,
                metadata: metadata,
                owner: owner
            ),
            in: organization ?? a
        )
    }

    /// Creates a team with an e-mail address, owned by somebody of another.
    func createTeam(_ email: String = "team@example.com") async throws -> Customer {
        try await create(email, kind: .team, owner: .init(email: try EmailAddress("owner@example.com"), name: "Owner"))
    }

    /// Creates as many customers as `drafts` in any order, many at once.
    func create(_ drafts: [CustomerDraft], in organization: Organization.ID) async throws -> [Customer] {
        let customers = customers
        return try await withThrowingTaskGroup(of: Customer.self) { group in
            for draft in drafts { group.addTask { try await customers.create(draft, in: organization) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    func customer(_ customer: Customer) async throws -> Customer {
        try await customers.customer(.id(customer.id), in: [customer.organization])
    }

    @discardableResult func update(_ customer: Customer, _ patch: CustomerPatch) async throws -> Customer {
        try await customers.update(.id(customer.id), in: [customer.organization], by: patch)
    }

    func delete(_ customer: Customer, anonymize: Bool = false) async throws {
        try await customers.delete(.id(customer.id), in: [customer.organization], anonymize: anonymize)
    }

    /// The live members of a customer, newest first.
    func members(of customer: Customer) async throws -> [Member] {
        let query = MemberQuery(organizations: [customer.organization], customer: .id(customer.id), limit: 100)
        return try await members.list(query).items
    }

    func owner(of customer: Customer) async throws -> Member? {
        try await members(of: customer).first { $0.role == .owner }
    }

    /// The names of the customers of A in which a search finds `text`, oldest first.
    func names(search text: String) async throws -> [String] {
        try await names(CustomerQuery(organizations: [a], search: text))
    }

    /// The names of the customers of A with one of the values of each pair, oldest first.
    func names(metadata: [(name: String, values: [String])]) async throws -> [String] {
        try await names(CustomerQuery(organizations: [a], metadata: metadata))
    }

    /// The names of the first 100 customers of a query, oldest first; it is wrong for a total to be another.
    func names(_ query: CustomerQuery) async throws -> [String] {
        var query = query
        query.sorting = [.init(.createdAt)]
        query.limit = 100
        let page = try await customers.list(query)
        try #require(page.totalCount == page.items.count)
        return page.items.map { $0.name ?? "nil" }
    }

    /// The rows of a statement, each column as text.
    func rows(_ sql: String, columns: Int) async throws -> [[String?]] {
        try await store.engine.read { session in
            try session.rows(sql) { row in (0..<columns).map { row.anyText($0) } }
        }
    }

    /// How many customers of A, or of another organization, lists count.
    func total(_ organization: Organization.ID? = nil) async throws -> Int {
        try await customers.list(CustomerQuery(organizations: [organization ?? a], limit: 1)).totalCount
    }
}

/// How a call failed, in a form to compare.
enum Failure: Equatable {
    case notFound(DomainError.Resource)
    case refused([Refusal.Rule])
    case notPermitted(DomainError.NotPermitted)
    case ambiguousExternalID
    case notEntitled(Plan.Denial)
    case keyReused
    case unavailable
    case other(String)
}

/// How `call` fails; nil where it does not.
func failure(_ call: () async throws -> some Any) async -> Failure? {
    do {
        _ = try await call()
        return nil
    } catch let error as DomainError {
        switch error {
        case .notFound(let resource): return .notFound(resource)
        case .refused(let refusals): return .refused(refusals.map(\.rule))
        case .notPermitted(let reason): return .notPermitted(reason)
        case .ambiguousExternalID: return .ambiguousExternalID
        case .notEntitled(let denial): return .notEntitled(denial)
        case .keyReused: return .keyReused
        case .subscription, .versionMismatch, .stateTooOld, .changesGone, .rateLimited, .answered, .keyInProgress:
            return .other("\(error)")
        case .unavailable: return .unavailable
        case .fault(let cause): return .other("fault: \(cause)")
        }
    } catch {
        return .other("\(error)")
    }
}

/// How each of `count` calls that are made at once fails, in no order.
func failures(_ count: Int, _ call: @escaping @Sendable (Int) async throws -> some Sendable) async -> [Failure?] {
    await withTaskGroup(of: Failure?.self) { group in
        for number in 0..<count { group.addTask { await failure { try await call(number) } } }
        return await group.reduce(into: []) { $0.append($1) }
    }
}

extension AccessTokens {
    /// The usable token of that secret, or nil.
    func token(withSecret secret: some StringProtocol) async throws -> AccessToken? {
        guard case .usable(let caller) = try await check(secret: secret) else { return nil }
        return caller.token
    }
}
