import Foundation

/// The parts of an address as somebody typed it, not yet looked into.
struct EmailParts {
    var hasDisplayName = false
    var local: [Unicode.Scalar]
    var isLocalQuoted: Bool
    var domain: ArraySlice<Unicode.Scalar>

    /// Splits `text`, which has no whitespace at its ends.
    init(_ text: ArraySlice<Unicode.Scalar>) throws(EmailAddress.Invalid) {
        var address = text
        var middle = try Self.firstUnquoted(["@", "<"], in: address)
        if address[middle] == "<" {
            hasDisplayName = true
            try Self.checkDisplayName(address[..<middle])
            address = try Self.bracketed(address[middle...])
            middle = try Self.firstUnquoted(["@"], in: address)
        }
        (local, isLocalQuoted) = try Self.unquoted(address[..<middle])
        domain = address[middle...].dropFirst()
    }

    /// What the brackets of `Display Name <a@b.com>` hold, or `text` itself when it has no such shape.
    static func unwrapped(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        let whole = text.trimmed
        guard whole.last == ">", let open = opening(in: whole) else { return text }
        return whole[whole.index(after: open)...].dropLast()
    }

    /// Where the bracket opens that the end of `text` closes, after a name that may stand before it.
    private static func opening(in text: ArraySlice<Unicode.Scalar>) -> Int? {
        if text.first == "\"" {
            return text.indices.last(where: { text[$0] == "<" && follows($0, in: text) && holdsAddress($0, in: text) })
        }
        guard let open = text.firstIndex(of: "<"), holdsAddress(open, in: text) else { return nil }
        return text[..<open].allSatisfy { $0.isNameText || $0.isTrimmed } ? open : nil
    }

    /// Whether a quoted name, not empty, stands before `open`.
    private static func follows(_ open: Int, in text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let close = text[..<open].lastIndex(where: { !$0.isTrimmed }) else { return false }
        return text[close] == "\"" && close > text.startIndex + 1
    }

    private static func holdsAddress(_ open: Int, in text: ArraySlice<Unicode.Scalar>) -> Bool {
        let inside = text[open...].dropFirst().dropLast()
        return !inside.isEmpty && !inside.contains("\n")
    }

    /// The place of the first of `marks` that stands outside quotes.
    private static func firstUnquoted(
        _ marks: [Unicode.Scalar],
        in text: ArraySlice<Unicode.Scalar>
    ) throws(EmailAddress.Invalid) -> Int {
        var isInsideQuotes = false
        var isEscaped = false
        for index in text.indices where !isComposed(text[index...]) {
            let scalar = text[index]
            if isInsideQuotes {
                isInsideQuotes = isEscaped || scalar != "\""
                isEscaped = scalar == "\\" && !isEscaped
            } else if scalar == "\"" {
                isInsideQuotes = true
            } else if marks.contains(scalar) {
                return index
            }
        }
        throw EmailAddress.Invalid(missingAtSign(in: text))
    }

    /// Whether an angle bracket melts with the marks after it into another character.
    private static func isComposed(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard text.first == "<" else { return false }
        let marks = text.dropFirst().prefix { $0.properties.canonicalCombiningClass != .notReordered }
        guard !marks.isEmpty else { return false }
        return String(scalars: ["<"] + marks).precomposedStringWithCanonicalMapping.unicodeScalars.first != "<"
    }

    private static func missingAtSign(in text: ArraySlice<Unicode.Scalar>) -> String {
        if text.contains("\u{FF20}") {
            return "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign."
        }
        if text.contains("\u{FE6B}") {
            return "The email address has the \"small commercial at\" character instead of a regular at-sign."
        }
        return "An email address must have an @-sign."
    }

    /// Takes the quotes and the backslashes away from `text` if it begins with a quote.
    private static func unquoted(
        _ text: ArraySlice<Unicode.Scalar>
    ) throws(EmailAddress.Invalid) -> ([Unicode.Scalar], isQuoted: Bool) {
        guard text.first == "\"" else { return (Array(text), false) }
        var value: [Unicode.Scalar] = []
        var isEscaped = false
        for index in text.indices.dropFirst() {
            let scalar = text[index]
            if isEscaped {
                value.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                let rest = text[index...].dropFirst()
                guard rest.isEmpty else {
                    let shown = rest.map(\.shown).joined(separator: ", ")
                    throw EmailAddress.Invalid("Extra character(s) found after close quote: \(shown)")
                }
                break
            } else {
                value.append(scalar)
            }
        }
        return (value, true)
    }

    private static func checkDisplayName(_ text: ArraySlice<Unicode.Scalar>) throws(EmailAddress.Invalid) {
        guard let end = text.lastIndex(where: { !$0.isTrimmed }) else { return }
        let (name, isQuoted) = try unquoted(text[...end])
        if !isQuoted {
            try name.refuse("The display name contains invalid characters when not quoted") {
                !$0.isAtomText && $0 != " "
            }
        }
        try name.refuseUnsafe(allowsSpaces: true)
    }

    /// The address inside brackets that begin `text` and should end it.
    private static func bracketed(
        _ text: ArraySlice<Unicode.Scalar>
    ) throws(EmailAddress.Invalid) -> ArraySlice<Unicode.Scalar> {
        guard text.contains(">"), let end = text.lastIndex(where: { $0 != " " }) else {
            throw EmailAddress.Invalid(
                "An open angle bracket at the start of the email address has to be followed by a close angle bracket"
                    + " at the end."
            )
        }
        guard text[end] == ">" else {
            throw EmailAddress.Invalid("There can't be anything after the email address.")
        }
        var inside = text[...end].dropFirst()
        while inside.last == ">" { inside.removeLast() }
        return inside
    }
}
