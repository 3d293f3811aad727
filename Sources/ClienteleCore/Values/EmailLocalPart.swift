import Foundation

/// What stands before the @-sign.
struct EmailLocalPart {
    /// The local part as it is kept: its case preserved, in normal form C.
    let text: String

    init(_ local: [Unicode.Scalar], isQuoted: Bool) throws(EmailAddress.Invalid) {
        try Self.check(local, isQuoted: isQuoted)
        let text = String(scalars: local).precomposedStringWithCanonicalMapping
        let scalars = Array(text.unicodeScalars)
        if scalars != local {
            do {
                try Self.check(scalars, isQuoted: isQuoted)
            } catch {
                throw EmailAddress.Invalid("After Unicode normalization: \(error.reason)")
            }
        }
        guard !isQuoted else {
            throw EmailAddress.Invalid("Quoting the part before the @-sign is not allowed here.")
        }
        let lowercased = text.lowercased()
        let isRole = local.allSatisfy(\.isASCII) && Self.roleMailboxes.contains(lowercased)
        self.text = isRole ? lowercased : text
    }

    /// The mailboxes that RFC 2142 gives to every domain, which are the same in whatever case.
    static let roleMailboxes: Set<String> = [
        "abuse", "ftp", "hostmaster", "info", "marketing", "news", "noc", "postmaster", "sales", "security", "support",
        "usenet", "uucp", "webmaster", "www",
    ]

    /// The characters of the longest of these.
    static let roleMailboxCharactersMax = 10

    private static func check(_ local: [Unicode.Scalar], isQuoted: Bool) throws(EmailAddress.Invalid) {
        guard !local.isEmpty else { throw EmailAddress.Invalid("There must be something before the @-sign.") }
        let isAtoms = hasAtomsOnly(local)
        if !isAtoms, isQuoted {
            try local.refuse("The email address contains invalid characters in quotes before the @-sign") {
                !(" "..."~").contains($0) && $0.isASCII
            }
        } else if !isAtoms {
            try local.refuse("The email address contains invalid characters before the @-sign") {
                $0.isASCII && !$0.isAtomText && $0 != "."
            }
            try checkPeriods(local)
        }
        try local.refuseUnsafe(allowsSpaces: !isAtoms)
    }

    /// Whether `local` is words with single periods between them, of ASCII that needs no quotes or of anything else.
    private static func hasAtomsOnly(_ local: [Unicode.Scalar]) -> Bool {
        local.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { $0.isAtomText || !$0.isASCII }
        }
    }

    private static func checkPeriods(_ local: [Unicode.Scalar]) throws(EmailAddress.Invalid) {
        if local.last == "." {
            throw EmailAddress.Invalid("An email address cannot have a period immediately before the @-sign.")
        }
        if local.first == "." {
            throw EmailAddress.Invalid("An email address cannot start with a period.")
        }
        throw EmailAddress.Invalid("An email address cannot have two periods in a row.")
    }
}
