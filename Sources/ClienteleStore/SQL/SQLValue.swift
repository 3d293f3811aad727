package import ClienteleCore
package import ClienteleJSON

/// An argument of a statement.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    /// A 128-bit identifier, in whatever form the engine keeps one.
    case identifier(high: UInt64, low: UInt64)

    package init(_ identifier: Identifier<some Any>) { self = .identifier(high: identifier.high, low: identifier.low) }

    package init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    package init(_ integer: Int64?) { self = integer.map { .integer($0) } ?? .null }

    package init(_ number: Double?) { self = number.map { .real($0) } ?? .null }

    package init(_ truth: Bool) { self = .integer(truth ? 1 : 0) }

    package init(_ moment: Timestamp?) { self = moment.map { .integer($0.microseconds) } ?? .null }
}

extension SQLRow {
    package func id<Entity>(_ column: Int) throws -> Identifier<Entity> {
        guard let (high, low) = identifier(column) else { throw SQLError.malformed(column: column) }
        return Identifier(high: high, low: low)
    }

    package func string(_ column: Int) throws -> String {
        guard let text = text(column) else { throw SQLError.malformed(column: column) }
        return text
    }

    package func required(_ column: Int) throws -> Int64 {
        guard let integer = integer(column) else { throw SQLError.malformed(column: column) }
        return integer
    }

    /// One of the names of `Value`.
    package func choice<Value: RawRepresentable>(_ column: Int) throws -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: try string(column)) else { throw SQLError.malformed(column: column) }
        return value
    }

    /// A JSON text.
    package func json(_ column: Int) throws -> JSON { try JSON(parsing: Array(try string(column).utf8)) }

    package func moment(_ column: Int) -> Timestamp? { integer(column).map(Timestamp.init(microseconds:)) }

    package func requiredMoment(_ column: Int) throws -> Timestamp {
        guard let moment = moment(column) else { throw SQLError.malformed(column: column) }
        return moment
    }
}
