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
    /// Reads id, secret, creation and expiry from a column on.
    init(row: any SQLRow, at start: Int) throws {
        self.init(
            id: try row.id(start),
            text: try row.string(start + 1),
            createdAt: try row.requiredMoment(start + 2),
            expiresAt: row.moment(start + 3)
        )
    }
}

extension WebhookEvent {
    private static let columnNames = [
        "organization_id", "endpoint_id", "id", "number", "lane", "kind", "sequence", "state_version", "created_at",
        "modified_at", "payload", "attempts", "succeeded", "skipped", "http_code", "due_at", "is_pending",
    ]

    /// What a statement selects of the table under this name, for `init(row:)`.
    static func columns(of alias: String) -> String {
        columnNames.map { "\(alias).\($0)" }.joined(separator: ", ")
    }

    /// The same where a statement has one table.
    static let plainColumns = columnNames.joined(separator: ", ")

    init(row: any SQLRow) throws {
        self.init(
            id: try row.id(2),
            organization: try row.id(0),
            endpoint: try row.id(1),
            number: try row.required(3),
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
