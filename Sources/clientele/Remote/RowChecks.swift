import ClienteleClient

/// Finds what a server would refuse in the customers of one source, before any of them is sent.
struct RowChecks {
    private var emails: [String: String] = [:]
    private var externalIDs: [String: String] = [:]

    /// The server's limits of metadata: what passes them here is not refused there for it.
    private static let pairsMax = 50
    private static let nameMax = 40
    private static let textMax = 500

    /// What is wrong with the customer at a place of the source; nothing where it can be sent.
    mutating func reasons(against customer: CustomerCreate, at place: String) -> [String] {
        var reasons: [String] = []
        if let email = customer.email {
            if let reason = emailFault(email) { reasons.append("email: \(reason)") }
            if let other = emails.updateValue(place, forKey: email.lowercased()) {
                reasons.append("email: \(other) has it too")
            }
        } else if customer.type != .team || customer.owner == nil {
            reasons.append("email: it is missing")
        }
        if let externalID = customer.externalID, let other = externalIDs.updateValue(place, forKey: externalID) {
            reasons.append("external_id: \(other) has it too")
        }
        if ![.individual, .team].contains(customer.type) { reasons.append("type: it is neither individual nor team") }
        if let owner = customer.owner, let reason = emailFault(owner.email) { reasons.append("owner_email: \(reason)") }
        return reasons + metadataReasons(customer.metadata)
    }

    private func metadataReasons(_ metadata: [String: JSON]) -> [String] {
        var reasons: [String] = []
        if metadata.count > Self.pairsMax { reasons.append("metadata: it has more than \(Self.pairsMax) pairs") }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            if !(1...Self.nameMax ~= name.unicodeScalars.count) {
                reasons.append("metadata: the name '\(name)' has not 1 to \(Self.nameMax) characters")
            }
            switch value {
            case .bool, .integer, .bigInteger, .number: break
            case .string(let text) where 1...Self.textMax ~= text.unicodeScalars.count: break
            case .string: reasons.append("metadata: the text of '\(name)' has not 1 to \(Self.textMax) characters")
            case .null, .array, .object: reasons.append("metadata: '\(name)' is no text, number or truth value")
            }
        }
        return reasons
    }
}
