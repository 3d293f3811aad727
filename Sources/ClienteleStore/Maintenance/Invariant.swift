/// What must hold between the rows of a store, as the statement that finds the rows that break it.
///
/// The statements run on every engine.
struct Invariant: Sendable {
    let name: String
    let rule: String
    /// Selects the id of each row that breaks the rule.
    let breakers: String

    init(_ name: String, _ rule: String, _ breakers: String) {
        self.name = name
        self.rule = rule
        self.breakers = breakers
    }

    func result(in session: any SQLSession) throws -> CheckResult {
        var result = CheckResult(name, rule)
        let count = try session.count("SELECT count(*) FROM (\(breakers)) AS breakers", [])
        guard count > 0 else { return result }
        let some = try session.rows(breakers + " LIMIT \(CheckResult.examplesMax)") { $0.idText(0) }
        result.note(count, some)
        return result
    }
}

extension Invariant {
    static let all = organizations + counters + members + keys + deletion + holdings

    private static let organizations = [
        Invariant("customer_organization", "every customer's organization exists", lacksOrganization("customers")),
        Invariant("member_organization", "every member's organization exists", lacksOrganization("members")),
        Invariant("token_organization", "every token's organization exists", lacksOrganization("access_tokens")),
        Invariant(
            "answer_organization",
            "every kept answer's organization exists",
            """
            SELECT t.organization_id FROM answers t
            WHERE NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = t.organization_id)
            """
        ),
        Invariant(
            "customer_team",
            "every customer's team is one of its own organization",
            """
            SELECT c.id FROM customers c WHERE c.team_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM teams t WHERE t.organization_id = c.organization_id AND t.id = c.team_id
            )
            """
        ),
    ]

    private static func lacksOrganization(_ table: String) -> String {
        "SELECT t.id FROM \(table) t WHERE NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = t.organization_id)"
    }

    private static let counters = [
        // One engine has a counter an organization, another several that add up.
        Invariant(
            "customer_count",
            "every organization's counter is the number of its live customers",
            """
            SELECT organization_id FROM (
                SELECT organization_id, count(*) AS live FROM customers WHERE deleted_at IS NULL GROUP BY organization_id
                UNION ALL SELECT organization_id, -live FROM customer_counts
            ) AS counts GROUP BY organization_id HAVING sum(live) <> 0
            """
        )
    ]

    private static let members = [
        Invariant(
            "member_customer",
            "every member's customer is one of its own organization",
            """
            SELECT m.id FROM members m WHERE NOT EXISTS (
                SELECT 1 FROM customers c WHERE c.organization_id = m.organization_id AND c.number = m.customer_number
            )
            """
        ),
        // An owner leaves only with the customer.
        Invariant(
            "customer_owner",
            "every live customer has exactly one live owner; none only a team that never had a member",
            """
            SELECT c.id FROM customers c WHERE c.deleted_at IS NULL AND 1 <> (
                SELECT count(*) FROM members m WHERE m.organization_id = c.organization_id
                    AND m.customer_number = c.number AND m.role = 'owner' AND m.deleted_at IS NULL
            ) AND (c.kind = 'individual' OR EXISTS (
                SELECT 1 FROM members m WHERE m.organization_id = c.organization_id AND m.customer_number = c.number
            ))
            """
        ),
        Invariant(
            "individual_members",
            "an individual has no live member but its owner",
            """
            SELECT m.id FROM members m
            JOIN customers c ON c.organization_id = m.organization_id AND c.number = m.customer_number
            WHERE m.deleted_at IS NULL AND m.role <> 'owner' AND c.deleted_at IS NULL AND c.kind = 'individual'
            """
        ),
        Invariant(
            "member_of_deleted",
            "a deleted customer has no live members",
            """
            SELECT m.id FROM members m
            JOIN customers c ON c.organization_id = m.organization_id AND c.number = m.customer_number
            WHERE m.deleted_at IS NULL AND c.deleted_at IS NOT NULL
            """
        ),
    ]

    private static let keys = [
        Invariant(
            "customer_email_unique",
            "no two live customers of an organization have the same e-mail address for their own",
            shared("email_key", and: "AND d.email_share = c.email_share")
        ),
        Invariant(
            "customer_external_id_unique",
            "no two live customers of an organization have the same external id",
            shared("external_id")
        ),
    ]

    private static func shared(_ key: String, and condition: String = "") -> String {
        """
        SELECT c.id FROM customers c WHERE c.deleted_at IS NULL AND EXISTS (
            SELECT 1 FROM customers d WHERE d.organization_id = c.organization_id AND d.\(key) = c.\(key) \(condition)
                AND d.deleted_at IS NULL AND d.number <> c.number
        )
        """
    }

    private static let deletion = [
        Invariant(
            "deleted_external_id",
            "a deleted customer holds no external id",
            """
            SELECT id FROM customers
            WHERE deleted_at IS NOT NULL AND (external_id IS NOT NULL OR external_id_key IS NOT NULL)
            """
        ),
        // The name of a business, which has a tax id, is kept.
        Invariant(
            "anonymized_customer",
            "an anonymized customer is deleted, and its name, e-mail address and billing address are hashed or gone",
            """
            SELECT id FROM customers WHERE anonymized_at IS NOT NULL AND NOT (
                deleted_at IS NOT NULL AND email_verified = 0
                AND (email IS NULL OR \(isHashedEmail("email")))
                AND (name IS NULL OR tax_id IS NOT NULL OR \(isHash("name")))
                AND (billing_name IS NULL OR \(isHash("billing_name")))
                AND line1 IS NULL AND line2 IS NULL AND postal_code IS NULL
                AND city IS NULL AND state IS NULL AND country IS NULL
            )
            """
        ),
        Invariant(
            "anonymized_member",
            "whoever was a member of an anonymized customer has a hashed name and e-mail address",
            """
            SELECT m.id FROM members m
            JOIN customers c ON c.organization_id = m.organization_id AND c.number = m.customer_number
            WHERE c.anonymized_at IS NOT NULL AND NOT (
                \(isHashedEmail("m.email")) AND (m.name IS NULL OR \(isHash("m.name")))
            )
            """
        ),
    ]

    /// Whether a text is what `Customer.anonymize` makes of a name: a SHA-256 as hexadecimal digits.
    private static func isHash(_ text: String) -> String {
        "(length(\(text)) = 64 AND trim(\(text), '0123456789abcdef') = '')"
    }

    private static func isHashedEmail(_ text: String) -> String {
        let local = "substr(\(text), 1, 64)"
        return "(\(text) = \(local) || '@anonymized.polar.sh' AND \(isHash(local)))"
    }
}
