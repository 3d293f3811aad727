/// Numbers of American countries.
enum AmericasTaxIDs {
    static let rules: [TaxIDKind: TaxIDRule] = [
        .arCUIT: .digits([11], dropping: " -", check: argentina),
        .brCNPJ: .text(dropping: " -./", check: brazilCompany),
        .brCPF: .digits([11], dropping: " -.", check: brazilPerson),
        .caBN: .text(dropping: "- ", keepsCase: true, check: canadaBusiness),
        .caGSTHST: .text(dropping: "- ", keepsCase: true, check: canadaAccount),
        .clTIN: .text(dropping: " -.", after: ["CL"], check: chile),
        .coNIT: .digits(Set(8...16), dropping: ".,- ", check: colombia),
        .crTIN: .digits([10], dropping: " -", check: costaRica),
        .ecRUC: .digits([13], dropping: " -", check: ecuador),
        .mxRFC: .text(dropping: "-_ ", check: mexico),
        .peRUC: .digits([11], dropping: " ", check: peru),
        .svNIT: .digits([14], dropping: " -", after: ["SV"], check: elSalvador),
        .usEIN: .rewritten(dropping: "", normalize: unitedStates),
        .uyRUC: .digits([12], dropping: " -", after: ["UY"], check: uruguay),
        .veRIF: .text(dropping: " -", check: venezuela),
    ]

    private static func argentina(_ digits: TaxIDDigits) -> Bool {
        guard [20, 23, 24, 27, 30, 33, 34, 50, 51, 55].contains(digits[..<2].number) else { return false }
        let complement = digits.complement11([5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
        return (complement == 10 ? 9 : complement) == digits[10]
    }

    /// A company's number may hold letters, worth their code less that of `0`.
    private static func brazilCompany(_ number: String) -> Bool {
        guard number.count == 14, TaxIDAlphabet.base36.spells(number), !number.hasPrefix("000000000000"),
            let check = TaxIDDigits(number.suffix(2))
        else { return false }
        let values = number.utf8.map { Int($0) - 0x30 }
        let weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
        return brazilCheckDigit(values, weights: weights.dropFirst()) == check[0]
            && brazilCheckDigit(values, weights: weights[...]) == check[1]
    }

    private static func brazilPerson(_ digits: TaxIDDigits) -> Bool {
        digits.number > 0
            && digits.complement11((2...10).reversed()) % 10 == digits[9]
            && digits.complement11((2...11).reversed()) % 10 == digits[10]
    }

    private static func brazilCheckDigit(_ values: [Int], weights: ArraySlice<Int>) -> Int {
        let sum = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
        return (11 - sum % 11) % 11 % 10
    }

    private static func canadaBusiness(_ number: String) -> Bool {
        guard let digits = TaxIDDigits(number), digits.count == 9 else { return false }
        return digits.passesLuhn
    }

    private static func canadaAccount(_ number: String) -> Bool {
        canadaBusiness(String(number.prefix(9)))
            && ["RC", "RM", "RP", "RT"].contains(number.dropFirst(9).prefix(2))
            && TaxIDDigits(number.dropFirst(11))?.count == 4
    }

    private static func chile(_ number: String) -> Bool {
        guard [8, 9].contains(number.count), let digits = TaxIDDigits(number.dropLast()) else { return false }
        let check = digits.reversed().sum([9, 8, 7, 6, 5, 4, 9, 8], modulo: 11)
        return number.last == TaxIDAlphabet("0123456789K")[check]
    }

    private static func colombia(_ digits: TaxIDDigits) -> Bool {
        let body = digits[..<(digits.count - 1)].reversed()
        let complement = body.complement11([3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71])
        return (complement == 10 ? 1 : complement) == digits.last
    }

    /// There is no check digit; the class in front says which three digits may follow.
    private static func costaRica(_ digits: TaxIDDigits) -> Bool {
        let type = digits[1..<4].number
        switch digits[0] {
        case 2: return [100, 200, 300, 400].contains(type)
        case 3: return (2...14).contains(type) || (101...110).contains(type)
        case 4: return type == 0
        case 5: return type == 1
        default: return false
        }
    }

    /// Old numbers, of which digits 11 to 13 are at most 100, are weighed otherwise than new ones.
    private static func elSalvador(_ digits: TaxIDDigits) -> Bool {
        guard [0, 1, 9].contains(digits[0]) else { return false }
        if digits[10..<13].number <= 100 {
            return digits.sum((2...14).reversed(), modulo: 11) % 10 == digits[13]
        }
        return digits.complement11([2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 10 == digits[13]
    }

    private static func peru(_ digits: TaxIDDigits) -> Bool {
        guard [10, 15, 17, 20].contains(digits[..<2].number) else { return false }
        let complement = digits.complement11([5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
        return (complement == 0 ? 1 : complement % 10) == digits[10]
    }

    /// The only separator is a hyphen after the second digit; there is no check digit, but not all areas are in use.
    private static func unitedStates(_ number: String) -> String? {
        let isHyphenated = number.count == 10 && number.dropFirst(2).hasPrefix("-")
        let number = isHyphenated ? String(number.prefix(2) + number.dropFirst(3)) : number
        guard let digits = TaxIDDigits(number), digits.count == 9 else { return nil }
        let unusedAreas = [0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97]
        return unusedAreas.contains(digits[..<2].number) ? nil : number
    }

    private static func uruguay(_ digits: TaxIDDigits) -> Bool {
        (1...22).contains(digits[..<2].number)
            && digits[2..<8].number != 0
            && digits[8..<11].number == 1
            && digits.complement11([4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[11]
    }

    private static func venezuela(_ number: String) -> Bool {
        let letters: [Character: Int] = ["V": 1, "E": 2, "J": 3, "P": 4, "G": 5]
        guard let letter = number.first.flatMap({ letters[$0] }), number.count == 10,
            let digits = TaxIDDigits(number.dropFirst())
        else { return false }
        let sum = letter * 4 + digits.sum([3, 2, 7, 6, 5, 4, 3, 2])
        return (11 - sum % 11) % 11 % 10 == digits[8]
    }
}
