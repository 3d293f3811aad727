extension AmericasTaxIDs {
    /// Ecuador's number, whose third digit says what the holder is.
    ///
    /// Public bodies also have numbers of companies, and persons such of public bodies. A company's head office in a
    /// province or abroad is taken at its word, for the authority gives out numbers without a check digit.
    static func ecuador(_ digits: TaxIDDigits) -> Bool {
        let province = digits[..<2].number
        guard (1...24).contains(province) || [30, 50].contains(province) else { return false }
        switch digits[2] {
        case 0...5: return isPerson(digits)
        case 6: return isPublic(digits) || isPerson(digits)
        case 9: return isPublic(digits) || isCompany(digits) || province != 50 && digits[10...].number == 1
        default: return false
        }
    }

    /// The ten digits of an identity card and an establishment.
    private static func isPerson(_ digits: TaxIDDigits) -> Bool {
        digits[10...].number != 0 && digits[..<10].passesLuhn
    }

    private static func isPublic(_ digits: TaxIDDigits) -> Bool {
        digits[9...].number != 0 && digits.sum([3, 2, 7, 6, 5, 4, 3, 2, 1], modulo: 11) == 0
    }

    private static func isCompany(_ digits: TaxIDDigits) -> Bool {
        digits[10...].number != 0 && digits.sum([4, 3, 2, 7, 6, 5, 4, 3, 2, 1], modulo: 11) == 0
    }
}
