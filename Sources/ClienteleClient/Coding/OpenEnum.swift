/// A word of the wire that comes from a list which may grow.
///
/// The words that are known have names (`CustomerType.team`). One that a later server sends is kept as it came, so that
/// yesterday's client reads tomorrow's answers: compare with `==`, and have a `default` in every `switch`.
public protocol OpenEnum: RawRepresentable, Codable, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
where RawValue == String {
    /// Takes a word as it is on the wire.
    init(rawValue: String)
}

extension OpenEnum {
    /// Takes a word as it is on the wire.
    public init(stringLiteral word: String) { self.init(rawValue: word) }

    /// The word as it is on the wire.
    public var description: String { rawValue }
}
