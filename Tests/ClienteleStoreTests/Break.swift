import ClienteleStore
import ClienteleTestSupport
import Testing

/// A change behind the store's back that breaks a rule, and what verification must say of it.
struct Break: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let sql: String
    /// What lifts the constraints of PostgreSQL that would refuse it; those of SQLite can be switched off.
    private let lifting: String
    /// Whether it breaks a foreign key, which in SQLite takes a connection without a transaction.
    private let breaksForeignKey: Bool
    private let broken: [String: Int]
    /// What else SQLite itself tells on the one connection to memory, which knows all constraints.
    private let brokenInMemory: [String: Int]

    init(
        _ description: String,
        _ sql: String,
        lifting: String = "",
        breaksForeignKey: Bool = false,
        broken: [String: Int],
        inMemory: [String: Int] = [:]
    ) {
        self.testDescription = description
        self.sql = sql
        self.lifting = lifting
        self.breaksForeignKey = breaksForeignKey
        self.broken = broken
        self.brokenInMemory = inMemory
    }

    func isPossible(on engine: TestEngine) -> Bool {
        switch engine {
        case .sqliteInMemory, .postgres: true
        case .sqliteOnDisk: !breaksForeignKey
        }
    }

    func breaks(on engine: TestEngine) -> [String: Int] {
        switch engine {
        case .sqliteInMemory: broken.merging(brokenInMemory) { $1 }
        case .sqliteOnDisk, .postgres: broken
        }
    }

    func happen(in house: House, _ engine: TestEngine) async throws {
        let nowhere = "00000000-0000-4000-8000-000000000001"
        switch engine {
        case .postgres:
            let sql = lifting + sql.replacing("$nowhere", with: "CAST('\(nowhere)' AS uuid)")
            try await house.store.engine.write { try $0.script(sql) }
        case .sqliteInMemory, .sqliteOnDisk:
            let sql = """
                PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;
                \(sql.replacing("$nowhere", with: "x'\(nowhere.replacing("-", with: ""))'"));
                PRAGMA ignore_check_constraints = OFF; PRAGMA foreign_keys = ON;
                """
            // In memory, what reads has the one connection to itself, and no transaction.
            if engine == .sqliteInMemory {
                try await house.store.engine.readPoint { try $0.script(sql) }
            } else {
                try await house.store.engine.write { try $0.script(sql) }
            }
        }
    }
}

extension Break {
    static let all = organizations + members + keys + deletion + rows + metadata + holdings

    private static let organizations = [
        Break(
            "an answer for nobody",
            "UPDATE answers SET organization_id = (SELECT id FROM customers ORDER BY number LIMIT 1)",
            broken: ["answer_organization": 1]
        ),
        Break(
            "a customer of no team",
            "UPDATE customers SET team_id = id WHERE email_key = 'solo@example.com'",
            broken: ["customer_team": 1]
        ),
        Break(
            "a customer of no organization",
            """
            INSERT INTO customers (organization_id, id, created_at, deleted_at, kind)
            VALUES ($nowhere, $nowhere, 1, 1, 'team')
            """,
            breaksForeignKey: true,
            broken: ["customer_organization": 1],
            inMemory: ["foreign_keys": 1]
        ),
        Break(
            "a member of no organization",
            """
            INSERT INTO members (organization_id, customer_number, id, created_at, deleted_at, email, email_key, role)
            VALUES ($nowhere, 9999, $nowhere, 1, 1, 'a@b.c', 'a@b.c', 'owner')
            """,
            lifting: "ALTER TABLE members DROP CONSTRAINT members_organization_id_customer_number_fkey;",
            breaksForeignKey: true,
            broken: ["member_organization": 1, "member_customer": 1],
            inMemory: ["foreign_keys": 2]
        ),
        Break(
            "a token of no organization",
            """
            INSERT INTO access_tokens (organization_id, id, hash, kind, scopes, created_at)
            SELECT $nowhere, id, hash, kind, scopes, created_at FROM access_tokens WHERE kind = 'organization'
            """,
            lifting: "ALTER TABLE access_tokens DROP CONSTRAINT access_tokens_organization_id_fkey;",
            breaksForeignKey: true,
            broken: ["token_organization": 1],
            inMemory: ["foreign_keys": 1]
        ),
        Break("counters that are wrong", "UPDATE customer_counts SET live = live + 1", broken: ["customer_count": 2]),
        Break("counters that are gone", "DELETE FROM customer_counts", broken: ["customer_count": 2]),
    ]

    private static let members = [
        Break(
            "a member of another organization's customer",
            """
            UPDATE members SET organization_id = (SELECT id FROM organizations WHERE name = 'B')
            WHERE email_key = 'billing@example.com'
            """,
            lifting: "ALTER TABLE members DROP CONSTRAINT members_organization_id_customer_number_fkey;",
            broken: ["member_customer": 1]
        ),
        Break(
            "a customer without an owner",
            "UPDATE members SET deleted_at = 1 WHERE email_key = 'quiet.owner@example.com'",
            broken: ["customer_owner": 1]
        ),
        Break(
            "a customer with two owners",
            """
            DROP INDEX members_owner;
            UPDATE members SET role = 'owner' WHERE email_key = 'billing@example.com'
            """,
            broken: ["customer_owner": 1]
        ),
        Break(
            "an individual with several members",
            "UPDATE customers SET kind = 'individual' WHERE email_key = 'team@example.com'",
            broken: ["individual_members": 2]
        ),
        Break(
            "a member who outlives the customer",
            "UPDATE members SET deleted_at = NULL WHERE email_key = 'gone@example.com'",
            broken: ["member_of_deleted": 1]
        ),
        Break(
            "a member whose key is another's",
            "UPDATE members SET email_key = 'x@example.com' WHERE email_key = 'billing@example.com'",
            broken: ["member_email_key": 1]
        ),
    ]

    private static let keys = [
        Break(
            "an e-mail address twice",
            """
            DROP INDEX customers_email;
            UPDATE customers SET email = 'ADA@example.com', email_key = 'ada@example.com'
            WHERE email_key = 'solo@example.com'
            """,
            broken: ["customer_email_unique": 2]
        ),
        Break(
            "an external id twice",
            """
            DROP INDEX customers_external_id;
            UPDATE customers SET external_id = 'User_1', external_id_key = 'user_1'
            WHERE email_key = 'solo@example.com'
            """,
            broken: ["customer_external_id_unique": 2]
        ),
        Break(
            "an e-mail address that is not folded",
            "UPDATE customers SET email_key = email WHERE name = 'Ada Lovelace'",
            broken: ["customer_email_key": 1]
        ),
        Break(
            "a name whose key is spelled in other scalars",
            "UPDATE customers SET name_key = 'bob \u{E9}' WHERE name_key = 'bob e\u{301}'",
            broken: ["customer_name_key": 1]
        ),
        Break(
            "a name without a key",
            "UPDATE customers SET name_key = NULL WHERE name_key = 'quiet'",
            broken: ["customer_name_key": 1]
        ),
        Break(
            "a key without a billing name",
            "UPDATE customers SET billing_name = NULL WHERE billing_name_key = 'ada & co'",
            broken: ["customer_billing_name_key": 1]
        ),
        Break(
            "an external id whose key was not cut",
            "UPDATE customers SET external_id_key = 'i' WHERE email_key = 'long@example.com'",
            broken: ["customer_external_id_key": 1]
        ),
    ]
}
