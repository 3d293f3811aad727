extension Break {
    static let holdings = [
        Break(
            "a subscription of another organization's customer",
            """
            UPDATE subscriptions SET organization_id = (SELECT id FROM organizations WHERE name = 'B')
            WHERE status = 'canceled'
            """,
            lifting: "ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_organization_id_product_id_fkey;",
            breaksForeignKey: true,
            broken: ["subscription_customer": 1],
            inMemory: ["foreign_keys": 1]
        ),
        Break(
            "a deleted customer with a subscription",
            """
            UPDATE subscriptions SET customer_number = (SELECT number FROM customers WHERE email_key = 'gone@example.com')
            WHERE status = 'active'
            """,
            broken: ["subscription_of_deleted": 1, "grant_in_force": 3, "grant_missing": 3]
        ),
        Break(
            "a canceled subscription that never ended",
            "UPDATE subscriptions SET ended_at = NULL WHERE status = 'canceled'",
            broken: ["subscription_end": 1]
        ),
        Break(
            "a benefit of a subscription that has ended",
            "UPDATE benefit_grants SET granted_at = 1, revoked_at = NULL WHERE granted_at IS NULL",
            broken: ["grant_in_force": 3]
        ),
        Break(
            "a benefit that is not given",
            "UPDATE benefit_grants SET granted_at = NULL, revoked_at = 1 WHERE properties LIKE '%license_key_id%'",
            broken: ["grant_missing": 1]
        ),
        Break(
            "a value that is kept for nothing",
            "DELETE FROM customer_meter_values WHERE value = '2'",
            broken: ["meter_different": 1]
        ),
        Break(
            "use that was not counted",
            "UPDATE customer_meters SET consumed = consumed + 1",
            broken: ["meter_consumed": 2]
        ),
        Break(
            "an event that nobody waits for",
            "DELETE FROM waiting_events",
            broken: ["event_waiting": 1]
        ),
    ]
}
