import ClienteleCore
import ClienteleJSON

/// A product as a row.
extension Product {
    static let shape = TableShape(
        "products",
        key: 2,
        [
            "organization_id", "id", "created_at", "modified_at", "name", "description", "visibility",
            "recurring_interval", "recurring_count", "trial_interval", "trial_count", "meter_interval", "meter_count",
            "is_archived", "metadata", "prices", "price_type", "price_amount", "name_key",
        ]
    )

    var columnValues: [SQLValue] {
        [
            SQLValue(organization), SQLValue(id), SQLValue(createdAt), SQLValue(modifiedAt), .text(name),
            SQLValue(description), .text(visibility.rawValue),
        ] + recurring.columnValues + trial.columnValues + metering.columnValues + [
            SQLValue(isArchived), .text(metadata.text), .text(JSON.array(prices.map(\.json)).text),
            SQLValue(staticPrice?.amount.type), SQLValue(staticPrice?.sortedAmount), .text(name.lowercased()),
        ]
    }

    /// The product without its benefits and meters.
    init(row: any SQLRow) throws {
        guard let prices = try row.json(15).array?.map(Price.init(json:)), !prices.contains(nil) else {
            throw SQLError.malformed(column: 15)
        }
        self.init(
            id: try row.id(1),
            organization: try row.id(0),
            createdAt: try row.requiredMoment(2),
            modifiedAt: row.moment(3),
            name: try row.string(4),
            description: row.text(5),
            visibility: try row.choice(6),
            recurring: row.interval(7),
            trial: row.interval(9),
            metering: row.interval(11),
            isArchived: row.integer(13) == 1,
            metadata: Metadata(stored: try row.string(14)),
            prices: prices.compactMap(\.self)
        )
    }
}

extension Price {
    /// What a list sorts by: the least that is paid a period.
    fileprivate var sortedAmount: Int64 {
        if case .custom(let minimum, _, _) = amount { minimum } else { fixedAmount }
    }
}

extension CalendarInterval? {
    var columnValues: [SQLValue] { [SQLValue(self?.unit.rawValue), SQLValue(self.map { Int64($0.count) })] }
}

extension SQLRow {
    /// An interval in two columns, of which the first names the unit.
    func interval(_ column: Int) -> CalendarInterval? {
        text(column).flatMap(CalendarInterval.Unit.init(rawValue:)).flatMap { unit in
            integer(column + 1).map { CalendarInterval(unit, count: Int($0)) }
        }
    }
}

/// A price as it is kept in its product's row.
extension Price {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [
            .init("id", .string(id.text)), .init("created_at", .integer(createdAt.microseconds)),
            .init("modified_at", JSON(modifiedAt?.microseconds)), .init("is_archived", .bool(isArchived)),
            .init("currency", .string(currency)), .init("tax_behavior", JSON(taxBehavior)),
            .init("type", .string(amount.type)),
        ]
        switch amount {
        case .fixed(let amount): members.append(.init("amount", .integer(amount)))
        case .custom(let minimum, let maximum, let preset):
            members += [
                .init("minimum", .integer(minimum)), .init("maximum", JSON(maximum)), .init("preset", JSON(preset)),
            ]
        case .meteredUnit(let meter, let unitAmount, let cap):
            members += [
                .init("meter_id", .string(meter.text)), .init("unit_amount", .string(unitAmount)),
                .init("cap", JSON(cap)),
            ]
        case .seatBased(let tiers): members.append(.init("tiers", tiers))
        }
        return .object(members)
    }

    fileprivate init?(json: JSON) {
        guard let id = json["id"]?.string.flatMap({ Price.ID($0) }), let createdAt = json["created_at"]?.integer,
            let currency = json["currency"]?.string, let amount = Amount(json: json)
        else { return nil }
        self.init(
            id: id,
            createdAt: Timestamp(microseconds: createdAt),
            modifiedAt: json["modified_at"]?.integer.map { Timestamp(microseconds: $0) },
            isArchived: json["is_archived"]?.bool ?? false,
            currency: currency,
            taxBehavior: json["tax_behavior"]?.string,
            amount: amount
        )
    }
}

extension Price.Amount {
    fileprivate init?(json: JSON) {
        switch json["type"]?.string {
        case "fixed":
            guard let amount = json["amount"]?.integer else { return nil }
            self = .fixed(amount)
        case "custom":
            guard let minimum = json["minimum"]?.integer else { return nil }
            self = .custom(minimum: minimum, maximum: json["maximum"]?.integer, preset: json["preset"]?.integer)
        case "metered_unit":
            guard let meter = json["meter_id"]?.string.flatMap({ Meter.ID($0) }),
                let unitAmount = json["unit_amount"]?.string
            else { return nil }
            self = .meteredUnit(meter: meter, unitAmount: unitAmount, cap: json["cap"]?.integer)
        case "seat_based": self = .seatBased(tiers: json["tiers"] ?? .null)
        default: return nil
        }
    }
}

extension JSON {
    init(_ integer: Int64?) { self = integer.map { .integer($0) } ?? .null }
}
