/// Members where a person's identity number, with a date of birth in it, serves as VAT number too.
extension EUVAT {
    static func bulgaria(_ digits: TaxIDDigits) -> Bool {
        if digits.count == 9 {
            var check = digits.sum(1...8, modulo: 11)
            if check == 10 { check = digits.sum(3...10, modulo: 11) }
            return check % 10 == digits[8]
        }
        return isBulgarianPerson(digits)
            || digits.sum([21, 19, 17, 13, 11, 9, 7, 3, 1], modulo: 10) == digits[9]
            || digits.complement11([4, 3, 2, 7, 6, 5, 4, 3, 2]) == digits[9]
    }

    /// The month is 20 more for births before 1900, and 40 more since 2000.
    private static func isBulgarianPerson(_ digits: TaxIDDigits) -> Bool {
        var (year, month) = (1900 + digits[..<2].number, digits[2..<4].number)
        if month > 40 {
            (year, month) = (year + 100, month - 40)
        } else if month > 20 {
            (year, month) = (year - 100, month - 20)
        }
        return TaxIDDate.exists(year: year, month: month, day: digits[4..<6].number)
            && digits.sum([2, 4, 8, 5, 10, 9, 7, 3, 6], modulo: 11) % 10 == digits[9]
    }

    /// Companies have eight digits; nine that begin with 6 are given to persons instead of their birth number.
    static func czechia(_ digits: TaxIDDigits) -> Bool {
        let weights = (2...8).reversed()
        if digits.count == 8 {
            let complement = digits.complement11(weights)
            return digits[0] != 9 && (complement == 0 ? 1 : complement % 10) == digits[7]
        }
        if digits.count == 9 && digits[0] == 6 {
            return (digits[1...].sum(weights, modulo: 11) + 8) % 10 == digits[8]
        }
        return isBirthNumber(digits)
    }

    static func slovakia(_ digits: TaxIDDigits) -> Bool {
        isBirthNumber(digits)
            || digits[0] != 0 && [2, 3, 4, 7, 8, 9].contains(digits[2]) && digits.number % 11 == 0
    }

    /// The Czechoslovak birth number, of nine digits without check digit until 1953 and of ten since.
    ///
    /// The month is 50 more for women, and 20 more when the day had no number left.
    private static func isBirthNumber(_ digits: TaxIDDigits) -> Bool {
        let shortYear = digits[..<2].number
        let year: Int
        if digits.count == 9 {
            guard shortYear <= 53 || shortYear >= 80 else { return false }
            year = shortYear + (shortYear >= 80 ? 1800 : 1900)
        } else {
            year = shortYear + (shortYear >= 54 ? 1900 : 2000)
        }
        let month = digits[2..<4].number % 50 % 20
        return TaxIDDate.exists(year: year, month: month, day: digits[4..<6].number)
            && (digits.count == 9 || digits[..<9].number % 11 % 10 == digits[9])
    }

    /// Companies begin with 4 or more, persons with the day of birth, or with 32 when it is not told.
    static func latvia(_ digits: TaxIDDigits) -> Bool {
        if digits[0] > 3 {
            return digits.sum([9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1], modulo: 11) == 3
        }
        let (day, month) = (digits[..<2].number, digits[2..<4].number)
        let year = 1800 + digits[6] * 100 + digits[4..<6].number
        return (day == 32 || TaxIDDate.exists(year: year, month: month, day: day))
            && (1 + digits.sum([10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10 == digits[10]
    }

    /// Companies have up to ten digits, persons thirteen.
    static func romania(_ digits: TaxIDDigits) -> Bool {
        guard digits[0] != 0 else { return false }
        if digits.count == 13 { return isRomanianPerson(digits) }
        let weights = [7, 5, 3, 2, 1, 7, 5, 3, 2].suffix(digits.count - 1)
        return digits.complement11(weights) % 10 == digits.last
    }

    /// The first digit tells sex and century, the eighth and ninth the county of birth.
    private static func isRomanianPerson(_ digits: TaxIDDigits) -> Bool {
        let centuries = [3: 1800, 4: 1800, 5: 2000, 6: 2000]
        let year = centuries[digits[0], default: 1900] + digits[1..<3].number
        let county = digits[7..<9].number
        guard TaxIDDate.exists(year: year, month: digits[3..<5].number, day: digits[5..<7].number),
            (1...48).contains(county) || [51, 52, 70, 80, 81, 82, 83].contains(county)
        else { return false }
        let check = digits.sum([2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9], modulo: 11)
        return (check == 10 ? 1 : check) == digits[12]
    }
}
