/// What must hold of what customers hold.
extension Invariant {
    static let holdings = [
        Invariant(
            "subscription_customer",
            "every subscription's customer is one of its own organization",
            """
            SELECT s.id FROM subscriptions s WHERE NOT EXISTS (
                SELECT 1 FROM customers c WHERE c.organization_id = s.organization_id AND c.number = s.customer_number
            )
            """
        ),
        Invariant(
            "subscription_of_deleted",
            "a deleted customer has no subscription in force",
            """
            SELECT s.id FROM subscriptions s
            JOIN customers c ON c.organization_id = s.organization_id AND c.number = s.customer_number
            WHERE s.due_at IS NOT NULL AND c.deleted_at IS NOT NULL
            """
        ),
        Invariant(
            "subscription_end",
            "a subscription that is canceled says when it ended, and one in force does not",
            "SELECT id FROM subscriptions WHERE (status = 'canceled') <> (ended_at IS NOT NULL)"
        ),
        Invariant(
            "grant_in_force",
            "whoever has a benefit has it by a subscription in force",
            """
            SELECT g.id FROM benefit_grants g WHERE g.granted_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM subscriptions s WHERE s.organization_id = g.organization_id
                    AND s.customer_number = g.customer_number AND s.id = g.subscription_id AND s.due_at IS NOT NULL
            )
            """
        ),
        Invariant(
            "grant_missing",
            "a subscription in force gives every benefit of its product",
            """
            SELECT s.id FROM subscriptions s
            JOIN product_benefits p ON p.organization_id = s.organization_id AND p.product_id = s.product_id
            WHERE s.due_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM benefit_grants g WHERE g.organization_id = s.organization_id
                    AND g.customer_number = s.customer_number AND g.subscription_id = s.id
                    AND g.benefit_id = p.benefit_id AND g.granted_at IS NOT NULL
            )
            """
        ),
        Invariant(
            "meter_different",
            "a record of use counts as many different values as are kept for it",
            """
            SELECT u.id FROM customer_meters u WHERE u.different <> (
                SELECT count(*) FROM customer_meter_values v WHERE v.organization_id = u.organization_id
                    AND v.customer_number = u.customer_number AND v.meter_id = u.meter_id
            )
            """
        ),
        Invariant(
            "meter_consumed",
            "what a record of use shows follows from what it counts",
            """
            SELECT id FROM customer_meters WHERE consumed <> CASE function
                WHEN 'count' THEN events WHEN 'unique' THEN different WHEN 'sum' THEN total + total_rest
                WHEN 'min' THEN coalesce(smallest, 0) WHEN 'max' THEN coalesce(largest, 0)
                ELSE CASE events WHEN 0 THEN 0 ELSE (total + total_rest) / events END END
            """
        ),
        Invariant(
            "event_waiting",
            "every event without a customer waits for one, and is noted",
            """
            SELECT e.id FROM events e WHERE e.customer_number IS NULL AND NOT EXISTS (
                SELECT 1 FROM waiting_events w WHERE w.organization_id = e.organization_id
                    AND w.external_customer_id = e.external_customer_id
            )
            """
        ),
    ]
}
