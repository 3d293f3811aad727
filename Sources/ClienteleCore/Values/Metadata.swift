public import ClienteleJSON

/// What a client attaches to a record: names and values of its own, kept as they were sent.
///
/// The text is kept beside nothing else: an answer copies it, and only a rule or a filter reads into it. What a name or a
/// value may be is a dialect's rule.
public struct Metadata: Sendable, Hashable {
    /// A JSON object, or `null` where a dialect tells none from an empty one.
    public let text: String

    /// None at all.
    public static let null = Metadata(stored: "null")

    public init(_ members: [JSON.Member] = []) { self.text = members.isEmpty ? "{}" : JSON.object(members).text }

    /// Reads back what the store kept.
    package init(stored text: String) { self.text = text }

    public var members: [JSON.Member] {
        guard case .object(let members)? = try? JSON(parsing: Array(text.utf8)) else { return [] }
        return members
    }

    /// The pairs that a filter finds a record by: a string's own text, any other scalar's JSON text.
    ///
    /// What no filter asks for, or not every engine can keep in an index, is not among them: nested values, long texts, and
    /// those with U+0000.
    package var filterPairs: [(name: String, text: String)] {
        members.compactMap { member in
            switch member.value {
            case .null, .array, .object: return nil
            case .string, .bool, .integer, .bigInteger, .number: break
            }
            let text = Self.filterText(member.value)
            guard member.name.utf8.count + text.utf8.count <= Self.indexedBytesMax else { return nil }
            return member.name.utf8.contains(0) || text.utf8.contains(0) ? nil : (member.name, text)
        }
    }

    package static func filterText(_ value: JSON) -> String {
        if case .string(let text) = value { text } else { value.text }
    }

    private static let indexedBytesMax = 2_200

    /// Compares the bytes: to Swift, texts of other bytes can be equal strings.
    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }

    public func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
}
