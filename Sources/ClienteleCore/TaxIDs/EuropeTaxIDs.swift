/// European countries whose own numbers count, the Union's being in ``EUVAT``.
enum EuropeTaxIDs {
    static let rules: [TaxIDKind: TaxIDRule] = [
        .adNRT: .text(dropping: " -.", check: andorra),
        .chUID: .rewritten(dropping: " -.", normalize: swissUID),
        .chVAT: .text(dropping: " -.", check: swissVAT),
        .gbVAT: britain,
        .geVAT: .digits([9, 11], dropping: " -.", after: ["GE"]),
        .isVAT: .digits([5, 6], dropping: " ", after: ["IS"]),
        .mkVAT: .digits([13], dropping: " -", after: ["MK", "\u{041C}\u{041A}"], check: northMacedonia),
        .noVAT: .text(dropping: " ", after: ["NO"], check: norway),
        .rsPIB: .digits([9], dropping: " -.", check: \.passesMod11And10),
        .ruINN: .digits([10, 12], dropping: " ", check: russia),
    ]

    /// The British rule, which Northern Ireland shares under the Union's prefix `XI`.
    static let britain = TaxIDRule.text(dropping: " -.", after: ["GB", "XI"], check: isBritish)

    private static func andorra(_ number: String) -> Bool {
        guard number.count == 8, let first = number.first, "ACDEFGLOPU".contains(first),
            let digits = TaxIDDigits(number.dropFirst().dropLast()), TaxIDAlphabet.letters.spells(number.suffix(1))
        else { return false }
        switch first {
        case "A", "L": return (700_000...799_999).contains(digits.number)
        case "F": return digits.number <= 699_999
        default: return true
        }
    }

    private static func swissUID(_ number: String) -> String? {
        let number = number.count == 9 && TaxIDDigits(number) != nil ? "CHE" + number : number
        return isSwissUID(number) ? number : nil
    }

    private static func swissVAT(_ number: String) -> Bool {
        isSwissUID(number.prefix(12)) && ["MWST", "TVA", "IVA", "TPV"].contains(number.dropFirst(12))
    }

    private static func isSwissUID(_ number: some StringProtocol) -> Bool {
        guard number.count == 12, number.hasPrefix("CHE"), let digits = TaxIDDigits(number.dropFirst(3)) else {
            return false
        }
        return digits.complement11([5, 4, 3, 2, 7, 6, 5, 4]) == digits[8]
    }

    private static func isBritish(_ number: String) -> Bool {
        switch number.count {
        case 5: return isBritishOffice(number.prefix(2), TaxIDDigits(number.dropFirst(2)))
        case 9, 12: return isBritishTrader(number)
        case 11:
            guard number.dropFirst(2).hasPrefix("8888"), let digits = TaxIDDigits(number.dropFirst(6)) else {
                return false
            }
            return isBritishOffice(number.prefix(2), digits[..<3]) && digits[..<3].number % 97 == digits[3...].number
        default: return false
        }
    }

    /// Government departments have the lower half of the numbers, health authorities the upper.
    private static func isBritishOffice(_ prefix: Substring, _ digits: TaxIDDigits?) -> Bool {
        guard let digits else { return false }
        return prefix == "GD" && digits.number < 500 || prefix == "HA" && digits.number >= 500
    }

    /// The last three of twelve digits name a branch and are not checked.
    private static func isBritishTrader(_ number: String) -> Bool {
        guard let digits = TaxIDDigits(number) else { return false }
        let remainder = digits.sum([8, 7, 6, 5, 4, 3, 2, 10, 1], modulo: 97)
        return remainder == 0 || digits[..<3].number >= 100 && [42, 55].contains(remainder)
    }

    private static func northMacedonia(_ digits: TaxIDDigits) -> Bool {
        digits.complement11([7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 10 == digits[12]
    }

    private static func norway(_ number: String) -> Bool {
        guard number.hasSuffix("MVA"), let digits = TaxIDDigits(number.dropLast(3)), digits.count == 9 else {
            return false
        }
        return digits.sum([3, 2, 7, 6, 5, 4, 3, 2, 1], modulo: 11) == 0
    }

    /// Companies have ten digits and one check digit, persons twelve and two.
    private static func russia(_ digits: TaxIDDigits) -> Bool {
        let weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]
        if digits.count == 10 { return digits.sum(weights.dropFirst(2), modulo: 11) % 10 == digits[9] }
        return digits.sum(weights.dropFirst(), modulo: 11) % 10 == digits[10]
            && digits.sum(weights, modulo: 11) % 10 == digits[11]
    }
}
