import ClienteleCore
import ClienteleJSON

/// A meter as a row.
extension Meter {
    static let shape = TableShape(
        "meters",
        key: 2,
        [
            "organization_id", "id", "created_at", "modified_at", "archived_at", "name", "unit", "custom_label",
            "custom_multiplier", "filter", "aggregation", "metadata", "name_key", "key",
        ]
    )

    var columnValues: [SQLValue] {
        [
            SQLValue(organization), SQLValue(id), SQLValue(createdAt), SQLValue(modifiedAt), SQLValue(archivedAt),
            .text(name), .text(unit.rawValue), SQLValue(customLabel), SQLValue(customMultiplier.map { Int64($0) }),
            .text(filter.json.text), .text(aggregation.json.text), .text(metadata.text), .text(name.lowercased()),
            SQLValue(metadata.key),
        ]
    }

    init(row: any SQLRow) throws {
        guard let filter = MeterFilter(json: try row.json(9)) else { throw SQLError.malformed(column: 9) }
        guard let aggregation = MeterAggregation(json: try row.json(10)) else { throw SQLError.malformed(column: 10) }
        self.init(
            id: try row.id(1),
            organization: try row.id(0),
            createdAt: try row.requiredMoment(2),
            modifiedAt: row.moment(3),
            archivedAt: row.moment(4),
            name: try row.string(5),
            unit: try row.choice(6),
            customLabel: row.text(7),
            customMultiplier: row.integer(8).map { Int($0) },
            filter: filter,
            aggregation: aggregation,
            metadata: Metadata(stored: try row.string(11))
        )
    }
}

/// What a customer has used, as a row, of a customer that is named by its number.
extension CustomerMeter {
    static let shape = TableShape(
        "customer_meters",
        key: 3,
        [
            "organization_id", "customer_number", "meter_id", "id", "created_at", "modified_at", "reset_at", "function",
            "events", "total", "total_rest", "smallest", "largest", "different", "consumed", "credited",
        ]
    )

    func columnValues(customer number: Int64) -> [SQLValue] {
        [
            SQLValue(organization), .integer(number), SQLValue(meter), SQLValue(id), SQLValue(createdAt),
            SQLValue(modifiedAt), SQLValue(resetAt), .text(function.rawValue), .integer(usage.events),
            .real(usage.sum), .real(usage.sumRest), SQLValue(usage.smallest), SQLValue(usage.largest),
            .integer(usage.distinct), .real(consumed), .integer(credited),
        ]
    }

    init(row: any SQLRow) throws {
        var usage = MeterUsage()
        usage.events = try row.required(8)
        usage.sum = row.number(9) ?? 0
        usage.sumRest = row.number(10) ?? 0
        usage.smallest = row.number(11)
        usage.largest = row.number(12)
        usage.distinct = try row.required(13)
        self.init(
            id: try row.id(3),
            organization: try row.id(0),
            meter: try row.id(2),
            createdAt: try row.requiredMoment(4),
            modifiedAt: row.moment(5),
            resetAt: row.moment(6),
            usage: usage,
            credited: try row.required(15),
            function: try row.choice(7)
        )
    }
}
