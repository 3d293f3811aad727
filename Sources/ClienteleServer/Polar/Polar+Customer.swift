import ClienteleCore
import ClienteleJSON

/// The wire's customer, member for member in the published order.
extension JSONWriter {
    /// A customer as a whole answer or an item of a list.
    mutating func polarCustomer(_ customer: Customer) {
        beginObject()
        polarMembers(of: customer)
        endObject()
    }

    mutating func polarMembers(of customer: Customer) {
        member("id", customer.id)
        member("created_at", customer.createdAt)
        member("modified_at", customer.modifiedAt)
        name("metadata")
        raw(customer.metadata.polarText)
        member("external_id", customer.externalID)
        member("email", customer.email?.text)
        member("email_verified", customer.emailVerified)
        member("type", customer.kind.rawValue)
        member("name", customer.name)
        member("billing_name", customer.billingName ?? customer.name)
        polarAddress(customer.billingAddress)
        polarTaxID(customer.taxID)
        member("locale", customer.locale?.text)
        member("organization_id", customer.organization)
        // There are no payments that could set this.
        name("default_payment_method_id")
        null()
        member("deleted_at", customer.deletedAt)
        member("first_user_event_at", customer.firstUserEventAt)
        member("avatar_url", customer.polarAvatarURL)
    }

    private mutating func polarAddress(_ address: PostalAddress?) {
        name("billing_address")
        guard let address else { return null() }
        beginObject()
        member("line1", address.line1)
        member("line2", address.line2)
        member("postal_code", address.postalCode)
        member("city", address.city)
        member("state", address.state)
        member("country", address.country.code)
        endObject()
    }

    private mutating func polarTaxID(_ taxID: TaxID?) {
        name("tax_id")
        guard let taxID else { return null() }
        beginArray()
        value(taxID.number)
        value(taxID.kind.rawValue)
        endArray()
    }

    /// One page of a list, and what there is in all.
    mutating func polarPage<Item>(_ page: Page<Item>, limit: Int, _ write: (inout Self, Item) -> Void) {
        beginObject()
        name("items")
        beginArray()
        for item in page.items { write(&self, item) }
        endArray()
        name("pagination")
        beginObject()
        member("total_count", page.totalCount)
        member("max_page", (page.totalCount + limit - 1) / limit)
        endObject()
        endObject()
    }
}

extension Metadata {
    /// An object whose values are scalars, as Polar's clients expect: any other is the text of its JSON.
    var polarText: String {
        guard mayHaveMoreThanScalars else { return text }
        let scalars = members.map { member in
            switch member.value {
            case .null, .array, .object: JSON.Member(member.name, .string(member.value.text))
            case .bool, .integer, .bigInteger, .number, .string: member
            }
        }
        return JSON.object(scalars).text
    }

    /// Whether it may be no object, or have a value that is no scalar; texts that look like one count, too.
    private var mayHaveMoreThanScalars: Bool {
        // Nearly all have none.
        if text.utf8.count == 2 { return false }
        var previous = UInt8(ascii: ":")
        for (index, byte) in text.utf8.enumerated() {
            defer { previous = byte }
            guard previous == UInt8(ascii: ":"), index > 0 || byte == UInt8(ascii: "n") else { continue }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "n") { return true }
        }
        return false
    }
}

extension Customer {
    /// The picture that Gravatar keeps for the customer's address, or for its owner's where it has none.
    var polarAvatarURL: String? {
        guard let email = email ?? ownerEmail else { return nil }
        return "https://www.gravatar.com/avatar/" + hexSHA256(of: email.key) + "?d=404"
    }
}
