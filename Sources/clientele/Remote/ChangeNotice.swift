import ClienteleClient
import Foundation

/// A change or a state, as it is printed and sent; its JSON is the server's, byte for byte.
struct ChangeNotice: Sendable {
    let sequence: Int64
    let type: WebhookEventType
    /// The moment as the server writes it.
    let timestamp: String
    let customerID: UUID?
    let stateVersion: Int64?
    /// The record as JSON; nil where it was erased.
    let data: String?
    /// All of it as JSON.
    let json: String
    /// The same each time that the change is sent, and another where a server's data was made anew.
    let id: String

    init(_ change: Change) {
        sequence = change.sequence
        type = change.type
        timestamp = change.timestampText
        customerID = change.customerID
        stateVersion = change.stateVersion
        data = change.payload == nil ? nil : change.text(of: "data")
        json = change.wireText()
        id = Self.id(change.type, change)
    }

    /// Tells the state of the customer whose last change this is.
    init(state: String, version: Int64?, after change: Change, at moment: Date) {
        let version = version ?? change.stateVersion
        sequence = change.sequence
        type = .customerStateChanged
        timestamp = WireDate.text(moment)
        customerID = change.customerID
        stateVersion = version
        data = state
        let customer = JSON(change.customerID.map { "\($0)".lowercased() }).text
        let number = version.map { "\($0)" } ?? "null"
        json =
            #"{"sequence":\#(sequence),"type":"\#(type)","timestamp":"\#(timestamp)","customer_id":\#(customer),"#
            + #""state_version":\#(number),"actor":null,"data":\#(state)}"#
        id = Self.id(type, change)
    }

    /// The change in one line for a person.
    var line: String {
        let customer = customerID.map { "\($0)".lowercased() } ?? "-"
        return "\(timestamp.prefix { $0 != "." && $0 != "Z" })Z  \(sequence)  \(type)  \(customer)"
    }

    /// The body of a webhook; nil where there is no record to tell of.
    var body: String? {
        data.map { #"{"type":\#(JSON.string(type.rawValue).text),"timestamp":"\#(timestamp)","data":\#($0)}"# }
    }

    /// A UUID of version 8, which is for ids of one's own making.
    private static func id(_ type: WebhookEventType, _ change: Change) -> String {
        var digits = Array(hexSHA256OfText("\(type) \(change.sequence) \(change.timestampText)").prefix(32))
        digits[12] = "8"
        digits[16] = "8"
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }
}

extension Change {
    /// The moment as the server writes it.
    fileprivate var timestampText: String {
        text(of: "timestamp").map { String($0.dropFirst().dropLast()) } ?? WireDate.text(timestamp)
    }
}
