import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

/// What PostgreSQL plans for the statements that the store truly runs, where an organization has 20,000 customers.
///
/// Each statement is planned twice: for its own arguments, and for any, as PostgreSQL does once a statement has been run
/// a few times.
@Suite("Query plans on PostgreSQL", .timeLimit(.minutes(10)))
struct PostgresPlanTests {
    @Test func useAnIndexForWhatIsAskedOfOneCustomer() async throws {
        try await withPlans { house, plans in
            let customer = try await house.customers.customer(.externalID("user_7777"), in: [house.a])
            let keys = CustomerKeys(email: customer.email, externalID: customer.externalID)
            try await plans.expect(["customers_pkey"]) { _ = try await house.customer(customer) }
            try await plans.expect(["customers_external_id"]) {
                _ = try await house.customers.customer(.externalID("user_7777"), in: [house.a])
            }
            try await plans.expect(["customers_email", "customers_external_id"]) {
                _ = try await house.store.taken(keys, in: house.a)
            }
            try await plans.expect(["customers_pkey", "members of one"]) { _ = try await house.members(of: customer) }
            let token = try await house.tokens.create(kind: .user, organizations: [house.a, house.b], scopes: [])
            let secret = token.secret.text
            let elsewhere = AccessTokens(store: house.store, surroundings: house.clock.surroundings)
            try await plans.expect(["access_tokens_hash"], maySort: true) {
                _ = try await elsewhere.token(withSecret: secret)
            }
        }
    }

    @Test func useAnIndexForWhatChangesOneCustomer() async throws {
        try await withPlans { house, plans in
            let customer = try await house.customers.customer(.externalID("user_7777"), in: [house.a])
            let email = try EmailAddress("new@example.com")
            try await plans.expect(
                ["customers_pkey", "customers_email", "members of one", "customer_metadata_pkey"]
            ) {
                let patch = CustomerPatch(email: .set(email), metadata: Metadata([.init("tier", "new")]))
                _ = try await house.update(customer, patch)
            }
            try await plans.expect(["customers_external_id"]) {
                let patch = CustomerPatch(name: .set("Renamed"))
                _ = try await house.customers.upsert(externalID: "user_7778", in: house.a, by: patch, owner: nil)
            }
            try await plans.expect(["customers_pkey", "members of one", "customer_metadata_pkey"]) {
                try await house.delete(customer, anonymize: true)
            }
            try await plans.expect(["customers_pkey"]) { try await house.create("created@example.com") }
        }
    }

    @Test func walkTheIndexOfTheOrder() async throws {
        try await withPlans { house, plans in
            let indexes: [(CustomerQuery.Sorting.Key, String)] = [
                (.createdAt, "customers_by_created_at"), (.email, "customers_email"), (.name, "customers_by_name"),
            ]
            for (key, index) in indexes {
                for descending in [false, true] {
                    for page in [1, 20] {
                        let sorting = [CustomerQuery.Sorting(key, descending: descending)]
                        let query = CustomerQuery(organizations: [house.a], sorting: sorting, page: page)
                        try await plans.expect([index]) { _ = try await house.customers.list(query) }
                    }
                }
            }
            let last = try await house.customers.customer(.externalID("user_15000"), in: [house.a])
            for after in [nil, last] {
                try await plans.expect(["customers_by_created_at"]) {
                    _ = try await house.store.customers(of: house.a, after: after, limit: 100)
                }
            }
            try await plans.expect(["members_by_created_at"], mayCount: true) {
                _ = try await house.members.list(MemberQuery(organizations: [house.a]))
            }
        }
    }

    @Test func useTheIndexOfAFilterThatNamesFew() async throws {
        try await withPlans { house, plans in
            let queries: [(CustomerQuery, Set<String>)] = [
                (CustomerQuery(organizations: [house.a], email: "Customer12345@mail.example.com"), ["customers_email"]),
                (CustomerQuery(organizations: [house.a], metadata: [("tier", ["rare"])]), ["customer_metadata_pkey"]),
                (
                    CustomerQuery(organizations: [house.a], metadata: [("tier", ["rare", "none"]), ("seat", ["7"])]),
                    ["customer_metadata_pkey"]
                ),
                (
                    CustomerQuery(organizations: [house.a], search: "omer12345@"),
                    ["customers_search", "customers_external_id_key"]
                ),
                (
                    CustomerQuery(organizations: [house.a], search: "12345"),
                    ["customers_search", "customers_external_id_key"]
                ),
            ]
            for (query, indexes) in queries {
                try await plans.expect(indexes, maySort: true) { _ = try await house.customers.list(query) }
            }
        }
    }

    private func withPlans(_ body: (House, PostgresPlans) async throws -> Void) async throws {
        try await withStore(.postgres) { store in
            let recording = RecordingEngine(engine: store.engine, hearsWrites: true)
            let house = try await House(SQLStore(engine: recording))
            try await house.fill()
            try await body(house, PostgresPlans(recording: recording))
        }
    }
}

/// Tells the indexes that the statements of a call use.
private struct PostgresPlans: Sendable {
    let recording: RecordingEngine

    /// Tables that grow with customers: none may be read from its beginning to its end.
    private static let tables = ["customers", "customer_metadata", "members", "access_tokens"]

    /// Indexes that begin with the customer: which of them is the smallest changes from test to test.
    private static let ofOneCustomer = ["members_pkey", "members_email", "members_external_id"]

