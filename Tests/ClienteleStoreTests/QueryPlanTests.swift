import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

/// What SQLite plans for the statements that the store truly runs, as a recording engine below it hears them.
@Suite("Query plans")
struct QueryPlanTests {
    /// What follows each read of customers: the owner's e-mail address, where the customer has none, and events that wait.
    private let owner = [
        "members_owner (organization_id=? AND customer_number=?)",
        "w (organization_id=? AND external_customer_id=?)",
    ]

    @Test func findOneCustomerByAnIndex() async throws {
        try await withPlans { house, plans in
            let customer = try await house.create("a@example.com", externalID: "x")
            let byID = try await plans { _ = try await house.customer(customer) }
            #expect(byID == ["sqlite_autoindex_customers_1 (organization_id=? AND id=?)"] + owner)
            let byExternalID = try await plans {
                _ = try await house.customers.customer(.externalID("x"), in: [house.a])
            }
            #expect(byExternalID == ["customers_external_id (organization_id=? AND external_id=?)"] + owner)
            let keys = CustomerKeys(email: customer.email, externalID: "x")
            let taken = try await plans { _ = try await house.store.taken(keys, in: house.a) }
            #expect(
                taken == [
                    "customers_email (organization_id=? AND email_key=? AND email_share=?)",
                    "customers_external_id (organization_id=? AND external_id=?)",
                ]
            )
        }
    }

    @Test func walkTheIndexOfTheOrder() async throws {
        try await withPlans { house, plans in
            try await house.create("a@example.com")
            let indexes: [(CustomerQuery.Sorting.Key, String)] = [
                (.createdAt, "customers_by_created_at"), (.email, "customers_email"), (.name, "customers_by_name"),
            ]
            for (key, index) in indexes {
                for descending in [false, true] {
                    let sorting = [CustomerQuery.Sorting(key, descending: descending)]
                    let query = CustomerQuery(organizations: [house.a], sorting: sorting)
                    let used = try await plans { _ = try await house.customers.list(query) }
                    let counts = "customer_counts (organization_id=?)"
                    #expect(used == [counts, "\(index) (organization_id=?)"] + owner, "\(sorting)")
                }
            }
            let batch = try await plans { _ = try await house.store.customers(of: house.a, after: nil, limit: 10) }
            #expect(batch.contains { $0.hasPrefix("customers_by_created_at (organization_id=? AND ") }, "\(batch)")
        }
    }

    @Test func findAnEmailByItsIndex() async throws {
        try await withPlans { house, plans in
            try await house.create("ada@example.com")
            let query = CustomerQuery(organizations: [house.a], email: "ada@example.com")
            let used = try await plans { _ = try await house.customers.list(query) }
            let index = "customers_email (organization_id=? AND email_key=?)"
            #expect(used == [index, index] + owner)
        }
    }

    @Test func findTheCustomersOfAFilterByItsIndexAndNoOthers() async throws {
        try await withPlans { house, plans in
            try await house.create("ada@example.com", externalID: "x", metadata: Metadata([.init("tier", "pro")]))
            let byExternalID =
                "customers_external_id_key (organization_id=? AND external_id_key>? AND external_id_key<?)"
            let queries: [(CustomerQuery, Set<String>)] = [
                (
                    CustomerQuery(organizations: [house.a], metadata: [("tier", ["pro"])]),
                    ["m (organization_id=? AND name=? AND value=?)"]
                ),
                (CustomerQuery(organizations: [house.a], search: "ada"), ["customers_search 0:M3", byExternalID]),
            ]
            for (query, indexes) in queries {
                let used = try await plans { _ = try await house.customers.list(query) }
                #expect(indexes.isSubset(of: used), "\(used)")
                #expect(!used.contains { $0.hasSuffix(" (organization_id=?)") }, "\(used)")
            }
        }
    }

    @Test func findMembersAndTokensByAnIndex() async throws {
        try await withPlans { house, plans in
            let team = try await house.createTeam()
            let token = try await house.tokens.create(kind: .user, organizations: [house.a, house.b], scopes: [])
            let secret = token.secret.text
            let elsewhere = AccessTokens(store: house.store, surroundings: house.clock.surroundings)
            let byHash = try await plans { _ = try await elsewhere.token(withSecret: secret) }
            let policy = ["plans (organization_id=?)", "call_limits (organization_id=?)"]
            #expect(byHash == ["access_tokens_hash (hash=?)"] + policy + policy)
            let ofOne = try await plans { _ = try await house.members(of: team) }
            let every = try await plans { _ = try await house.members.list(MemberQuery(organizations: [house.a])) }
            #expect(!ofOne.contains { $0.hasSuffix(" (organization_id=?)") }, "\(ofOne)")
            #expect(every.contains("members_by_created_at (organization_id=?)"), "\(every)")
        }
    }

    private func withPlans(_ body: (House, Plans) async throws -> Void) async throws {
        try await withStore(.sqliteOnDisk) { store in
            let recording = RecordingEngine(engine: store.engine)
            try await body(try await House(SQLStore(engine: recording)), Plans(recording: recording))
        }
    }
}

/// Tells the indexes that the statements of a call use.
///
/// A statement that reads the whole of a table is an issue, wherever it is; so is one that sorts customers which no filter
/// has made few.
private struct Plans: Sendable {
    let recording: RecordingEngine

    func callAsFunction(_ call: @Sendable () async throws -> Void) async throws -> [String] {
        recording.forget()
        try await call()
        var used: [String] = []
        for statement in recording.statements {
            let steps = try await recording.plan(of: statement)
            let isOneCustomer = statement.sql.contains(" email_key = $")
            let maySort = !statement.sql.contains("FROM customers") || isOneCustomer || steps.contains { $0.isFilter }
            for step in steps {
                #expect(!step.isScan, "\(step.text) in \(statement.sql)")
                #expect(maySort || !step.isSort, "\(step.text) in \(statement.sql)")
                if let index = step.index { used.append(index) }
            }
        }
        return used
    }
}

/// One line of what `EXPLAIN QUERY PLAN` says.
private struct PlanStep {
    let text: String

    /// Whether a table, or the whole of an index, is read; a search index is always said to be scanned.
    var isScan: Bool { text.hasPrefix("SCAN ") && !text.contains(" VIRTUAL TABLE INDEX ") }

    /// Whether customers are picked from a list of those that match.
    var isFilter: Bool { text.hasPrefix("LIST SUBQUERY") }

    var isSort: Bool { text.contains("USE TEMP B-TREE") }

    /// The index that is used, or the table where it is its own index, and the terms that are looked up in it.
    var index: String? {
        let words = text.split(separator: " ")
        guard words.count > 1 else { return nil }
        if words[0] == "SCAN", let last = words.last, !isScan { return words[1] + " " + last }
        guard words[0] == "SEARCH" else { return nil }
        let terms = text.firstIndex(of: "(").map { String(text[$0...]) } ?? ""
        guard let position = words.firstIndex(of: "INDEX"), words.count > position + 1 else {
            return words[1] + " " + terms
        }
        return words[position + 1] + " " + terms
    }
}

extension RecordingEngine {
    fileprivate func plan(of statement: Statement) async throws -> [PlanStep] {
        try await engine.read { session in
            try session.rows("EXPLAIN QUERY PLAN " + statement.sql, statement.arguments) {
                PlanStep(text: try $0.string(3))
            }
        }
    }
}
