/// The 128-bit name of one `Entity`: a UUID of version 4 when it is ours.
///
/// A dialect decides how it is spelled; the canonical text is the lower-case UUID with hyphens.
public struct Identifier<Entity>: Sendable, Hashable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Draws a new identifier of version 4, variant 1 (RFC 9562).
    public init(using random: inout some RandomNumberGenerator) {
        self.high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        self.low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// The identifier of version 4 that follows from two random ones.
    package init<First, Second>(combining first: Identifier<First>, _ second: Identifier<Second>) {
        self.high = (first.high ^ second.high) & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        self.low = (first.low ^ second.low) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Reads the spellings that UUID parsers agree on.
    ///
    /// These are 8-4-4-4-12, 32 digits, either in braces, or after `urn:uuid:`; in any letter case. Nil for anything else.
    public init?(_ text: some StringProtocol) {
        var digits = Array(text.utf8)[...]
        if digits.starts(with: "urn:uuid:".utf8) {
            digits = digits.dropFirst(9)
        } else if digits.first == UInt8(ascii: "{"), digits.last == UInt8(ascii: "}") {
            digits = digits.dropFirst().dropLast()
            guard digits.count == 36 else { return nil }
        }
        let hyphenated = digits.count == 36
        guard hyphenated || digits.count == 32 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        for (position, byte) in digits.enumerated() {
            if hyphenated, position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexValue(byte) else { return nil }
            if count < 16 { halves.high = halves.high << 4 | digit } else { halves.low = halves.low << 4 | digit }
            count += 1
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// The version that the text names; 4 for all that this service issues.
    public var version: Int { Int(high >> 12 & 0xF) }

    /// Lower-case, with hyphens.
    public var text: String { String(unsafeUninitializedCapacity: Self.textLength, initializingUTF8With: write(to:)) }

    /// Bytes that `text` has.
    public static var textLength: Int { 36 }

    /// Writes `text` into memory that has room for it, and gives its length.
    public func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var position = 0
        for byte in 0..<16 {
            if byte == 4 || byte == 6 || byte == 8 || byte == 10 {
                buffer[position] = UInt8(ascii: "-")
                position += 1
            }
            let half = byte < 8 ? high : low
            let value = UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (byte & 7)))
            buffer[position] = hexDigit(value >> 4)
            buffer[position + 1] = hexDigit(value & 15)
            position += 2
        }
        return position
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String { text }
}

private func hexValue(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}

extension Identifier: Comparable {
    /// The order of the texts.
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}
