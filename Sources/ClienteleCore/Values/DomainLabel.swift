import Foundation

/// One label of a domain name that IDNA 2008 allows (RFC 5891, section 5).
///
/// The one rule that is not whole is that of the zero-width non-joiner between joining letters: it is refused there. No
/// e-mail address may hold one anyway.
struct DomainLabel {
    let scalars: [Unicode.Scalar]
    let ascii: String

    /// Checks a label in either form, already mapped.
    init(_ label: [Unicode.Scalar]) throws(DomainFault) {
        guard !label.isEmpty else { throw DomainFault("a label is empty") }
        if label.allSatisfy(\.isASCII) {
            ascii = String(scalars: label)
            guard ascii.utf8.count <= EmailDomain.labelOctetsMax else { throw Self.tooLong }
            scalars = ascii.hasPrefix(Self.prefix) ? try Self.decoded(ascii) : label
        } else {
            // Each character that is not ASCII takes one digit at least.
            guard label.count < EmailDomain.labelOctetsMax else { throw Self.tooLong }
            scalars = label
            ascii = Self.prefix + Punycode.encoded(label)
        }
        try check()
        guard ascii.utf8.count <= EmailDomain.labelOctetsMax else { throw Self.tooLong }
    }

    private static let prefix = "xn--"

    private static let tooLong = DomainFault("a label is too long")

    private static func decoded(_ ascii: String) throws(DomainFault) -> [Unicode.Scalar] {
        let encoded = String(ascii.dropFirst(prefix.count))
        guard let scalars = Punycode.decoded(encoded), Punycode.encoded(scalars) == encoded else {
            throw DomainFault("'\(ascii)' is not Punycode")
        }
        guard scalars.contains(where: { !$0.isASCII }) else { throw DomainFault("'\(ascii)' needs no Punycode") }
        return scalars
    }

    private func check() throws(DomainFault) {
        let text = String(scalars: scalars)
        guard Array(text.precomposedStringWithCanonicalMapping.unicodeScalars) == scalars else {
            throw DomainFault("a label is not in Unicode normal form C")
        }
        guard scalars.first != "-", scalars.last != "-", scalars.dropFirst(2).prefix(2) != ["-", "-"] else {
            throw DomainFault("a label has a hyphen where none may be")
        }
        guard scalars.first?.group != .mark else { throw DomainFault("a label begins with a combining character") }
        for index in scalars.indices where !isAllowed(at: index) {
            throw DomainFault("\(scalars[index].number) is not allowed")
        }
        guard isOneDirection else { throw DomainFault("a label mixes writing directions") }
    }

    /// Whether RFC 5892 lets the character stand where it stands.
    private func isAllowed(at index: Int) -> Bool {
        let before = index > 0 ? scalars[index - 1] : nil
        let after = index + 1 < scalars.count ? scalars[index + 1] : nil
        switch scalars[index].value {
        case 0x00B7: return before == "l" && after == "l"
        case 0x0375: return after?.isGreek == true
        case 0x05F3, 0x05F4: return before?.isHebrew == true
        case 0x0660...0x0669: return !scalars.contains { (0x06F0...0x06F9).contains($0.value) }
        case 0x06F0...0x06F9: return !scalars.contains { (0x0660...0x0669).contains($0.value) }
        case 0x200C, 0x200D: return before?.properties.canonicalCombiningClass == .virama
        case 0x30FB: return scalars.contains(where: \.isJapanese)
        default: return scalars[index].isDomainText
        }
    }

    /// Whether the label holds to the rule for scripts that run from right to left (RFC 5893, section 2).
    private var isOneDirection: Bool {
        let directions = scalars.map(\.direction)
        guard directions.contains(where: { $0 == .rightToLeft || $0 == .arabicNumber }) else { return true }
        let last = directions.last { $0 != .mark }
        return directions.first == .rightToLeft
            && !directions.contains(.leftToRight)
            && (last == .rightToLeft || last == .arabicNumber || last == .europeanNumber)
            && !(directions.contains(.arabicNumber) && directions.contains(.europeanNumber))
    }
}
