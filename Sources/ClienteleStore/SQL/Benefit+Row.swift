import ClienteleCore
import ClienteleJSON

/// A benefit as a row.
extension Benefit {
    static let shape = TableShape(
        "benefits",
        key: 2,
        [
            "organization_id", "id", "created_at", "modified_at", "deleted_at", "kind", "description", "visibility",
            "metadata", "properties", "description_key", "key",
        ]
    )

    var columnValues: [SQLValue] {
        [
            SQLValue(organization), SQLValue(id), SQLValue(createdAt), SQLValue(modifiedAt), SQLValue(deletedAt),
            .text(kind.rawValue), .text(description), .text(visibility.rawValue), .text(metadata.text),
            .text(properties.text), .text(description.lowercased()), SQLValue(metadata.key),
        ]
    }

    init(row: any SQLRow) throws { try self.init(row: row, at: 0) }

    /// Reads the columns from `start` on.
    init(row: any SQLRow, at start: Int) throws {
        self.init(
            id: try row.id(start + 1),
            organization: try row.id(start),
            createdAt: try row.requiredMoment(start + 2),
            modifiedAt: row.moment(start + 3),
            deletedAt: row.moment(start + 4),
            kind: try row.choice(start + 5),
            description: try row.string(start + 6),
            visibility: try row.choice(start + 7),
            metadata: Metadata(stored: try row.string(start + 8)),
            properties: try row.json(start + 9)
        )
    }
}

/// A grant as a row, of a customer that is named by its number.
extension BenefitGrant {
    static let shape = TableShape(
        "benefit_grants",
        key: 3,
        [
            "organization_id", "customer_number", "id", "benefit_id", "subscription_id", "member_id", "created_at",
            "modified_at", "granted_at", "revoked_at", "properties",
        ]
    )

    func columnValues(customer number: Int64) -> [SQLValue] {
        [
            SQLValue(organization), .integer(number), SQLValue(id), SQLValue(benefit), SQLValue(subscription),
            member.map { SQLValue($0) } ?? .null, SQLValue(createdAt), SQLValue(modifiedAt), SQLValue(grantedAt),
            SQLValue(revokedAt), .text(properties.json.text),
        ]
    }

    init(row: any SQLRow) throws {
        self.init(
            id: try row.id(2),
            organization: try row.id(0),
            benefit: try row.id(3),
            subscription: try row.id(4),
            member: row.identifier(5).map { Member.ID(high: $0.high, low: $0.low) },
            createdAt: try row.requiredMoment(6),
            modifiedAt: row.moment(7),
            grantedAt: row.moment(8),
            revokedAt: row.moment(9),
            properties: try row.grantProperties(10)
        )
    }
}

extension BenefitGrant.Properties {
    var json: JSON {
        switch self {
        case .none: [:]
        case .licenseKey(let key): ["license_key_id": .string(key.id.text), "key": .string(key.text)]
        case .meterCredit(let meter, let units, let moment):
            ["meter_id": .string(meter.text), "units": .integer(units), "at": .integer(moment.microseconds)]
        }
    }
}

extension SQLRow {
    func grantProperties(_ column: Int) throws -> BenefitGrant.Properties {
        guard try string(column) != "{}" else { return .none }
        let json = try json(column)
        if let id = json["license_key_id"]?.string.flatMap({ Identifier<BenefitGrant.Key>($0) }),
            let text = json["key"]?.string
        {
            return .licenseKey(.init(id: id, text: text))
        }
        if let meter = json["meter_id"]?.string.flatMap({ Meter.ID($0) }), let units = json["units"]?.integer,
            let moment = json["at"]?.integer
        {
            return .meterCredit(meter: meter, units: units, at: Timestamp(microseconds: moment))
        }
        throw SQLError.malformed(column: column)
    }
}
