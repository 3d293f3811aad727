public import ClienteleJSON

/// What a client attaches to a record: names and values of its own, kept as they were sent.
///
/// The text is kept beside nothing else: an answer copies it, and only a rule or a filter reads into it. What a name or a
/// value may be is a dialect's rule.
public struct Metadata: Sendable, Hashable {
    /// A JSON object.
    public let text: String

    public init(_ members: [JSON.Member] = []) { self.text = members.isEmpty ? "{}" : JSON.object(members).text }

    /// Reads back what the store kept.
    package init(stored text: String) { self.text = text }

    public var members: [JSON.Member] {
        guard case .object(let members)? = try? JSON(parsing: Array(text.utf8)) else { return [] }
        return members
    }

    /// What a filter compares with: a string's own text, any other scalar's JSON text.
    package static func filterText(_ value: JSON) -> String {
        if case .string(let text) = value { text } else { value.text }
    }

    /// Compares the bytes: to Swift, texts of other bytes can be equal strings.
    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }

    public func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
}
