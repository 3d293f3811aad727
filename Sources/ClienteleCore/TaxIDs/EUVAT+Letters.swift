extension EUVAT {
    static func austria(_ number: String) -> Bool {
        guard number.count == 9, number.hasPrefix("U"), let digits = TaxIDDigits(number.dropFirst()) else {
            return false
        }
        return (16 - digits[..<7].luhnSum) % 10 == digits[7]
    }

    static func cyprus(_ number: String) -> Bool {
        guard number.count == 9, !number.hasPrefix("12"), let digits = TaxIDDigits(number.dropLast()) else {
            return false
        }
        let oddPlaceValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
        let sum = (0..<8).reduce(0) { sum, place in
            sum + (place.isMultiple(of: 2) ? oddPlaceValues[digits[place]] : digits[place])
        }
        return number.last == TaxIDAlphabet.letters[sum % 26]
    }

    /// Persons have a letter that depends on the number modulo 23, companies a Luhn digit or a letter in its place.
    static func spain(_ number: String) -> Bool {
        guard number.count == 9, let first = number.first, let last = number.last,
            let digits = TaxIDDigits(number.dropFirst().dropLast())
        else { return false }
        let personLetters = TaxIDAlphabet("TRWAGMYFPDXBNJZSQVHLCKE")
        if "KLM".contains(first) { return last == personLetters[digits.number % 23] }
        let leadingDigit = TaxIDDigits(String(first))?.number ?? TaxIDAlphabet("XYZ").values(String(first))?.first
        if let leadingDigit { return last == personLetters[(leadingDigit * 10_000_000 + digits.number) % 23] }
        let check = digits.luhnCheckDigit
        return "ABCDEFGHJNPQRSUVW".contains(first)
            && (last == TaxIDAlphabet.base36[check] || last == TaxIDAlphabet("JABCDEFGHI")[check])
    }

    /// Two characters of a key and nine digits, a company's number unless they begin with 000, which is Monaco.
    static func france(_ number: String) -> Bool {
        let alphabet = TaxIDAlphabet("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ")
        guard number.count == 11, let key = alphabet.values(number.prefix(2)),
            let company = TaxIDDigits(number.dropFirst(2)), company[..<3].number == 0 || company.passesLuhn
        else { return false }
        let (first, second) = (key[0], key[1])
        if first < 10 && second < 10 {
            return first * 10 + second == (company.number * 100 + 12) % 97
        }
        let check = first < 10 ? first * 24 + second - 10 : first * 34 + second - 100
        return (company.number + 1 + check / 11) % 11 == check % 11
    }

    /// Seven digits, a check letter and perhaps one letter more, which counts too.
    ///
    /// In the older form the second character is a letter or sign that does not count, and the first digit counts last.
    static func ireland(_ number: String) -> Bool {
        let letters = TaxIDAlphabet("WABCDEFGHIJKLMNOPQRSTUV")
        guard [8, 9].contains(number.count), let tail = letters.values(number.dropFirst(7)) else { return false }
        let weights = (2...8).reversed()
        if let digits = TaxIDDigits(number.prefix(7)) {
            let extra = tail.count > 1 ? tail[1] : 0
            return (digits.sum(weights) + 9 * extra) % 23 == tail[0]
        }
        let sign = number.dropFirst().prefix(1)
        guard TaxIDAlphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZ+*").spells(sign),
            let first = TaxIDDigits(number.prefix(1)), let middle = TaxIDDigits(number.dropFirst(2).prefix(5))
        else { return false }
        return (middle + first).sum(weights.dropFirst()) % 23 == tail[0]
    }

    /// Nine digits, `B` and two digits; persons' numbers are checked as a whole, companies' within the nine.
    static func netherlands(_ number: String) -> String? {
        let (body, branch) = (number.dropLast(3), number.suffix(3))
        guard (1...9).contains(body.count), branch.count == 3, branch.hasPrefix("B"),
            let branchDigits = TaxIDDigits(branch.dropFirst()), branchDigits.number > 0,
            let digits = TaxIDDigits(TaxIDText.zeroFilled(body, to: 9)), digits.number > 0
        else { return nil }
        let stored = TaxIDText.zeroFilled(number, to: 12)
        let passesEleven = digits.sum([9, 8, 7, 6, 5, 4, 3, 2, -1], modulo: 11) == 0
        return passesEleven || remainder97("NL" + stored) == 1 ? stored : nil
    }

    /// The remainder of ISO 7064 MOD 97-10, letters being the numbers 10 to 35; nil with any other character.
    static func remainder97(_ text: String) -> Int? {
        TaxIDAlphabet.base36.values(text)?.reduce(0) { remainder, value in
            (remainder * (value < 10 ? 10 : 100) + value) % 97
        }
    }
}
