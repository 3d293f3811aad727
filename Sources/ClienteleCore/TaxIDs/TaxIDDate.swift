/// The dates of birth and foundation that some numbers carry.
enum TaxIDDate {
    /// Whether there is such a day in the Gregorian calendar.
    static func exists(year: Int, month: Int, day: Int) -> Bool {
        guard (1...12).contains(month) else { return false }
        return day >= 1 && day <= daysInMonth(month, year: year)
    }

    private static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }
}
