extension AsiaPacificTaxIDs {
    /// Whether this is a unique entity number, of which there are three forms.
    static func isSingaporean(_ number: String, currentYear: Int) -> Bool {
        switch number.count {
        case 9: return isBusiness(number)
        case 10:
            return TaxIDDigits(number.prefix(1)) == nil
                ? isEntity(number, currentYear: currentYear)
                : isLocalCompany(number, currentYear: currentYear)
        default: return false
        }
    }

    private static func isBusiness(_ number: String) -> Bool {
        guard let digits = TaxIDDigits(number.dropLast()) else { return false }
        let check = digits.sum([10, 4, 9, 3, 8, 2, 7, 1], modulo: 11)
        return number.last == TaxIDAlphabet("XMKECAWLJDB")[check]
    }

    /// A company's number begins with the year of its registration.
    private static func isLocalCompany(_ number: String, currentYear: Int) -> Bool {
        guard let digits = TaxIDDigits(number.dropLast()), digits[..<4].number <= currentYear else { return false }
        let check = digits.sum([10, 8, 6, 4, 9, 7, 5, 3, 1], modulo: 11)
        return number.last == TaxIDAlphabet("ZKCMDNERGWH")[check]
    }

    /// Other entities have a letter for the century, `T` being ours, two digits of the year and the type of the entity.
    private static func isEntity(_ number: String, currentYear: Int) -> Bool {
        guard let century = number.first, "RST".contains(century), let year = TaxIDDigits(number.dropFirst().prefix(2)),
            century != "T" || year.number <= currentYear % 100,
            entityTypes.contains(String(number.dropFirst(3).prefix(2))),
            TaxIDDigits(number.dropFirst(5).prefix(4)) != nil
        else { return false }
        let alphabet = TaxIDAlphabet("ABCDEFGHJKLMNPQRSTUVWX0123456789")
        guard let values = alphabet.values(number.prefix(9)) else { return false }
        let sum = zip([4, 3, 5, 3, 10, 2, 2, 5, 7], values).reduce(0) { $0 + $1.0 * $1.1 }
        return number.last == alphabet[(sum - 5) % 11]
    }

    private static let entityTypes: Set<String> = [
        "CC", "CD", "CH", "CL", "CM", "CP", "CS", "CX", "DP", "FB", "FC", "FM", "FN", "GA", "GB", "GS", "HS", "LL",
        "LP", "MB", "MC", "MD", "MH", "MM", "MQ", "NB", "NR", "PA", "PB", "PF", "RF", "RP", "SM", "SS", "TC", "TU",
        "VH", "XL",
    ]
}
