/// The typing of identifiers: which characters mean the same, and which mean nothing.
enum TaxIDText {
    /// The text in ASCII where a character only looks different, without separators, trimmed and in upper case.
    static func cleaned(_ text: String, dropping separators: String, keepsCase: Bool = false) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let plain = lookAlikes[scalar] ?? digit(scalar) ?? scalar
            if !separators.unicodeScalars.contains(plain) { kept.append(plain) }
        }
        return trimmed(keepsCase ? String(kept) : String(kept).uppercased())
    }

    /// The text filled up with zeros on the left.
    static func zeroFilled(_ text: some StringProtocol, to count: Int) -> String {
        String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// The digit that a full-width or mathematical one stands for.
    private static func digit(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0xFF10...0xFF19: Unicode.Scalar(0x30 + UInt8(scalar.value - 0xFF10))
        case 0x1D7CE...0x1D7FF: Unicode.Scalar(0x30 + UInt8((scalar.value - 0x1D7CE) % 10))
        default: nil
        }
    }

    private static let lookAlikes: [Unicode.Scalar: Unicode.Scalar] = {
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (plain, others) in othersByPlain {
            for other in others.unicodeScalars { table[other] = plain }
        }
        return table
    }()

    private static let othersByPlain: [(plain: Unicode.Scalar, others: String)] = [
        (
            " ",
            """
            \u{00A0}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{202F}\
            \u{205F}\u{3000}
            """
        ),
        (
            "*",
            """
            \u{066D}\u{070D}\u{204E}\u{2055}\u{2217}\u{22C6}\u{2731}\u{2732}\u{2733}\u{273A}\u{273B}\u{273C}\u{273D}\
            \u{274A}\u{274B}\u{A60E}\u{FE61}\u{FF0A}
            """
        ),
        (
            ",",
            "\u{00B8}\u{060C}\u{066B}\u{066C}\u{201A}\u{2032}\u{2E34}\u{3001}\u{FE10}\u{FE50}\u{FE51}\u{FF0C}"
        ),
        (
            "-",
            """
            \u{00AF}\u{02D7}\u{058A}\u{05BE}\u{1680}\u{180A}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{203E}\
            \u{2043}\u{207B}\u{208B}\u{2212}\u{23AF}\u{23BA}\u{23BB}\u{23BC}\u{23BD}\u{23E4}\u{FE63}\u{FF0D}\u{FFE3}
            """
        ),
        (
            ".",
            """
            \u{00B7}\u{02D9}\u{0387}\u{06D4}\u{0701}\u{0702}\u{0830}\u{0F0B}\u{0F0C}\u{16EB}\u{2022}\u{2024}\u{2027}\
            \u{2219}\u{22C5}\u{2E31}\u{2E33}\u{3002}\u{30FB}\u{FBB2}\u{FBB3}\u{FE52}\u{FF0E}\u{FF65}\u{10101}\
            \u{1091F}\u{10A50}
            """
        ),
        ("/", "\u{083C}\u{2044}\u{2215}\u{27CB}\u{29F8}\u{FF0F}"),
        (":", "\u{1361}\u{16EC}\u{1804}\u{FE13}\u{FE30}\u{FE55}\u{FF1A}"),
    ]
}
