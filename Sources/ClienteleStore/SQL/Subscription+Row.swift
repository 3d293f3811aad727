import ClienteleCore
import ClienteleJSON

/// A subscription as a row, of a customer that is named by its number.
extension Subscription {
    static let shape = TableShape(
        "subscriptions",
        key: 3,
        [
            "organization_id", "customer_number", "id", "created_at", "modified_at", "product_id", "prices", "amount",
            "currency", "status", "interval_unit", "interval_count", "anchor", "periods_ended", "current_period_start",
            "current_period_end", "trial_start", "trial_end", "cancels_at_period_end", "canceled_at", "started_at",
            "ends_at", "ended_at", "cancellation_reason", "cancellation_comment", "metadata", "due_at",
        ]
    )

    func columnValues(customer number: Int64) -> [SQLValue] {
        [
            SQLValue(organization), .integer(number), SQLValue(id), SQLValue(createdAt), SQLValue(modifiedAt),
            SQLValue(product), .text(JSON.array(prices.map(\.json)).text), .integer(amount), .text(currency),
            .text(status.rawValue), .text(interval.unit.rawValue), .integer(Int64(interval.count)), SQLValue(anchor),
            .integer(Int64(periodsEnded)), SQLValue(currentPeriodStart), SQLValue(currentPeriodEnd),
            SQLValue(trialStart), SQLValue(trialEnd), SQLValue(cancelsAtPeriodEnd), SQLValue(canceledAt),
            SQLValue(startedAt), SQLValue(endsAt), SQLValue(endedAt), SQLValue(cancellationReason?.rawValue),
            SQLValue(cancellationComment), .text(metadata.text), SQLValue(dueAt),
        ]
    }

    init(row: any SQLRow, customer: Customer.ID) throws {
        guard let interval = row.interval(10) else { throw SQLError.malformed(column: 10) }
        self.init(
            id: try row.id(2),
            organization: try row.id(0),
            customer: customer,
            createdAt: try row.requiredMoment(3),
            modifiedAt: row.moment(4),
            product: try row.id(5),
            prices: try row.agreedPrices(6),
            amount: try row.required(7),
            currency: try row.string(8),
            status: try row.choice(9),
            interval: interval,
            anchor: try row.requiredMoment(12),
            periodsEnded: Int(try row.required(13)),
            currentPeriodStart: try row.requiredMoment(14),
            currentPeriodEnd: try row.requiredMoment(15),
            trialStart: row.moment(16),
            trialEnd: row.moment(17),
            cancelsAtPeriodEnd: row.integer(18) == 1,
            canceledAt: row.moment(19),
            startedAt: row.moment(20),
            endsAt: row.moment(21),
            endedAt: row.moment(22),
            cancellationReason: row.text(23).flatMap(CancellationReason.init(rawValue:)),
            cancellationComment: row.text(24),
            metadata: Metadata(stored: try row.string(25))
        )
    }
}

extension AgreedPrice {
    fileprivate var json: JSON {
        guard let metered else { return .string(id.text) }
        return [
            "id": .string(id.text), "meter_id": .string(metered.meter.text),
            "unit_amount": .string(metered.unitAmount), "cap": JSON(metered.cap),
        ]
    }

    fileprivate init?(json: JSON) {
        if let id = json.string.flatMap({ Price.ID($0) }) {
            self.init(id: id, metered: nil)
        } else if let id = json["id"]?.string.flatMap({ Price.ID($0) }),
            let meter = json["meter_id"]?.string.flatMap({ Meter.ID($0) }), let amount = json["unit_amount"]?.string
        {
            self.init(id: id, metered: Metered(meter: meter, unitAmount: amount, cap: json["cap"]?.integer))
        } else {
            return nil
        }
    }
}

extension SQLRow {
    func agreedPrices(_ column: Int) throws -> [AgreedPrice] {
        guard let prices = try json(column).array?.map(AgreedPrice.init(json:)), !prices.contains(nil) else {
            throw SQLError.malformed(column: column)
        }
        return prices.compactMap(\.self)
    }
}
