import ClienteleCore

/// A customer as a row: its columns, in one order for reading and writing.
extension Customer {
    /// What every write of a customer sets; the first two are its key.
    private static let storedColumns = [
        "organization_id", "id", "created_at", "modified_at", "deleted_at", "kind", "email", "email_key",
        "email_verified",
        "external_id", "external_id_key", "former_external_id", "name", "name_key", "billing_name", "billing_name_key",
        "line1", "line2", "postal_code", "city", "state", "country", "tax_id", "tax_id_kind", "locale", "metadata",
        "state_version", "status", "archived_at", "team_id", "email_share",
    ]

    static let insertion: String = {
        let placeholders = storedColumns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return "INSERT INTO customers (\(storedColumns.joined(separator: ", "))) VALUES (\(placeholders))"
    }()

    static let replacement: String = {
        let assignments = storedColumns.enumerated().dropFirst(2).map { "\($1) = $\($0 + 1)" }.joined(separator: ", ")
        return "UPDATE customers SET \(assignments) WHERE organization_id = $1 AND id = $2"
    }()

    /// What `columns` begins with.
    private static let readColumns = [
        "organization_id", "id", "created_at", "modified_at", "deleted_at", "kind", "email", "email_verified",
        "external_id", "former_external_id", "name", "billing_name", "line1", "line2", "postal_code", "city", "state",
        "country", "tax_id", "tax_id_kind", "locale", "metadata",
    ]

    /// What a statement selects, for `init(row:)`.
    static let columns = """
        \(readColumns.joined(separator: ", ")), CASE WHEN email IS NULL THEN (
            SELECT m.email FROM members m
            WHERE m.organization_id = customers.organization_id AND m.customer_number = customers.number
                AND m.role = 'owner' AND m.deleted_at IS NULL
        ) END, state_version, first_user_event_at, CASE WHEN external_id IS NOT NULL THEN (
            SELECT w.first_at FROM waiting_events w
            WHERE w.organization_id = customers.organization_id AND w.external_customer_id = customers.external_id
        ) END, number, status, archived_at, team_id, email_share
        """

    /// Where in `columns` the first moment of events is that wait for the customer, and its number.
    static let waitingColumn = 25
    static let numberColumn = 26

    static let byID = "SELECT \(columns) FROM customers WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL"

    static let byExternalID =
        "SELECT \(columns) FROM customers WHERE organization_id = $1 AND external_id = $2 AND deleted_at IS NULL"

    var columnValues: [SQLValue] {
        [
            SQLValue(organization), SQLValue(id), SQLValue(createdAt), SQLValue(modifiedAt), SQLValue(deletedAt),
            .text(kind.rawValue), SQLValue(email?.text), SQLValue(email?.key), .integer(emailVerified ? 1 : 0),
            SQLValue(externalID), SQLValue(externalID?.foldedKey), SQLValue(formerExternalID),
            SQLValue(name), SQLValue(name?.lowercased()), SQLValue(billingName), SQLValue(billingName?.lowercased()),
            SQLValue(billingAddress?.line1), SQLValue(billingAddress?.line2), SQLValue(billingAddress?.postalCode),
            SQLValue(billingAddress?.city), SQLValue(billingAddress?.state), SQLValue(billingAddress?.country.code),
            SQLValue(taxID?.number), SQLValue(taxID?.kind.rawValue), SQLValue(locale?.text), .text(metadata.text),
            .integer(stateVersion), .text(status.rawValue), SQLValue(archivedAt),
            team == Team.standardID(of: organization) ? .null : SQLValue(team), .integer(sharesEmail ? emailShare : 0),
        ]
    }

    /// The columns in the order that `init(row:)` reads them in.
    var rowValues: [SQLValue] {
        let stored = Dictionary(uniqueKeysWithValues: zip(Self.storedColumns, columnValues))
        return Self.readColumns.map { stored[$0] ?? .null }
            + [
                SQLValue(ownerEmail?.text), .integer(stateVersion), SQLValue(firstUserEventAt), .null, .null,
            ] + ["status", "archived_at", "team_id", "email_share"].map { stored[$0] ?? .null }
    }

    /// A number that no other customer has, as good as surely; never 0.
    private var emailShare: Int64 { Int64(bitPattern: id.low) | 1 }

    init(row: any SQLRow) throws {
        guard let kind = Kind(rawValue: try row.string(5)) else { throw SQLError.malformed(column: 5) }
        self.init(
            id: try row.id(1),
            organization: try row.id(0),
            team: row.identifier(29).map { Team.ID(high: $0.high, low: $0.low) },
            createdAt: try row.requiredMoment(2),
            stateVersion: try row.required(23),
            firstUserEventAt: [row.moment(24), row.moment(Self.waitingColumn)].compactMap(\.self).min(),
            modifiedAt: row.moment(3),
            deletedAt: row.moment(4),
            status: try row.choice(27),
            archivedAt: row.moment(28),
            kind: kind,
            email: row.text(6).map(EmailAddress.init(stored:)),
            emailVerified: row.integer(7) == 1,
            sharesEmail: row.integer(30) != 0,
            externalID: row.text(8),
            formerExternalID: row.text(9),
            name: row.text(10),
            billingName: row.text(11),
            billingAddress: row.text(17).map { country in
                PostalAddress(
                    storedLine1: row.text(12),
                    line2: row.text(13),
                    postalCode: row.text(14),
                    city: row.text(15),
                    state: row.text(16),
                    country: Country(stored: country)
                )
            },
            taxID: row.text(18).flatMap { number in
                row.text(19).flatMap(TaxIDKind.init(rawValue:)).map { TaxID(number: number, kind: $0) }
            },
            locale: row.text(20).map(LanguageTag.init(stored:)),
            metadata: Metadata(stored: try row.string(21)),
            ownerEmail: row.text(22).map(EmailAddress.init(stored:))
        )
    }
}

extension String {
    /// The text with its letter case folded, cut to what an index of PostgreSQL takes: a page holds three entries at the least.
    fileprivate var foldedKey: String {
        let folded = lowercased()
        guard folded.utf8.count > Self.indexedBytesMax else { return folded }
        var scalars = folded.unicodeScalars
        while scalars.reduce(0, { $0 + UTF8.width($1) }) > Self.indexedBytesMax { scalars.removeLast() }
        return String(scalars)
    }

    private static let indexedBytesMax = 2_600
}
