import ClienteleJSON

/// A value of the wire: can be sent between tasks, compared, and written as the JSON that it came from.
public protocol WireModel: Codable, Hashable, Sendable {}

extension WireModel {
    /// The value as compact JSON, with the wire's names; what is nil is left out.
    public func wireText() throws -> String { try wireJSON().text }

    /// Reads a value from JSON with the wire's names: the body of an answer that was kept.
    ///
    /// Throws `DecodingError`, or `JSON.SyntaxError` where the text is no JSON.
    public init(wireText: String) throws { self = try JSON(parsing: wireText).decoded() }
}
