extension EUVAT {
    static func germany(_ digits: TaxIDDigits) -> Bool {
        digits[0] != 0 && digits.passesMod11And10
    }

    static func italy(_ digits: TaxIDDigits) -> Bool {
        let province = digits[7..<10].number
        return digits[..<7].number != 0
            && ((1...100).contains(province) || [120, 121, 888, 999].contains(province))
            && digits.passesLuhn
    }

    /// Companies have nine digits, persons and temporary payers twelve; a 1 comes before the check digit.
    static func lithuania(_ digits: TaxIDDigits) -> Bool {
        let body = digits[..<(digits.count - 1)]
        guard body.last == 1 else { return false }
        var check = body.sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2], modulo: 11)
        if check == 10 { check = body.sum([3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4], modulo: 11) }
        return check % 10 == digits.last
    }

    static func luxembourg(_ digits: TaxIDDigits) -> Bool {
        digits[..<6].number % 89 == digits[6...].number
    }

    /// A one-stop shop's number begins with the numeric ISO code of the member that registered the seller.
    static func oneStopShop(_ digits: TaxIDDigits) -> Bool {
        let northernIreland = 900
        let members: Set = [
            40, 56, 100, 191, 196, 203, 208, 233, 246, 250, 276, 300, 348, 372, 380, 428, 440, 442, 470, 528, 616, 620,
            642, 703, 705, 724, 752, northernIreland,
        ]
        return members.contains(digits[..<3].number)
    }

    static func portugal(_ digits: TaxIDDigits) -> Bool {
        digits[0] != 0 && digits.complement11((2...9).reversed()) % 10 == digits[8]
    }

    static func slovenia(_ digits: TaxIDDigits) -> Bool {
        let complement = digits.complement11((2...8).reversed())
        return digits[0] != 0 && complement != 0 && complement % 10 == digits[7]
    }

    static func sweden(_ digits: TaxIDDigits) -> Bool {
        digits[10...].number == 1 && digits[..<10].passesLuhn
    }

    /// A Belgian number in ten digits: older ones had nine, and some write the new zero in brackets.
    static func belgium(_ number: String) -> String? {
        let opened = number.hasPrefix("(0)") ? "0" + number.dropFirst(3) : number
        let number = opened.count == 9 ? "0" + opened : opened
        guard let digits = TaxIDDigits(number), digits.count == 10, digits[0] <= 1, digits.number > 0,
            (digits[..<8].number + digits[8...].number) % 97 == 0
        else { return nil }
        return number
    }

    /// A Greek number in nine digits, for older ones had eight.
    static func completedGreek(_ number: String) -> String? {
        let number = number.count == 8 ? "0" + number : number
        guard let digits = TaxIDDigits(number), digits.count == 9 else { return nil }
        let sum = digits.sum([256, 128, 64, 32, 16, 8, 4, 2])
        return sum % 11 % 10 == digits[8] ? number : nil
    }
}
