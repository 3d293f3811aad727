import ClienteleJSON

/// Random trees and texts, each the same for the same seed.
extension SplitMix64 {
    mutating func json(depth: Int = 0) -> JSON {
        switch below(depth > 5 ? 6 : 9) {
        case 0: .null
        case 1: .bool(happens(oneIn: 2))
        case 2: .integer(Int64(bitPattern: next() >> UInt64(below(64))))
        case 3: .bigInteger(bigInteger())
        case 4: .number(number())
        case 5: .string(string())
        case 6, 7: .object(members(depth: depth + 1))
        default: .array((0..<below(6)).map { _ in json(depth: depth + 1) })
        }
    }

    mutating func string() -> String {
        var string = ""
        for _ in 0..<below(happens(oneIn: 8) ? 60 : 12) { string.unicodeScalars.append(scalar()) }
        return string
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// The text with a few bytes changed, left out, doubled or put in, which are often such as mean something.
    mutating func mutation(of text: [UInt8]) -> [UInt8] {
        let tokens =
            Array("{}[],:\"\\u0dD8-+.eE19 \n\u{7}nulltruefalse".utf8) + [
                0xEF, 0xBB, 0xBF, 0xC3, 0xA9, 0xED, 0xA0, 0xFF,
            ]
        var text = text
        for _ in 0...below(3) {
            let start = below(text.count + 1)
            let end = min(text.count, start + 1 + below(4))
            switch below(4) {
            case 0: text.removeSubrange(start..<end)
            case 1: text.insert(tokens[below(tokens.count)], at: start)
            case 2: text.insert(contentsOf: text[start..<end], at: start)
            default: text.replaceSubrange(start..<end, with: [tokens[below(tokens.count)]])
            }
        }
        return text
    }

    /// Names that differ, some of them only by the form of an accent.
    private mutating func members(depth: Int) -> [JSON.Member] {
        var members: [JSON.Member] = []
        for index in 0..<below(7) {
            let name = happens(oneIn: 2) ? "\(string())\(index)" : ["é", "e\u{301}", "", "id", "ID", "i", "d"][index]
            members.append(JSON.Member(name, json(depth: depth)))
        }
        return members
    }

    private mutating func number() -> Double {
        let number =
            switch below(4) {
            case 0: Double(bitPattern: next())
            case 1: Double(Int64(bitPattern: next() >> UInt64(below(64))))
            case 2: Double(below(1_000_000)) / 1000
            default: Double(sign: .plus, exponent: 50 + below(8), significand: 1 + Double(below(1_000_000)) / 1e6)
            }
        return number.isFinite ? number : 0.5
    }

    private mutating func bigInteger() -> String {
        let digits = (0..<19 + below(30)).map { _ in String(below(10)) }.joined()
        return (happens(oneIn: 2) ? "-" : "") + "9" + digits
    }

    private mutating func scalar() -> Unicode.Scalar {
        switch below(8) {
        case 0: Unicode.Scalar(UInt8(below(0x20)))
        case 1: ["\"", "\\", "/", "\u{7F}", "\u{301}", "\u{2028}", "\u{FEFF}", "😀"][below(8)]
        case 2: Unicode.Scalar(UInt32(below(0x11_0000))) ?? "\u{FFFD}"
        default: Unicode.Scalar(UInt8(0x20 + below(0x5F)))
        }
    }
}
