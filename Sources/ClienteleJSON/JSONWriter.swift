/// Where a `JSONWriter` puts its bytes.
public protocol JSONOutput {
    mutating func append(_ byte: UInt8)
    mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>)
    mutating func append(_ text: StaticString)
}

extension [UInt8]: JSONOutput {
    @inlinable
    public mutating func append(_ text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }
}

/// Writes JSON into an output, value by value, with nothing between the values that need not be there.
///
/// It places the commas and colons. That names stand in objects only, and that what is begun is ended, is the caller's part.
/// An absent value is written as `null`.
@frozen
public struct JSONWriter<Output: JSONOutput> {
    public var output: Output

    /// Whether a value came before, so that a comma belongs before the next.
    @usableFromInline var needsComma = false

    @inlinable
    public init(output: Output) { self.output = output }

    @inlinable
    public mutating func beginObject() { begin(UInt8(ascii: "{")) }

    @inlinable
    public mutating func endObject() { end(UInt8(ascii: "}")) }

    @inlinable
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }

    @inlinable
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes the name of the member whose value comes next; it is written as it is, so nothing in it may need an escape.
    @inlinable
    public mutating func name(_ name: StaticString) {
        assert(name.withUTF8Buffer { UnsafeRawBufferPointer($0).unquotable(from: 0).end == $0.count })
        output.append(needsComma ? ",\"" : "\"")
        output.append(name)
        output.append("\":")
        needsComma = false
    }

    /// Writes the name of the member whose value comes next.
    @inlinable
    @_disfavoredOverload
    public mutating func name(_ name: String) {
        separate()
        quote(name)
        output.append(UInt8(ascii: ":"))
        needsComma = false
    }

    @inlinable
    public mutating func null() { literal("null") }

    @inlinable
    public mutating func value(_ string: String?) {
        guard let string else { return null() }
        separate()
        quote(string)
    }

    @inlinable
    public mutating func value(_ integer: Int64?) {
        guard let integer else { return null() }
        separate()
        write(integer)
    }

    @inlinable
    public mutating func value(_ integer: Int?) { value(integer.map { Int64($0) }) }

    /// Writes the shortest text that reads back as the same number, always with a fraction or an exponent.
    ///
    /// What JSON has no text for, as infinity, becomes `null`.
    @inlinable
    public mutating func value(_ number: Double?) {
        guard let number, number.isFinite else { return null() }
        separate()
        write(number)
    }

    @inlinable
    public mutating func value(_ bool: Bool?) {
        guard let bool else { return null() }
        literal(bool ? "true" : "false")
    }

    @inlinable
    public mutating func value(_ json: JSON?) {
        switch json {
        case nil, .null: null()
        case .bool(let bool): value(bool)
        case .integer(let integer): value(integer)
        case .bigInteger(let text): raw(text)
        case .number(let number): value(number)
        case .string(let string): value(string)
        case .array(let values):
            beginArray()
            for json in values { value(json) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                value(member.value)
            }
            endObject()
        }
    }

    /// Writes a text that is JSON already.
    @inlinable
    public mutating func raw(_ json: String) {
        separate()
        write(json)
    }
}

/// A member at once: its name, then its value.
extension JSONWriter {
    @inlinable
    public mutating func member(_ name: StaticString, _ string: String?) {
        self.name(name)
        value(string)
    }

    /// A string of at most `count` bytes that `fill` writes, and that need no escape; it tells how many they are.
    @inlinable
    public mutating func member(
        _ name: StaticString,
        unescaped count: Int,
        _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Int
    ) {
        self.name(name)
        separate()
        output.append(UInt8(ascii: "\""))
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { buffer in
            output.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<fill(buffer)]))
        }
        output.append(UInt8(ascii: "\""))
        needsComma = true
    }

    @inlinable
    public mutating func member(_ name: StaticString, _ integer: Int64?) {
        self.name(name)
        value(integer)
    }

    @inlinable
    public mutating func member(_ name: StaticString, _ integer: Int?) {
        self.name(name)
        value(integer)
    }

    @inlinable
    public mutating func member(_ name: StaticString, _ number: Double?) {
        self.name(name)
        value(number)
    }

    @inlinable
    public mutating func member(_ name: StaticString, _ bool: Bool?) {
        self.name(name)
        value(bool)
    }

    @inlinable
    public mutating func member(_ name: StaticString, _ json: JSON?) {
        self.name(name)
        value(json)
    }

    /// A member whose value is a text that is JSON already.
    @inlinable
    public mutating func member(_ name: StaticString, raw json: String) {
        self.name(name)
        raw(json)
    }
}

