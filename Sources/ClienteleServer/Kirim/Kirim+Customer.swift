import ClienteleCore
import ClienteleJSON

/// The wire's customer, member for member in the published order.
extension JSONWriter {
    /// A customer, and after its ten members those that `more` writes.
    mutating func kirimCustomer(_ customer: Customer, _ more: (inout Self) -> Void = { _ in }) {
        beginObject()
        member("id", KirimID.text("cus", customer.id))
        member("object", "customer")
        member("name", customer.kirimName)
        member("email", customer.email?.text)
        member("status", customer.status.rawValue)
        member("metadata", raw: customer.metadata.text)
        member("archived_at", customer.archivedAt?.kirimText)
        member("team_id", customer.team)
        member("created_at", customer.createdAt.kirimText)
        member("updated_at", (customer.modifiedAt ?? customer.createdAt).kirimText)
        more(&self)
        endObject()
    }

    /// What goes round every answer: the data, and the id of the request.
    mutating func kirimEnvelope(_ requestID: String, _ data: (inout Self) -> Void) {
        beginObject()
        name("data")
        data(&self)
        member("request_id", requestID)
        endObject()
    }

    /// A list, with where the next part of it begins.
    mutating func kirimList<Item>(
        _ items: some Collection<Item>,
        next: String?,
        _ requestID: String,
        _ write: (inout Self, Item) -> Void
    ) {
        beginObject()
        name("data")
        beginArray()
        for item in items { write(&self, item) }
        endArray()
        member("has_more", next != nil)
        member("next_cursor", next)
        member("request_id", requestID)
        endObject()
    }
}

extension Customer {
    /// What the customer is called: here it must be called something, which other dialects do not demand.
    fileprivate var kirimName: String {
        name ?? billingName ?? email?.text ?? ownerEmail?.text ?? externalID ?? KirimID.text("cus", id)
    }
}

extension Timestamp {
    /// ISO 8601 with three fractional digits and `Z`.
    var kirimText: String { text.dropLast(4) + "Z" }
}
