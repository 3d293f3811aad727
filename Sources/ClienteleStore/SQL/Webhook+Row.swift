import ClienteleCore

/// An endpoint as a row; its secrets are rows of their own.
extension WebhookEndpoint {
    static let shape = TableShape(
        "webhook_endpoints",
        key: 2,
        [
            "organization_id", "id", "created_at", "modified_at", "dialect", "url", "name", "format", "events",
            "is_enabled", "since", "behind",
        ]
    )

    var columnValues: [SQLValue] {
        [
            SQLValue(organization), SQLValue(id), SQLValue(createdAt), SQLValue(modifiedAt), .text(dialect.rawValue),
            .text(url.text), SQLValue(name), .text(format.rawValue), .text(events.joined(separator: " ")),
            SQLValue(isEnabled), .integer(since), SQLValue(behind),
        ]
    }

    /// The endpoint without its secrets.
    init(row: any SQLRow) throws {
        self.init(
            id: try row.id(1),
            organization: try row.id(0),
            dialect: try row.choice(4),
            createdAt: try row.requiredMoment(2),
            modifiedAt: row.moment(3),
            url: WebhookURL(stored: try row.string(5)),
            name: row.text(6),
            format: try row.choice(7),
            events: try row.string(8).split(separator: " ").map(String.init),
            isEnabled: row.integer(9) == 1,
            secrets: [],
            since: try row.required(10),
            behind: row.integer(11)
        )
    }
}

extension WebhookSecret {
    /// Reads id, secret, creation and expiry.
    init(row: any SQLRow) throws {
        self.init(
            id: try row.id(0),
            text: try row.string(1),
            createdAt: try row.requiredMoment(2),
            expiresAt: row.moment(3)
        )
    }
}

extension WebhookDelivery {
    /// Reads an event, and after its columns id, creation, success, code and response.
    init(row: any SQLRow) throws {
        let start = WebhookEvent.shape.columns.count
        self.init(
            id: try row.id(start),
            createdAt: try row.requiredMoment(start + 1),
            succeeded: row.integer(start + 2) == 1,
            httpCode: row.integer(start + 3).map { Int($0) },
            response: row.text(start + 4),
            event: try WebhookEvent(row: row)
        )
    }
}

/// An event as a row.
extension WebhookEvent {
    static let shape = TableShape(
        "webhook_events",
        key: 2,
        [
            "organization_id", "number", "endpoint_id", "id", "lane", "kind", "sequence", "state_version", "created_at",
            "modified_at", "payload", "attempts", "succeeded", "skipped", "http_code", "due_at", "is_pending",
        ]
    )

    init(row: any SQLRow) throws {
        self.init(
            id: try row.id(3),
            organization: try row.id(0),
            endpoint: try row.id(2),
            number: try row.required(1),
            lane: try row.id(4),
            kind: try row.string(5),
            sequence: try row.required(6),
            stateVersion: row.integer(7),
            createdAt: try row.requiredMoment(8),
            modifiedAt: row.moment(9),
            payload: row.text(10),
            attempts: Int(try row.required(11)),
            succeeded: row.integer(12).map { $0 == 1 },
            isSkipped: row.integer(13) == 1,
            httpCode: row.integer(14).map { Int($0) },
            dueAt: row.moment(15),
            isWaiting: row.integer(16) == 1 && row.moment(15) == nil
        )
    }
}
