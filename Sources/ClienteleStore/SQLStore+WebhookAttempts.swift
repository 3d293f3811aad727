public import ClienteleCore

/// How attempts to send events are noted.
extension SQLStore {
    public func settle(
        _ attempts: [WebhookAttempt],
        of organization: Organization.ID
    ) async throws(DomainError) -> [WebhookEvent] {
        try await transact { session in
            try session.lockQueue(of: organization)
            let current = try session.current(attempts, of: organization)
            try session.note(attempts, current, of: organization)
            let counted = attempts.filter { current[$0.event.number]?.dueAt == $0.event.dueAt }
            try session.count(counted)
            let ended = counted.filter(\.isEnd)
            guard let now = ended.last?.at else { return [] }
            return try session.nextEvents(after: ended.map(\.event.number), of: organization, at: now)
        }
    }
}

extension WebhookAttempt {
    /// Whether its event is not sent again by itself.
    fileprivate var isEnd: Bool {
        switch verdict {
        case .retry: false
        case .done, .failed: true
        }
    }
}

/// An event of an attempt, as it is by now.
private struct CurrentEvent {
    /// When it is to be sent; nil where it no longer is.
    let dueAt: Timestamp?
    let hasPayload: Bool
}

private let deliveryInsertion = RowInsertion(
    into: "webhook_deliveries",
    ["organization_id", "id", "endpoint_id", "event_number", "created_at", "succeeded", "http_code", "response"]
)

extension SQLSession {
    /// Has rows looked up by their numbers: SQLite takes an index that begins with the organization for the better way.
    private var byNumber: String {
        switch dialect {
        case .sqlite: "NOT INDEXED"
        case .postgres: ""
        }
    }

    fileprivate func current(
        _ attempts: [WebhookAttempt],
        of organization: Organization.ID
    ) throws -> [Int64: CurrentEvent] {
        var current: [Int64: CurrentEvent] = [:]
        try eachChunk(attempts.map { .integer($0.event.number) }, in: organization) { numbers, arguments in
            try run(
                """
                SELECT number, due_at, CASE WHEN payload IS NULL THEN 0 ELSE 1 END FROM webhook_events \(byNumber)
                WHERE organization_id = $1 AND number IN (\(numbers))
                """,
                arguments
            ) { row in
                current[try row.required(0)] = CurrentEvent(dueAt: row.moment(1), hasPayload: row.integer(2) == 1)
            }
        }
        return current
    }

    /// Writes attempts down.
    ///
    /// What came back may repeat what was sent, and is kept no longer than that.
    fileprivate func note(
        _ attempts: [WebhookAttempt],
        _ current: [Int64: CurrentEvent],
        of organization: Organization.ID
    ) throws {
        let rows = attempts.filter { current[$0.event.number] != nil }.map { attempt -> [SQLValue] in
            [
                SQLValue(organization), SQLValue(attempt.id), SQLValue(attempt.event.endpoint),
                .integer(attempt.event.number), SQLValue(attempt.at), SQLValue(attempt.answer.isSuccess),
                SQLValue(attempt.answer.status.map(Int64.init)),
                current[attempt.event.number]?.hasPayload == true ? SQLValue(attempt.answer.text) : .null,
            ]
        }
        try deliveryInsertion.insert(rows, by: self)
    }

    /// Makes of events what attempts say that count: those whose event was not skipped, erased or settled meanwhile, and is not
    /// to be sent again by now.
    fileprivate func count(_ attempts: [WebhookAttempt]) throws {
        var cleared: Set<WebhookEndpoint.ID> = []
        var turnedOff: Set<WebhookEndpoint.ID> = []
        for attempt in attempts where !turnedOff.contains(attempt.event.endpoint) {
            try update(attempt)
            switch attempt.verdict {
            case .retry: break
            case .done:
                if cleared.insert(attempt.event.endpoint).inserted { try clearFailures(of: attempt) }
            case .failed:
                cleared.remove(attempt.event.endpoint)
                if try countFailure(of: attempt) { turnedOff.insert(attempt.event.endpoint) }
            }
        }
    }

