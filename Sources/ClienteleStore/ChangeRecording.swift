import ClienteleCore

/// How a transaction writes its changes into the feed.
extension SQLSession {
    func record(_ kind: FeedEntry.Kind, _ customer: Customer) throws {
        try record(kind, of: customer.id, in: customer.organization, KeptRecord(customer))
    }

    func record(_ kind: FeedEntry.Kind, _ member: Member) throws {
        try record(kind, of: member.customer, in: member.organization, KeptRecord(member))
    }

    func record(_ kind: FeedEntry.Kind, _ benefit: Benefit) throws {
        try record(kind, of: nil, in: benefit.organization, KeptRecord(benefit))
    }

    func record(_ kind: FeedEntry.Kind, _ product: Product) throws {
        try record(kind, of: nil, in: product.organization, KeptRecord(product))
    }

    func record(_ meter: CustomerMeter, of customer: Customer.ID) throws {
        try record(.customerMeterUpdated, of: customer, in: meter.organization, KeptRecord(meter))
    }

    func record(_ kind: FeedEntry.Kind, _ grant: BenefitGrant, of customer: Customer.ID) throws {
        try record(kind, of: customer, in: grant.organization, KeptRecord(grant, previous: grant.properties))
    }

    func record(_ changes: [AccountDifference], of customer: Customer) throws {
        for change in changes {
            switch change {
            case .subscription(let kind, let subscription):
                try record(kind, of: customer.id, in: customer.organization, KeptRecord(subscription))
            case .grant(let kind, let grant, let previous):
                try record(kind, of: customer.id, in: customer.organization, KeptRecord(grant, previous: previous))
            case .meter(let meter): try record(meter, of: customer.id)
            }
        }
    }

    /// Adds a change to the feed; the customer's version is the one that it has by then.
    private func record(
        _ kind: FeedEntry.Kind,
        of customer: Customer.ID?,
        in organization: Organization.ID,
        _ record: KeptRecord
    ) throws {
        let author = author ?? ChangeAuthor(actor: nil, now: Surroundings.system.now)
        try execute(
            changeInsertion(dialect),
            [
                SQLValue(organization), SQLValue(author.now()), .text(kind.rawValue),
                customer.map { SQLValue($0) } ?? .null, author.actor.map { SQLValue($0) } ?? .null, .text(record.text),
            ]
        )
    }

    /// Erases what the feed, and what was to be sent, says of a customer.
    func eraseChanges(of customer: Customer) throws {
        let key: [SQLValue] = [SQLValue(customer.organization), SQLValue(customer.id)]
        // What is being made of the changes right now must not be added after this.
        try lockQueue(of: customer.organization)
        try renewQueue(of: customer.organization)
        try execute("UPDATE changes SET record = NULL WHERE organization_id = $1 AND customer_id = $2", key)
        try execute(
            """
            UPDATE webhook_events SET payload = NULL, is_pending = 0, due_at = NULL,
                skipped = CASE WHEN is_pending = 1 THEN 1 ELSE skipped END
            WHERE organization_id = $1 AND lane = $2
            """,
            key
        )
        // What a receiver answered may repeat what it was told.
        try execute(
            """
            UPDATE webhook_deliveries SET response = NULL WHERE organization_id = $1 AND event_number IN (
                SELECT number FROM webhook_events WHERE organization_id = $1 AND lane = $2
            )
            """,
            key
        )
    }
}

private func changeInsertion(_ dialect: SQLDialect) -> String {
    switch dialect {
    case .sqlite: insertionInSQLite
    case .postgres: insertionInPostgres
    }
}

/// The one writer knows the last place.
private let insertionInSQLite = makeInsertion(
    "(SELECT coalesce(max(sequence), 0) + 1 FROM changes WHERE organization_id = $1)"
)

/// It has no place before it is committed; `SQLSession.placeChanges` gives it one.
private let insertionInPostgres = makeInsertion("NULL")

private func makeInsertion(_ place: String) -> String {
    """
    INSERT INTO changes (organization_id, sequence, at, kind, customer_id, state_version, actor_id, record)
    VALUES (
        $1, \(place), $2, $3, $4,
        (SELECT state_version FROM customers WHERE organization_id = $1 AND id = $4), $5, $6
    )
    """
}