extension JSONWriter {
    @inlinable
    mutating func separate() {
        if needsComma { output.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    @inlinable
    mutating func begin(_ bracket: UInt8) {
        separate()
        output.append(bracket)
        needsComma = false
    }

    @inlinable
    mutating func end(_ bracket: UInt8) {
        output.append(bracket)
        needsComma = true
    }

    @inlinable
    mutating func literal(_ text: StaticString) {
        separate()
        output.append(text)
    }

    @inlinable
    mutating func quote(_ string: String) {
        output.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { escape(UnsafeRawBufferPointer($0)) }
        output.append(UInt8(ascii: "\""))
    }

    /// Writes the text in runs, each up to a byte that needs an escape.
    @inlinable
    mutating func escape(_ text: UnsafeRawBufferPointer) {
        var start = 0
        while true {
            let end = text.unquotable(from: start).end
            output.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<end]).assumingMemoryBound(to: UInt8.self)
            )
            guard end < text.count else { return }
            escape(text[end])
            start = end + 1
        }
    }

    @inlinable
    mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): output.append(#"\""#)
        case UInt8(ascii: "\\"): output.append(#"\\"#)
        case 0x08: output.append(#"\b"#)
        case 0x09: output.append(#"\t"#)
        case 0x0A: output.append(#"\n"#)
        case 0x0C: output.append(#"\f"#)
        case 0x0D: output.append(#"\r"#)
        default:
            output.append(byte < 0x10 ? #"\u000"# : #"\u001"#)
            let digit = byte & 15
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    @inlinable
    mutating func write(_ integer: Int64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int64.textBytesMax) { text in
            var place = text.count
            var magnitude = integer.magnitude
            repeat {
                place -= 1
                text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
                magnitude /= 10
            } while magnitude > 0
            if integer < 0 {
                place -= 1
                text[place] = UInt8(ascii: "-")
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: text[place...]))
        }
    }

    /// Writes as Python does: Swift, too, gives the shortest digits, but turns to exponents at 2^53 already.
    @inlinable
    mutating func write(_ number: Double) {
        if number.magnitude > 0x1p53, number.magnitude < 1e16 {
            write(Int64(number))
            output.append(".0")
        } else {
            write(number.description)
        }
    }

    @inlinable
    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { output.append(contentsOf: $0) }
    }
}

extension Int64 {
    /// Nineteen digits and a sign.
    @usableFromInline static var textBytesMax: Int { 20 }
}

extension JSON {
    /// The text without any space, the members in order.
    public var bytes: [UInt8] {
        var writer = JSONWriter(output: [UInt8]())
        writer.output.reserveCapacity(512)
        writer.value(self)
        return writer.output
    }

    /// The text without any space, the members in order.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension UnsafeRawBufferPointer {
    /// Where the first byte is that a JSON string cannot hold as it is, the end if there is none; and if all before is ASCII.
    ///
    /// Such are the quote, the backslash and what is below the space. It looks at eight bytes at once: the top bit of each
    /// lane tells whether the lane is 0 after an exclusive or, or is below the space. A lane above a hit may be wrong, which
    /// does no harm since the lowest is taken.
    @inlinable
    @inline(__always)
    func unquotable(from start: Int) -> (end: Int, isASCII: Bool) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones &* 0x80
        var place = start
        var seen: UInt64 = 0
        while count - place >= 8 {
            let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let control = (word &- (ones &* 0x20)) & ~word
            let hits = (control | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & tops
            guard hits == 0 else {
                let bits = hits.trailingZeroBitCount & ~7
                return (place + bits >> 3, (seen | word & (1 &<< bits &- 1)) & tops == 0)
            }
            seen |= word
            place += 8
        }
        while place < count, self[place] >= 0x20, self[place] != 0x22, self[place] != 0x5C {
            seen |= UInt64(self[place])
            place += 1
        }
        return (place, seen & tops == 0)
    }
}
