import ClienteleCore
import ClienteleJSON

/// The wire's meter and customer meter, member for member in the published order.
extension JSONWriter {
    /// A meter as a whole answer, an item of a list, or a part of another record.
    mutating func polarMeter(_ meter: Meter) {
        beginObject()
        member("metadata", raw: meter.metadata.text)
        member("created_at", meter.createdAt)
        member("modified_at", meter.modifiedAt)
        member("id", meter.id)
        member("name", meter.name)
        member("unit", meter.unit.rawValue)
        member("custom_label", meter.customLabel)
        member("custom_multiplier", meter.customMultiplier)
        member("filter", meter.filter.json)
        member("aggregation", meter.aggregation.json)
        member("organization_id", meter.organization)
        member("archived_at", meter.archivedAt)
        endObject()
    }

    /// What one customer has used and been credited, with the customer and the meter.
    mutating func polarCustomerMeter(_ details: CustomerMeterDetails) {
        let record = details.record
        beginObject()
        member("id", record.id)
        member("created_at", record.createdAt)
        member("modified_at", record.modifiedAt)
        member("customer_id", details.customer.id)
        member("meter_id", record.meter)
        member("consumed_units", record.consumed)
        member("credited_units", record.credited)
        member("balance", record.balance)
        name("customer")
        polarCustomer(details.customer)
        name("meter")
        polarMeter(details.meter)
        endObject()
    }
}
