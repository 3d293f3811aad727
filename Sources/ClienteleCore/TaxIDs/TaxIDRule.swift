/// How one kind of identifier is written, and what tells a true one from a slip of the finger.
struct TaxIDRule: Sendable {
    /// The form to store of a number that was cleaned and freed of its prefix, or nil when the number is false.
    typealias Normalize = @Sendable (_ number: String, _ currentYear: Int) -> String?

    let separators: String
    let normalize: Normalize
    private let prefixes: [String]
    private let keepsCase: Bool

    init(
        dropping separators: String,
        after prefixes: [String] = [],
        keepsCase: Bool = false,
        normalize: @escaping Normalize
    ) {
        self.separators = separators
        self.prefixes = prefixes
        self.keepsCase = keepsCase
        self.normalize = normalize
    }

    /// The form to store of what was typed, or nil when it is not a number of this kind.
    func stored(_ text: String, currentYear: Int) -> String? {
        let number = TaxIDText.cleaned(text, dropping: separators, keepsCase: keepsCase)
        let prefix = prefixes.first { number.hasPrefix($0) } ?? ""
        return normalize(String(number.dropFirst(prefix.count)), currentYear)
    }
}

extension TaxIDRule {
    /// A number that is stored as it was cleaned.
    static func text(
        dropping separators: String,
        after prefixes: [String] = [],
        keepsCase: Bool = false,
        check: @escaping @Sendable (String) -> Bool
    ) -> TaxIDRule {
        TaxIDRule(dropping: separators, after: prefixes, keepsCase: keepsCase) { number, _ in
            check(number) ? number : nil
        }
    }

    /// A number of nothing but digits, as many as one of the counts says.
    static func digits(
        _ counts: Set<Int>,
        dropping separators: String,
        after prefixes: [String] = [],
        check: @escaping @Sendable (TaxIDDigits) -> Bool = { _ in true }
    ) -> TaxIDRule {
        .text(dropping: separators, after: prefixes) { number in
            guard let digits = TaxIDDigits(number), counts.contains(digits.count) else { return false }
            return check(digits)
        }
    }

    /// A number of digits whose weighted sum leaves no remainder.
    static func weighted(
        _ weights: [Int],
        modulo modulus: Int,
        dropping separators: String,
        leadingZero: Bool = true
    ) -> TaxIDRule {
        .digits([weights.count], dropping: separators) { digits in
            (leadingZero || digits[0] != 0) && digits.sum(weights, modulo: modulus) == 0
        }
    }

    /// A number that is completed or shortened before it is stored.
    static func rewritten(
        dropping separators: String,
        after prefixes: [String] = [],
        normalize: @escaping @Sendable (String) -> String?
    ) -> TaxIDRule {
        TaxIDRule(dropping: separators, after: prefixes) { number, _ in normalize(number) }
    }
}

extension TaxIDKind {
    /// The rule of this kind, or nil when there is none and the kind accepts nothing.
    var rule: TaxIDRule? {
        if self == .euVAT { return EUVAT.rule }
        return AfricaMiddleEastTaxIDs.rules[self]
            ?? AmericasTaxIDs.rules[self]
            ?? AsiaPacificTaxIDs.rules[self]
            ?? EuropeTaxIDs.rules[self]
    }
}
