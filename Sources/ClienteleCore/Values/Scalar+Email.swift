extension Unicode.Scalar {
    /// Whether an unquoted local part may hold this character of ASCII, periods apart (RFC 5322 3.2.3).
    var isAtomText: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9": true
        case "!", "#", "$", "%", "&", "'", "*", "+", "-", "/", "=", "?", "^", "_", "`", "{", "|", "}", "~": true
        default: false
        }
    }

    var isLetterASCII: Bool {
        switch self {
        case "a"..."z", "A"..."Z": true
        default: false
        }
    }

    /// Whether the word of an unquoted display name may hold this character.
    var isNameText: Bool { isAtomText || group == .letter || properties.numericType != nil }

    /// Whether a domain may hold this character, as far as its syntax goes.
    var isHostText: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".": true
        default: !isASCII
        }
    }

    /// The groups of general categories, as far as they matter here.
    enum Group {
        case letter
        case mark
        case visible
        case space
        case other
    }

    var group: Group {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .nonspacingMark, .spacingMark, .enclosingMark: .mark
        case .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation,
            .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol,
            .modifierSymbol, .otherSymbol:
            .visible
        case .spaceSeparator: .space
        default: .other
        }
    }

    /// The character as a message may show it: between quotes, by its name or by its number.
    var shown: String {
        switch group {
        case .letter, .visible: self == "'" || self == "\\" ? "\"\(self)\"" : "'\(self)'"
        case .mark, .space, .other: properties.name ?? number
        }
    }

    /// The character's number, `U+` and four digits, or eight beyond U+FFFE.
    var number: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, (value < 0xFFFF ? 4 : 8) - digits.count)) + digits
    }
}

extension Collection<Unicode.Scalar> {
    /// Refuses a text with characters that `isBad`, naming each once.
    func refuse(_ reason: String, _ isBad: (Unicode.Scalar) -> Bool) throws(EmailAddress.Invalid) {
        let bad = Set(filter(isBad))
        guard !bad.isEmpty else { return }
        let shown = bad.map(\.shown).sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
        throw EmailAddress.Invalid("\(reason): \(shown.joined(separator: ", ")).")
    }

    /// Refuses a text with characters that show as something else, or as nothing, or change the text round them.
    func refuseUnsafe(allowsSpaces: Bool = false) throws(EmailAddress.Invalid) {
        var bad: Set<Unicode.Scalar> = []
        for (index, scalar) in enumerated() {
            let isSafe =
                switch scalar.group {
                case .letter, .visible: true
                case .mark: index > 0
                case .space: allowsSpaces
                case .other: false
                }
            if !isSafe { bad.insert(scalar) }
        }
        guard !bad.isEmpty else { return }
        let shown = bad.sorted().map(\.shown).joined(separator: ", ")
        throw EmailAddress.Invalid("The email address contains unsafe characters: \(shown).")
    }
}
