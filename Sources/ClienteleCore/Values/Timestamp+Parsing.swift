extension Timestamp {
    /// Why a text is no moment.
    public enum ParsingError: Error, Sendable {
        case malformed
        /// A date and a time, but not where on Earth.
        case zoneMissing
    }

    /// Reads RFC 3339 and what ISO 8601 parsers commonly take beside it: a space for the `T`, no seconds, an offset without
    /// a colon, any number of fractional digits, of which six count.
    public init(parsing text: String) throws(ParsingError) {
        var text = text
        let moment = text.withUTF8 { bytes in
            Result { () throws(ParsingError) in
                var reader = MomentReader(bytes: bytes)
                return try reader.moment()
            }
        }
        self = try moment.get()
    }
}

/// One walk over a text.
private struct MomentReader {
    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func moment() throws(Timestamp.ParsingError) -> Timestamp {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2), 1...12 ~= month,
            year > 0, 1...Timestamp.daysIn(month: month, of: year) ~= day,
            take("T") || take("t") || take(" ") || take("_"),
            let hour = number(2), hour < 24, take(":"), let minute = number(2), minute < 60
        else { throw .malformed }
        var second = 0
        var fraction: Int64 = 0
        if take(":") {
            guard let value = number(2), value < 60 else { throw .malformed }
            second = value
            if take(".") || take(",") {
                guard let value = self.fraction() else { throw .malformed }
                fraction = value
            }
        }
        if position == bytes.count { throw .zoneMissing }
        guard let offset = offsetMinutes(), position == bytes.count else { throw .malformed }
        let days = Timestamp.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + Int64(hour * 3_600 + (minute - offset) * 60 + second)
        let moment = Timestamp(microseconds: seconds * 1_000_000 + fraction)
        // In UTC it must still be a moment that can be written.
        guard 1...9999 ~= moment.year else { throw .malformed }
        return moment
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Takes a digit.
    private mutating func digit() -> Int? {
        guard position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] else { return nil }
        position += 1
        return Int(bytes[position - 1] - UInt8(ascii: "0"))
    }

    private mutating func number(_ digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Microseconds.
    private mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var digits = 0
        while let digit = digit() {
            if digits < 6 { value = value * 10 + Int64(digit) }
            digits += 1
        }
        guard digits > 0 else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    private mutating func offsetMinutes() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("-") ? -1 : 1
        guard sign == -1 || take("+"), let hours = number(2), hours < 24 else { return nil }
        _ = take(":")
        guard let minutes = number(2), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
