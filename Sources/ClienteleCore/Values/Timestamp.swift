/// A moment in UTC, in microseconds since 1970: the one precision that every engine keeps.
public struct Timestamp: Sendable, Hashable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    public func adding(seconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds + seconds * 1_000_000) }

    /// ISO 8601 with six fractional digits and `Z`: `2026-11-21T05:22:39.960346Z`.
    public var text: String {
        String(unsafeUninitializedCapacity: Self.textLength, initializingUTF8With: write(to:))
    }

    /// Bytes that `text` has.
    public static let textLength = 27

    /// The same moment with the zone written as an offset: `2026-11-21T05:22:39.960346+00:00`.
    public var offsetText: String { text.dropLast() + "+00:00" }

    /// The proleptic Gregorian year.
    public var year: Int { Int(date.year) }

    /// Writes `text` into memory that has room for it, and gives its length.
    public func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let (year, month, day) = date
        let seconds = Int(microseconds.quotientRoundingDown(86_400_000_000).remainder / 1_000_000)
        let fraction = Int(microseconds.quotientRoundingDown(1_000_000).remainder)
        var position = 0
        func put(_ value: Int, digits: Int, then separator: Unicode.Scalar) {
            var rest = value
            for offset in (0..<digits).reversed() {
                buffer[position + offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            buffer[position + digits] = UInt8(ascii: separator)
            position += digits + 1
        }
        put(year, digits: 4, then: "-")
        put(month, digits: 2, then: "-")
        put(day, digits: 2, then: "T")
        put(seconds / 3600, digits: 2, then: ":")
        put(seconds / 60 % 60, digits: 2, then: ":")
        put(seconds % 60, digits: 2, then: ".")
        put(fraction, digits: 6, then: "Z")
        return position
    }

    /// The civil date, by days counted in 400-year eras that begin on 1 March.
    var date: (year: Int, month: Int, day: Int) {
        let days = microseconds.quotientRoundingDown(86_400_000_000).quotient + 719_468
        let (era, dayOfEra) = days.quotientRoundingDown(146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), Int(month), Int(day))
    }
}

extension Int64 {
    func quotientRoundingDown(_ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
