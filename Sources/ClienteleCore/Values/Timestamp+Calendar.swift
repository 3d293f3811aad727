extension Timestamp {
    static let dayMicroseconds: Int64 = 86_400_000_000

    /// The moment so many days of 24 hours later.
    public func adding(days: Int) -> Timestamp {
        Timestamp(microseconds: microseconds + Int64(days) * Self.dayMicroseconds)
    }

    /// The same time of day on the same day of a later month, or on that month's last day where it has no such day.
    public func adding(months: Int) -> Timestamp {
        let (year, month, day) = date
        let (years, monthIndex) = (Int64(year) * 12 + Int64(month - 1 + months)).quotientRoundingDown(12)
        let target = (year: Int(years), month: Int(monthIndex) + 1)
        let last = Self.daysIn(month: target.month, of: target.year)
        let days = Self.days(year: target.year, month: target.month, day: min(day, last))
        let timeOfDay = microseconds.quotientRoundingDown(Self.dayMicroseconds).remainder
        return Timestamp(microseconds: days * Self.dayMicroseconds + timeOfDay)
    }

    /// The days from 1970-01-01 to a date of the proleptic Gregorian calendar.
    static func days(year: Int, month: Int, day: Int) -> Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let (era, yearOfEra) = shiftedYear.quotientRoundingDown(400)
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
