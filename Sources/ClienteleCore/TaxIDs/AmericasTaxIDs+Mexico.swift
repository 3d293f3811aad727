extension AmericasTaxIDs {
    /// Mexico's number: letters of the name, a date as YYMMDD, and up to three characters that are not checked.
    ///
    /// Persons have four letters and companies three; a person may leave the last characters out.
    static func mexico(_ number: String) -> Bool {
        let letterCount: Int
        switch number.count {
        case 10, 13: letterCount = 4
        case 12: letterCount = 3
        default: return false
        }
        let name = number.prefix(letterCount)
        guard TaxIDAlphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZ&\u{00D1}").spells(name), !refusedNames.contains(String(name)),
            let date = TaxIDDigits(number.dropFirst(letterCount).prefix(6)),
            TaxIDAlphabet.base36.spells(number.dropFirst(letterCount + 6))
        else { return false }
        return TaxIDDate.exists(year: 2000 + date[..<2].number, month: date[2..<4].number, day: date[4...].number)
    }

    /// Four letters the authority does not give to a person, because of what they spell.
    private static let refusedNames: Set<String> = [
        "BUEI", "BUEY", "CACA", "CACO", "CAGA", "CAGO", "CAKA", "CAKO", "COGE", "COJA", "COJE", "COJI", "COJO", "CULO",
        "FETO", "GUEY", "JOTO", "KACA", "KACO", "KAGA", "KAGO", "KAKA", "KOGE", "KOJO", "KULO", "MAME", "MAMO", "MEAR",
        "MEAS", "MEON", "MION", "MOCO", "MULA", "PEDA", "PEDO", "PENE", "PUTA", "PUTO", "QULO", "RATA", "RUIN",
    ]
}