    private func update(_ attempt: WebhookAttempt) throws {
        let event = attempt.event
        var due: Timestamp?
        if case .retry(let seconds) = attempt.verdict {
            due = Timestamp(microseconds: attempt.at.microseconds + Int64(seconds * 1_000_000))
        }
        try execute(
            """
            UPDATE webhook_events SET attempts = attempts + 1, http_code = $3, modified_at = $4, due_at = $5,
                is_pending = $6, succeeded = $7
            WHERE organization_id = $1 AND number = $2
            """,
            [
                SQLValue(event.organization), .integer(event.number), SQLValue(attempt.answer.status.map(Int64.init)),
                SQLValue(attempt.at), SQLValue(due), SQLValue(due != nil),
                due == nil ? SQLValue(attempt.answer.isSuccess) : event.succeeded.map { SQLValue($0) } ?? .null,
            ]
        )
    }

    private func clearFailures(of attempt: WebhookAttempt) throws {
        try execute(
            "UPDATE webhook_endpoints SET failures = 0 WHERE organization_id = $1 AND id = $2 AND failures > 0",
            [SQLValue(attempt.event.organization), SQLValue(attempt.event.endpoint)]
        )
    }

    /// Counts an event that failed for good, and turns its endpoint off where it is one too many; tells whether it is off.
    private func countFailure(of attempt: WebhookAttempt) throws -> Bool {
        let event = attempt.event
        let key: [SQLValue] = [SQLValue(event.organization), SQLValue(event.endpoint)]
        let failures = try row(
            """
            UPDATE webhook_endpoints SET failures = failures + 1
            WHERE organization_id = $1 AND id = $2 AND is_enabled = 1 RETURNING failures
            """,
            key
        ) { try $0.required(0) }
        guard let failures else { return true }
        guard failures >= attempt.failuresMax else { return false }
        try execute(
            "UPDATE webhook_endpoints SET is_enabled = 0, modified_at = $3 WHERE organization_id = $1 AND id = $2",
            key + [SQLValue(attempt.at)]
        )
        try renewQueue(of: event.organization)
        try skipEvents(of: event.endpoint, in: event.organization, at: attempt.at)
        return true
    }

    /// Lets the next event of each lane be sent, after those that have ended.
    fileprivate func nextEvents(
        after numbers: [Int64],
        of organization: Organization.ID,
        at now: Timestamp
    ) throws -> [WebhookEvent] {
        var next: [WebhookEvent] = []
        try eachChunk(numbers.map { .integer($0) }, in: organization) { ended, arguments in
            let events = try rows(
                """
                SELECT \(WebhookEvent.shape.selected("w")) FROM webhook_events AS w \(byNumber)
                WHERE w.organization_id = $1 AND w.due_at IS NULL AND w.number IN (
                    SELECT (
                        SELECT n.number FROM webhook_events n
                        WHERE n.organization_id = $1 AND n.endpoint_id = e.endpoint_id AND n.lane = e.lane
                            AND n.is_pending = 1 AND n.number > e.number ORDER BY n.number LIMIT 1
                    ) FROM webhook_events AS e \(byNumber) WHERE e.organization_id = $1 AND e.number IN (\(ended))
                )
                """,
                arguments,
                WebhookEvent.init(row:)
            )
            next += events.map { $0.due(at: now) }
            try eachChunk(events.map { .integer($0.number) }, in: organization) { numbers, arguments in
                var arguments = arguments
                let due = arguments.placeholder(SQLValue(now))
                try execute(
                    """
                    UPDATE webhook_events \(byNumber) SET due_at = \(due)
                    WHERE organization_id = $1 AND number IN (\(numbers))
                    """,
                    arguments
                )
            }
        }
        return next
    }
}
