extension JSON.Parser {
    /// Reads a string, from one quote to the other.
    mutating func string() throws(JSON.SyntaxError) -> String {
        try withText { String(validating: $0, isASCII: $1) }
    }

    /// Reads a member's name, and its trait with it.
    mutating func name() throws(JSON.SyntaxError) -> (text: String, trait: UInt8) {
        try withText { text, isASCII in
            String(validating: text, isASCII: isASCII).map { ($0, MemberList.trait(of: text)) }
        }
    }

    /// Lends the bytes that a string stands for, which lie in the text itself unless there are escapes; they may be invalid.
    @inline(__always)
    private mutating func withText<Result>(
        _ body: (UnsafeBufferPointer<UInt8>, _ isASCII: Bool) -> Result?
    ) throws(JSON.SyntaxError) -> Result {
        let start = position + 1
        let (end, isASCII) = bytes.unquotable(from: start)
        let result: Result?
        if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
            position = end + 1
            result = body(
                UnsafeRawBufferPointer(rebasing: bytes[start..<end]).assumingMemoryBound(to: UInt8.self),
                isASCII
            )
        } else {
            try unescape()
            result = unescaped.withUnsafeBufferPointer { body($0, false) }
        }
        guard let result else { throw failure("Invalid UTF-8", .invalidUTF8) }
        return result
    }

    /// Reads a string with escapes into `unescaped`.
    private mutating func unescape() throws(JSON.SyntaxError) {
        let opening = position
        unescaped.removeAll(keepingCapacity: true)
        position += 1
        while true {
            let start = position
            position = bytes.unquotable(from: start).end
            unescaped.append(contentsOf: bytes[start..<position])
            guard let byte else { throw failure("Unterminated string starting at", at: opening) }
            guard byte >= 0x20 else { throw failure("Invalid control character at") }
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            guard position < bytes.count else { throw failure("Unterminated string starting at", at: opening) }
            try escape()
        }
    }

    /// Reads what stands after a backslash.
    private mutating func escape() throws(JSON.SyntaxError) {
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: String(try scalarEscape()).utf8)
        default: throw failure("Invalid \\escape", at: position - 2)
        }
    }

    /// Reads the digits of a `\uXXXX`, and the second escape of a pair.
    private mutating func scalarEscape() throws(JSON.SyntaxError) -> Unicode.Scalar {
        let start = position - 2
        let first = try hexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, takes("\\"), takes("u") else {
            throw failure("Lone surrogate", .loneSurrogate, at: start)
        }
        let second = try hexDigits()
        guard 0xDC00..<0xE000 ~= second,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("Lone surrogate", .loneSurrogate, at: start) }
        return scalar
    }

    /// Reads four digits; as the reference does, it calls them incomplete if the text ends with them.
    private mutating func hexDigits() throws(JSON.SyntaxError) -> UInt32 {
        let end = position + 4
        var value: UInt32 = 0
        for place in position..<end {
            guard end < bytes.count, let digit = Self.hexDigit(bytes[place]) else {
                throw failure("Invalid \\uXXXX escape", at: position - 1)
            }
            value = value << 4 | digit
        }
        position = end
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension JSON.Parser {
    /// Reads a number, or finds that there is no value here at all.
    mutating func number() throws(JSON.SyntaxError) -> JSON {
        let start = position
        let isNegative = takes("-")
        let firstDigit = position
        guard let magnitude = skipInteger() else { throw failure("Expecting value", at: start) }
        let digits = position - firstDigit
        let hasFraction = skipFraction()
        if skipExponent() || hasFraction {
            guard let number = Double(text(from: start)), number.isFinite else {
                throw failure("Number out of range", .numberOutOfRange, at: start)
            }
            return .number(number)
        }
        guard digits <= JSON.integerDigitsMax else {
            throw failure("Number out of range", .numberOutOfRange, at: start)
        }
        // The magnitude is right for up to 19 digits: all of them are below 2^64.
        if digits <= 19 {
            if let integer = Int64(exactly: magnitude) { return .integer(isNegative ? -integer : integer) }
            if isNegative, magnitude == Int64.min.magnitude { return .integer(.min) }
        }
        return .bigInteger(text(from: start))
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    /// Takes a zero, or digits that do not begin with one; gives their value as far as 64 bits hold it.
    private mutating func skipInteger() -> UInt64? {
        if takes("0") { return 0 }
        let start = position
        var value: UInt64 = 0
        while let digit {
            value = value &* 10 &+ UInt64(digit)
            position += 1
        }
        return position == start ? nil : value
    }

    private mutating func skipFraction() -> Bool {
        let start = position
        guard takes("."), skipDigits() else {
            position = start
            return false
        }
        return true
    }

    private mutating func skipExponent() -> Bool {
        let start = position
        guard takes("e") || takes("E") else { return false }
        if !takes("+") { _ = takes("-") }
        guard skipDigits() else {
            position = start
            return false
        }
        return true
    }

    /// Takes digits; false if there are none.
    private mutating func skipDigits() -> Bool {
        let start = position
        while digit != nil { position += 1 }
        return position > start
    }

    private var digit: UInt8? {
        guard let byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
        return byte - UInt8(ascii: "0")
    }
}

extension String {
    /// The string of these bytes; nil if they are not UTF-8, which needs no look if they are ASCII.
    ///
    /// `String(validating:as:)` does the same in more than twice the time, for it is not specialized.
    fileprivate init?(validating bytes: UnsafeBufferPointer<UInt8>, isASCII: Bool) {
        if isASCII {
            self.init(copying: UTF8Span(unchecked: bytes.span, isKnownASCII: true))
        } else {
            guard let text = try? UTF8Span(validating: bytes.span) else { return nil }
            self.init(copying: text)
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Where the first thing that is not UTF-8 begins; nil if all is.
    var invalidUTF8Offset: Int? {
        do {
            _ = try UTF8Span(validating: span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }
}
