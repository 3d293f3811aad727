/// A JSON text as a tree that keeps what the text said.
///
/// Members stay in order, `null` is not the same as absent, and `1` is not the same as `1.0`: three things that
/// `JSONEncoder` and `JSONDecoder` lose, and that a compatible server must get right.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// The decimal text of an integer that is outside `Int64`.
    case bigInteger(String)
    /// A number that was written with a fraction or an exponent.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value in an object.
    public struct Member: Sendable {
        public var name: String
        public var value: JSON

        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The string, or `null`.
    public init(_ string: String?) { self = string.map { .string($0) } ?? .null }

    /// The member of an object, the last of several; nil when it is absent or this is no object.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name.isSpelled(like: name) }?.value
    }

    /// Whether this is `null`.
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The truth value, if this is one.
    public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// The integer, if this is one within `Int64`.
    public var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }

    /// The number, if it was written with a fraction or an exponent.
    public var number: Double? { if case .number(let number) = self { number } else { nil } }

    /// The string, if this is one.
    public var string: String? { if case .string(let string) = self { string } else { nil } }

    /// The values in order, if this is an array.
    public var array: [JSON]? { if case .array(let values) = self { values } else { nil } }

    /// The members in order, if this is an object.
    public var object: [Member]? { if case .object(let members) = self { members } else { nil } }
}

/// Two trees are equal if they say the same in the same order.
///
/// Strings are compared by their bytes. Swift's `==` takes "é" and "e" with a combining accent for the same string, but they
/// are two names to JSON, and a client that changes one into the other has changed its record.
extension JSON: Hashable {
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.bigInteger(let left), .bigInteger(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.isSpelled(like: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, _), (.bool, _), (.integer, _), (.bigInteger, _), (.number, _), (.string, _), (.array, _),
            (.object, _):
            false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let bool): hasher.combine(bool)
        case .integer(let integer): hasher.combine(integer)
        case .bigInteger(let text): hasher.combine(text)
        case .number(let number): hasher.combine(number)
        case .string(let string): string.hashSpelling(into: &hasher)
        case .array(let values): hasher.combine(values)
        case .object(let members): hasher.combine(members)
        }
    }
}

extension JSON.Member: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.name.isSpelled(like: right.name) && left.value == right.value
    }

    public func hash(into hasher: inout Hasher) {
        name.hashSpelling(into: &hasher)
        hasher.combine(value)
    }
}

extension String {
    /// Whether the two have the same bytes; `==` would take canonically equivalent strings for equal.
    func isSpelled(like other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    func hashSpelling(into hasher: inout Hasher) {
        var copy = self
        copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
    public init(dictionaryLiteral members: (String, JSON)...) { self = .object(members.map { Member($0, $1) }) }
    public init(arrayLiteral values: JSON...) { self = .array(values) }
    public init(stringLiteral string: String) { self = .string(string) }
    public init(booleanLiteral bool: Bool) { self = .bool(bool) }
    public init(integerLiteral integer: Int64) { self = .integer(integer) }
    public init(floatLiteral number: Double) { self = .number(number) }
    public init(nilLiteral: ()) { self = .null }
}
