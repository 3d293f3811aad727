extension Break {
    static let deletion = [
        Break(
            "a deleted customer with its external id",
            "UPDATE customers SET external_id = 'Gone', external_id_key = 'gone' WHERE email_key = 'gone@example.com'",
            lifting: "ALTER TABLE customers DROP CONSTRAINT customers_check3;",
            broken: ["deleted_external_id": 1],
            inMemory: ["database_file": 1]
        ),
        Break(
            "a deleted customer with the key of its external id",
            "UPDATE customers SET external_id_key = 'gone' WHERE email_key = 'gone@example.com'",
            broken: ["deleted_external_id": 1, "customer_external_id_key": 1]
        ),
        remaining("a name", "name = 'Person', name_key = 'person'", broken: 2),
        remaining("a name of 64 letters", "name = \(letters), name_key = \(letters)", broken: 2),
        remaining("an e-mail address", "email = 'a@example.com', email_key = 'a@example.com'", broken: 3),
        remaining("a verified address", "email_verified = 1", broken: 3),
        remaining("a billing name", "billing_name = 'Ada', billing_name_key = 'ada'", broken: 3),
        remaining("a street", "line1 = '1 Street'", broken: 3),
        remaining("a second line", "line2 = 'c/o'", broken: 3),
        remaining("a postal code", "postal_code = '10115'", broken: 3),
        remaining("a city", "city = 'Berlin'", broken: 3),
        remaining("a state", "state = 'BE'", broken: 3),
        remaining("a country", "country = 'DE'", broken: 3),
        Break(
            "an anonymized customer that is not deleted",
            "UPDATE customers SET anonymized_at = 1 WHERE email_key = 'solo@example.com'",
            broken: ["anonymized_customer": 1, "anonymized_member": 1]
        ),
        Break(
            "members of anonymized customers with names",
            "UPDATE members SET name = 'Ada' WHERE email_key LIKE '%@anonymized.polar.sh'",
            broken: ["anonymized_member": 5]
        ),
        Break(
            "members of anonymized customers with e-mail addresses",
            """
            UPDATE members SET email = CAST(created_at AS text) || '@example.com',
                email_key = CAST(created_at AS text) || '@example.com'
            WHERE email_key LIKE '%@anonymized.polar.sh'
            """,
            broken: ["anonymized_member": 5]
        ),
    ]

    private static let letters = "'" + String(repeating: "g", count: 64) + "'"

    /// What an anonymized customer should not have any more; of the three that there are, one is a business.
    private static func remaining(_ what: String, _ change: String, broken: Int) -> Break {
        Break(
            "anonymized customers with \(what)",
            "UPDATE customers SET \(change) WHERE anonymized_at IS NOT NULL",
            broken: ["anonymized_customer": broken]
        )
    }

    static let rows = [
        Break(
            "metadata that is no object",
            "UPDATE customers SET metadata = '[1]' WHERE name_key = 'quiet'",
            broken: ["customer_readable": 1]
        ),
        Break(
            "metadata that is no JSON",
            "UPDATE customers SET metadata = '{' WHERE email_key = 'gone@example.com'",
            broken: ["customer_readable": 1]
        ),
        Break(
            "a customer of a kind that there is not",
            "UPDATE customers SET kind = 'company' WHERE email_key = 'robert@example.com'",
            lifting: "ALTER TABLE customers DROP CONSTRAINT customers_kind_check;",
            broken: ["customer_readable": 1],
            inMemory: ["database_file": 1]
        ),
    ]

    static let metadata = [
        Break(
            "pairs that filters do not find",
            "DELETE FROM customer_metadata WHERE name = 'plan'",
            broken: ["metadata_missing": 3]
        ),
        Break(
            "pairs with another value",
            "UPDATE customer_metadata SET value = 'free' WHERE name = 'plan' AND value = 'team'",
            broken: ["metadata_missing": 1, "metadata_extra": 1]
        ),
        Break(
            "a pair whose value is spelled in other scalars",
            "UPDATE customer_metadata SET value = '\u{C9}' WHERE value = 'E\u{301}'",
            broken: ["metadata_missing": 1, "metadata_extra": 1]
        ),
        Break(
            "a pair of a deleted customer",
            """
            INSERT INTO customer_metadata (organization_id, name, value, customer_number)
            SELECT organization_id, 'plan', 'gone', number FROM customers WHERE email_key = 'gone@example.com'
            """,
            broken: ["metadata_extra": 1]
        ),
        Break(
            "a pair of no customer",
            """
            INSERT INTO customer_metadata (organization_id, name, value, customer_number)
            SELECT id, 'plan', 'pro', 9999 FROM organizations WHERE name = 'A'
            """,
            breaksForeignKey: true,
            broken: ["metadata_extra": 1],
            inMemory: ["foreign_keys": 1]
        ),
        Break(
            "a pair of another organization's customer",
            """
            UPDATE customer_metadata SET organization_id = (SELECT id FROM organizations WHERE name = 'B')
            WHERE name = 'seats'
            """,
            broken: ["metadata_missing": 1, "metadata_extra": 1]
        ),
    ]
}
