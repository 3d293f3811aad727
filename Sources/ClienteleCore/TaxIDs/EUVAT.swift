/// The Union's VAT numbers: a mandatory prefix, and behind it the number of whichever member the prefix names.
enum EUVAT {
    /// Accepts a number of any member, whatever country the address is in.
    static let rule = TaxIDRule(dropping: "") { number, currentYear in
        let prefix = String(number.prefix(2))
        guard let national = rules[prefix] else { return nil }
        let rest = TaxIDText.cleaned(number, dropping: national.separators).dropFirst(2)
        return national.normalize(String(rest), currentYear).map { prefix + $0 }
    }

    /// Beside the members: `XI` is Northern Ireland, `EU` and `IM` are for sellers registered at a one-stop shop.
    private static let rules: [String: TaxIDRule] = [
        "AT": .text(dropping: " -./", check: austria),
        "BE": .rewritten(dropping: " -./", normalize: belgium),
        "BG": .digits([9, 10], dropping: " -.", check: bulgaria),
        "CY": .text(dropping: " -", check: cyprus),
        "CZ": .digits([8, 9, 10], dropping: " /", check: czechia),
        "DE": .digits([9], dropping: " -./,", check: germany),
        "DK": .weighted([2, 7, 6, 5, 4, 3, 2, 1], modulo: 11, dropping: " -.,/:", leadingZero: false),
        "EE": .weighted([3, 7, 1, 3, 7, 1, 3, 7, 1], modulo: 10, dropping: " "),
        "EL": greece,
        "ES": .text(dropping: " -", check: spain),
        "EU": .digits([9], dropping: " -", check: oneStopShop),
        "FI": .weighted([7, 9, 10, 5, 8, 4, 2, 1], modulo: 11, dropping: " -"),
        "FR": .text(dropping: " -.", check: france),
        "GR": greece,
        "HR": .digits([11], dropping: " -", check: \.passesMod11And10),
        "HU": .weighted([9, 7, 3, 1, 9, 7, 3, 1], modulo: 10, dropping: " -"),
        "IE": .text(dropping: " -", check: ireland),
        "IM": .digits([10], dropping: " -", check: oneStopShop),
        "IT": .digits([11], dropping: " -:", check: italy),
        "LT": .digits([9, 12], dropping: " -", check: lithuania),
        "LU": .digits([8], dropping: " :.-", check: luxembourg),
        "LV": .digits([11], dropping: " -", check: latvia),
        "MT": .weighted([3, 4, 6, 7, 8, 9, 10, 1], modulo: 37, dropping: " -", leadingZero: false),
        "NL": .rewritten(dropping: " -.", normalize: netherlands),
        "PL": .weighted([6, 5, 7, 2, 3, 4, 5, 6, 7, -1], modulo: 11, dropping: " -"),
        "PT": .digits([9], dropping: " -.", check: portugal),
        "RO": .digits(Set(2...10).union([13]), dropping: " -", check: romania),
        "SE": .digits([12], dropping: " -.", check: sweden),
        "SI": .digits([8], dropping: " -", check: slovenia),
        "SK": .digits([10], dropping: " -", check: slovakia),
        "XI": EuropeTaxIDs.britain,
    ]

    private static let greece = TaxIDRule.rewritten(dropping: " -./:", normalize: completedGreek)
}
