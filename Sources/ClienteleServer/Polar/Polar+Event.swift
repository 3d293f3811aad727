import ClienteleCore
import ClienteleJSON

/// The wire's event, member for member in the published order.
extension JSONWriter {
    /// An event as a whole answer or an item of a list.
    mutating func polarEvent(_ event: Event) {
        beginObject()
        member("id", event.id)
        member("timestamp", event.timestamp)
        member("organization_id", event.organization)
        member("customer_id", event.customer?.id.text)
        name("customer")
        if let customer = event.customer { polarCustomer(customer) } else { null() }
        member("external_customer_id", event.externalCustomerID)
        // Which of a customer's members did it is not kept.
        name("member_id")
        null()
        name("external_member_id")
        null()
        member("child_count", event.childCount)
        member("parent_id", event.parent?.text)
        member("label", event.name)
        member("name", event.name)
        member("source", event.source.rawValue)
        member("metadata", raw: event.metadata.text)
        endObject()
    }
}
