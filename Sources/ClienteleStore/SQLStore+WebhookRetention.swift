public import ClienteleCore

/// How what was sent is let go: first what it said, later that it was.
extension SQLStore {
    public func archiveWebhookEvents(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int {
        let old = try await oldEvents("payload IS NOT NULL AND is_pending = 0", before: moment, limit: limit)
        return try await each(old) { session, key in
            try session.execute(
                "UPDATE webhook_events SET payload = NULL WHERE organization_id = $1 AND number = $2 AND is_pending = 0",
                key
            )
            try session.execute(
                "UPDATE webhook_deliveries SET response = NULL WHERE organization_id = $1 AND event_number = $2",
                key
            )
        }
    }

    public func forgetWebhookEvents(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int {
        let old = try await oldEvents("payload IS NULL", before: moment, limit: limit)
        return try await each(old) { session, key in
            try session.execute(
                "DELETE FROM webhook_deliveries WHERE organization_id = $1 AND event_number = $2",
                key
            )
            try session.execute("DELETE FROM webhook_events WHERE organization_id = $1 AND number = $2", key)
        }
    }

    /// The keys of some events of before that moment, of which `condition` holds.
    private func oldEvents(
        _ condition: String,
        before moment: Timestamp,
        limit: Int
    ) async throws(DomainError) -> [[SQLValue]] {
        try await readPoint { session in
            try session.rows(
                """
                SELECT organization_id, number FROM webhook_events
                WHERE created_at < $1 AND \(condition) ORDER BY created_at LIMIT $2
                """,
                [SQLValue(moment), .integer(Int64(limit))]
            ) { [SQLValue(try $0.id(0) as Organization.ID), .integer(try $0.required(1))] }
        }
    }

    private func each(
        _ keys: [[SQLValue]],
        _ body: @escaping @Sendable (any SQLSession, _ key: [SQLValue]) throws -> Void
    ) async throws(DomainError) -> Int {
        guard !keys.isEmpty else { return 0 }
        try await transact { session in for key in keys { try body(session, key) } }
        return keys.count
    }
}
