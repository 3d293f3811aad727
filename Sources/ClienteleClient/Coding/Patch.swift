/// What an update asks of one field: nothing, to clear it, or a new value.
///
/// `nil` clears, and a literal sets: `CustomerUpdate(name: "Ada", locale: nil)`. What is left out stays as it is.
public enum Patch<Value: Sendable>: Sendable {
    /// The field stays as it is, and is not sent.
    case unchanged
    /// The field is sent as `null`, which clears it.
    case null
    /// The field gets this value.
    case set(Value)

    /// Sets the value, or clears the field where there is none.
    public init(_ value: Value?) { self = value.map { .set($0) } ?? .null }
}

extension Patch: Equatable where Value: Equatable {}
extension Patch: Hashable where Value: Hashable {}

extension Patch: ExpressibleByNilLiteral {
    /// Clears the field.
    public init(nilLiteral: ()) { self = .null }
}

extension Patch: ExpressibleByUnicodeScalarLiteral where Value: ExpressibleByStringLiteral {
    /// Sets the field to a text.
    public init(unicodeScalarLiteral value: Value.StringLiteralType) { self = .set(Value(stringLiteral: value)) }
}

extension Patch: ExpressibleByExtendedGraphemeClusterLiteral where Value: ExpressibleByStringLiteral {
    /// Sets the field to a text.
    public init(extendedGraphemeClusterLiteral value: Value.StringLiteralType) {
        self = .set(Value(stringLiteral: value))
    }
}

extension Patch: ExpressibleByStringLiteral where Value: ExpressibleByStringLiteral {
    /// Sets the field to a text.
    public init(stringLiteral value: Value.StringLiteralType) { self = .set(Value(stringLiteral: value)) }
}

extension Patch: ExpressibleByIntegerLiteral where Value: ExpressibleByIntegerLiteral {
    /// Sets the field to a number.
    public init(integerLiteral value: Value.IntegerLiteralType) { self = .set(Value(integerLiteral: value)) }
}

extension Patch: ExpressibleByBooleanLiteral where Value: ExpressibleByBooleanLiteral {
    /// Sets the field to a truth value.
    public init(booleanLiteral value: Value.BooleanLiteralType) { self = .set(Value(booleanLiteral: value)) }
}

extension Patch: Encodable where Value: Encodable {
    /// Writes the value, or `null`; one that changes nothing has to be left out by whoever holds it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .unchanged, .null: try container.encodeNil()
        case .set(let value): try container.encode(value)
        }
    }
}

extension KeyedEncodingContainer {
    /// Leaves a field out that is to stay as it is; synthesized conformances of this module call this.
    mutating func encode<Value: Encodable & Sendable>(_ patch: Patch<Value>, forKey key: Key) throws {
        switch patch {
        case .unchanged: break
        case .null: try encodeNil(forKey: key)
        case .set(let value): try encode(value, forKey: key)
        }
    }
}
