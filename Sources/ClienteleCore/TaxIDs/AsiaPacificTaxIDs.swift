/// Numbers of Asian and Pacific countries.
enum AsiaPacificTaxIDs {
    static let rules: [TaxIDKind: TaxIDRule] = [
        .auABN: .digits([11], dropping: " ", check: australia),
        .hkBR: .digits([8], dropping: " .()-"),
        .idNPWP: .digits([15, 16], dropping: " -.", check: indonesia),
        .inGST: .text(dropping: " -", check: india),
        .jpCN: .digits([13], dropping: "- ", check: japan),
        .krBRN: .digits([10], dropping: " -", check: korea),
        .sgUEN: TaxIDRule(dropping: "") { isSingaporean($0, currentYear: $1) ? $0 : nil },
        .thVAT: .digits([13], dropping: " -", check: thailand),
        .twVAT: .digits([8], dropping: " -", check: taiwan),
        .vnTIN: .digits([10, 13], dropping: " -.", check: vietnam),
    ]

    /// The two check digits are in front and never below 11.
    private static func australia(_ digits: TaxIDDigits) -> Bool {
        let sum = digits[2...].sum([3, 5, 7, 9, 11, 13, 15, 17, 19])
        return digits[..<2].number == 11 + (88 - sum % 89)
    }

    private static func india(_ number: String) -> Bool {
        guard number.count == 15, let state = TaxIDDigits(number.prefix(2)), (1...37).contains(state.number),
            isIndianAccount(number.dropFirst(2).prefix(10)), let values = TaxIDAlphabet.base36.values(number)
        else { return false }
        let entity = values[12]
        let isMarked = number.dropFirst(13).hasPrefix("Z")
        return entity != 0 && isMarked && TaxIDDigits.luhnSum(values, base: 36) == 0
    }

    /// The permanent account number inside: five letters, the fourth of them the holder's type, four digits, a letter.
    private static func isIndianAccount(_ number: Substring) -> Bool {
        guard let serial = TaxIDDigits(number.dropFirst(5).prefix(4)), serial.number != 0 else { return false }
        return TaxIDAlphabet.letters.spells(number.prefix(5))
            && TaxIDAlphabet("ABCFGHJKLPT").spells(number.dropFirst(3).prefix(1))
            && TaxIDAlphabet.letters.spells(number.suffix(1))
    }

    /// Old numbers have fifteen digits, or sixteen with a zero in front; other sixteen are a person's identity number.
    ///
    /// An identity number begins with a region, of which no list is kept here, and holds a date of birth whose day is
    /// 40 more for women and whose century is not told.
    private static func indonesia(_ digits: TaxIDDigits) -> Bool {
        if digits.count == 15 { return digits[..<9].passesLuhn }
        if digits[0] == 0 { return digits[..<10].passesLuhn }
        let (day, month, year) = (digits[6..<8].number % 40, digits[8..<10].number, digits[10..<12].number)
        return [1900, 2000].contains { TaxIDDate.exists(year: $0 + year, month: month, day: day) }
    }

    private static func japan(_ digits: TaxIDDigits) -> Bool {
        digits[0] == 9 - digits[1...].sum([2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1], modulo: 9)
    }

    /// There is a check digit, but it is not held against anyone.
    private static func korea(_ digits: TaxIDDigits) -> Bool {
        digits[..<3].number >= 101 && digits[3..<5].number != 0 && digits[5..<9].number != 0
    }

    private static func taiwan(_ digits: TaxIDDigits) -> Bool {
        var sum = 0
        for (place, weight) in [1, 2, 1, 2, 1, 2, 4, 1].enumerated() {
            let product = digits[place] * weight
            sum += product / 10 + product % 10
        }
        return sum % 5 == 0 || digits[6] == 7 && (sum + 1) % 5 == 0
    }

    private static func thailand(_ digits: TaxIDDigits) -> Bool {
        guard digits[0] == 0 else { return false }
        return (11 - digits.sum((-9...2).reversed(), modulo: 11)) % 10 == digits[12]
    }

    private static func vietnam(_ digits: TaxIDDigits) -> Bool {
        guard digits[2..<9].number != 0, digits.count == 10 || digits[10...].number != 0 else { return false }
        return digits[9] == 10 - digits.sum([31, 29, 23, 19, 17, 13, 7, 5, 3], modulo: 11)
    }
}