    /// Expects the statements of a call to use all of `indexes`, whatever else they use.
    ///
    /// They may sort where there are few matches, and read all where all are counted.
    func expect(
        _ indexes: Set<String>,
        maySort: Bool = false,
        mayCount: Bool = false,
        _ call: @Sendable () async throws -> Void
    ) async throws {
        recording.forget()
        try await call()
        let statements = recording.statements
        for mode in ["force_custom_plan", "force_generic_plan"] {
            var used: Set<String> = []
            for statement in statements {
                let plan = try await plan(of: statement, mode)
                let text = plan.joined(separator: "\n")
                let isOneCustomers = statement.sql.contains("c.id = ") || statement.sql.contains("email_key = $")
                for line in plan where !(mayCount && statement.sql.hasPrefix("SELECT count(*)")) {
                    let isScan = Self.tables.contains { line.contains("Seq Scan on \($0) ") }
                    #expect(!isScan, "\(mode): \(statement.sql)\n\(text)")
                    let isSort = line.contains("Sort  (cost") && !line.contains("Incremental Sort")
                    #expect(maySort || isOneCustomers || !isSort, "\(mode): \(statement.sql)\n\(text)")
                }
                used.formUnion(plan.flatMap { Self.indexes(in: $0) })
            }
            #expect(indexes.isSubset(of: used), "\(mode): \(used) in \(statements.map(\.sql))")
        }
    }

    /// The names that follow `using` and `Bitmap Index Scan on`.
    private static func indexes(in line: String) -> [String] {
        let words = line.split(separator: " ").map(String.init)
        return words.indices.dropLast().compactMap { index in
            let isBitmap =
                index > 1 && words[index] == "on" && words[index - 1] == "Scan" && words[index - 2] == "Index"
            guard words[index] == "using" || isBitmap else { return nil }
            return ofOneCustomer.contains(words[index + 1]) ? "members of one" : words[index + 1]
        }
    }

    private func plan(of statement: RecordingEngine.Statement, _ mode: String) async throws -> [String] {
        let types = statement.arguments.map(\.typeName).joined(separator: ", ")
        let values = statement.arguments.map(\.literal).joined(separator: ", ")
        let isPlain = statement.arguments.isEmpty
        // What is no question of its own has no plan.
        guard ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(where: { statement.sql.hasPrefix($0) }) else {
            return []
        }
        return try await recording.engine.write { session in
            try session.script(
                """
                SET LOCAL plan_cache_mode = \(mode);
                PREPARE planned\(isPlain ? "" : "(\(types))") AS \(statement.sql);
                """
            )
            let plan = try session.rows("EXPLAIN EXECUTE planned\(isPlain ? "" : "(\(values))")") { try $0.string(0) }
            try session.script("DEALLOCATE planned")
            return plan
        }
    }
}

extension SQLValue {
    fileprivate var typeName: String {
        switch self {
        case .null: "unknown"
        case .integer: "bigint"
        case .real: "double precision"
        case .text: "text"
        case .bytes: "bytea"
        case .identifier: "uuid"
        }
    }

    fileprivate var literal: String {
        switch self {
        case .null: "NULL"
        case .integer(let integer): "\(integer)"
        case .real(let number): "\(number)"
        case .text(let text):
            "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        case .bytes(let bytes):
            "'\\x" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "'"
        case .identifier(let high, let low): "'\(Identifier<Void>(high: high, low: low))'"
        }
    }
}

extension House {
    /// Gives A 20,000 customers with an owner, two pairs of metadata and a token each, and B a hundredth of that.
    fileprivate func fill() async throws {
        for (organization, count) in [(a, 20_000), (b, 200)] {
            try await store.engine.write { session in try session.script(Self.filling(organization, count)) }
        }
        // What PostgreSQL does by itself from time to time: counts values, and files what the search index has gathered.
        try await store.engine.write { session in
            try session.script(
                """
                SELECT gin_clean_pending_list('customers_search');
                ANALYZE customers, members, customer_metadata, access_tokens;
                """
            )
        }
    }

    private static func filling(_ organization: Organization.ID, _ count: Int) -> String {
        """
        INSERT INTO customers (organization_id, id, created_at, kind, email, email_key, external_id, external_id_key,
            name, name_key, billing_name, billing_name_key)
        SELECT '\(organization)', gen_random_uuid(), n * 1000, 'individual', email, email, 'user_' || n, 'user_' || n,
            'Name ' || md5(n::text), 'name ' || md5(n::text), NULL, NULL
        FROM (SELECT n, 'customer' || n || '@mail.example.com' AS email FROM generate_series(1, \(count)) n) series;
        INSERT INTO members (organization_id, customer_number, id, created_at, email, email_key, role)
        SELECT organization_id, number, gen_random_uuid(), created_at, email, email_key, 'owner'
        FROM customers WHERE organization_id = '\(organization)';
        INSERT INTO customer_metadata (organization_id, name, value, customer_number)
        SELECT organization_id, 'tier', CASE WHEN number % 1000 = 0 THEN 'rare' ELSE 'free' END, number
        FROM customers WHERE organization_id = '\(organization)'
        UNION ALL SELECT organization_id, 'seat', (number % 500)::text, number
        FROM customers WHERE organization_id = '\(organization)';
        UPDATE customers SET metadata = '{"tier":"free"}' WHERE external_id = 'user_7777';
        INSERT INTO access_tokens (organization_id, id, hash, kind, scopes, created_at)
        SELECT organization_id, id, decode(md5(id::text) || md5(email), 'hex'), 'organization', '', created_at
        FROM customers WHERE organization_id = '\(organization)';
        """
    }
}
