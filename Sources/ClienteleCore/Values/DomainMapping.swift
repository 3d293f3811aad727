import Foundation

/// What the letters of a domain name stand for (UTS #46, non-transitional).
///
/// The table of the standard is not here: it follows from case folding and normal form KC but for the few characters
/// named below, as comparing the two over all of Unicode 16 has shown.
enum DomainMapping {
    /// The domain in lower case and normal form C, without the characters that stand for nothing.
    static func mapped(_ domain: some Sequence<Unicode.Scalar>) throws(DomainFault) -> [Unicode.Scalar] {
        var text = ""
        var isASCII = true
        for scalar in domain {
            guard !isDisallowed(scalar) else { throw DomainFault("\(scalar.number) is not allowed") }
            text += mapped(scalar)
            isASCII = isASCII && scalar.isASCII
        }
        return Array((isASCII ? text : text.precomposedStringWithCanonicalMapping).unicodeScalars)
    }

    /// Whether a full stop is part of what this character stands for.
    static func hidesPeriod(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2024...0x2026, 0x2488...0x249B, 0x33C2, 0x33C7, 0x33D8, 0xFE52, 0x1F100: true
        default: false
        }
    }

    private static func isDisallowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2FF0...0x2FFF, 0x31EF, 0xFE12, 0xFE19, 0xFE30, 0xFFFC, 0xFFFD: true
        default: false
        }
    }

    private static func mapped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "A"..."Z": return scalar.properties.lowercaseMapping
        case "\0"..."\u{7F}", "ß", "ς": return String(scalar)
        case "ẞ": return "ß"
        case "\u{3002}", "\u{FF61}": return "."
        default: break
        }
        guard scalar.properties.changesWhenNFKCCaseFolded else { return String(scalar) }
        let once = folded(String(scalar).precomposedStringWithCompatibilityMapping)
        return folded(once.precomposedStringWithCompatibilityMapping).precomposedStringWithCompatibilityMapping
    }

    /// The text without differences of case and without characters that stand for nothing.
    private static func folded(_ text: String) -> String {
        var folded = ""
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            if !properties.changesWhenNFKCCaseFolded {
                folded.unicodeScalars.append(scalar)
            } else if let upper = cherokeeUpper(scalar) {
                folded.unicodeScalars.append(upper)
            } else if !properties.isDefaultIgnorableCodePoint {
                folded += properties.uppercaseMapping.unicodeScalars.map(\.properties.lowercaseMapping).joined()
            }
        }
        return folded
    }

    /// Cherokee, alone among scripts, folds to its upper case.
    private static func cherokeeUpper(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x13F8...0x13FD: Unicode.Scalar(scalar.value - 8)
        case 0xAB70...0xABBF: Unicode.Scalar(scalar.value - 0xAB70 + 0x13A0)
        default: nil
        }
    }
}
