/// Numbers of African and Middle Eastern countries.
enum AfricaMiddleEastTaxIDs {
    static let rules: [TaxIDKind: TaxIDRule] = [
        .aeTRN: .digits([15], dropping: " -."),
        .ilVAT: .rewritten(dropping: " -", normalize: israel),
        .kePIN: .text(dropping: " -", check: kenya),
        .muTAN: .digits([8], dropping: " -.") { [2, 3].contains($0[0]) },
        .trTIN: .digits([10], dropping: "", check: turkey),
    ]

    private static func israel(_ number: String) -> String? {
        let number = TaxIDText.zeroFilled(number, to: 9)
        guard let digits = TaxIDDigits(number), digits.count == 9, digits.number > 0, digits.passesLuhn else {
            return nil
        }
        return number
    }

    private static func kenya(_ number: String) -> Bool {
        (number.hasPrefix("A") || number.hasPrefix("P"))
            && TaxIDDigits(number.dropFirst().dropLast())?.count == 9
            && TaxIDAlphabet.letters.spells(number.suffix(1))
    }

    private static func turkey(_ digits: TaxIDDigits) -> Bool {
        var sum = 0
        for place in 1...9 {
            let shifted = (digits[9 - place] + place) % 10
            let scaled = shifted * (1 << place) % 9
            sum += shifted != 0 && scaled == 0 ? 9 : scaled
        }
        return (10 - sum % 10) % 10 == digits[9]
    }
}
