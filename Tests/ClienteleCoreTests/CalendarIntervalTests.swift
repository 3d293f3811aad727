import Testing

@testable import ClienteleCore

struct CalendarIntervalTests {
    /// The ends of the repetitions of an interval, as texts without the fraction where it is zero.
    private func boundaries(
        _ unit: CalendarInterval.Unit,
        count: Int = 1,
        from anchor: String,
        _ numbers: [Int]
    ) throws -> [String] {
        let (interval, anchor) = (CalendarInterval(unit, count: count), try Timestamp(parsing: anchor))
        return numbers.map { interval.boundary($0, from: anchor).text.replacing(".000000Z", with: "Z") }
    }

    @Test func shortensOnlyMonthsThatAreTooShort() throws {
        let ends = try boundaries(.month, from: "2026-01-31T10:30:00Z", Array(0...13))
        let days = [
            "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31",
            "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28",
        ]
        #expect(ends == days.map { $0 + "T10:30:00Z" })
        #expect(try boundaries(.month, from: "2024-01-30T00:00:00Z", [1]) == ["2024-02-29T00:00:00Z"])
        #expect(try boundaries(.month, from: "2100-01-30T00:00:00Z", [1]) == ["2100-02-28T00:00:00Z"])
        #expect(try boundaries(.month, from: "2000-01-30T00:00:00Z", [1]) == ["2000-02-29T00:00:00Z"])
    }

    @Test func keeps29FebruaryForLeapYears() throws {
        #expect(
            try boundaries(.year, from: "2024-02-29T12:00:00Z", [1, 3, 4, 76]) == [
                "2025-02-28T12:00:00Z", "2027-02-28T12:00:00Z", "2028-02-29T12:00:00Z", "2100-02-28T12:00:00Z",
            ]
        )
        #expect(try boundaries(.year, from: "1996-02-29T00:00:00Z", [4]) == ["2000-02-29T00:00:00Z"])
    }

    @Test func countsDaysAndWeeksOf24Hours() throws {
        #expect(
            try boundaries(.day, from: "2026-02-27T23:59:59.999999Z", [1, 2, 365]) == [
                "2026-02-28T23:59:59.999999Z", "2026-03-01T23:59:59.999999Z", "2027-02-27T23:59:59.999999Z",
            ]
        )
        #expect(try boundaries(.day, from: "2024-02-28T00:00:00Z", [1]) == ["2024-02-29T00:00:00Z"])
        #expect(
            try boundaries(.week, count: 2, from: "2026-12-21T08:00:00Z", [1, 2]) == [
                "2027-01-04T08:00:00Z", "2027-01-18T08:00:00Z",
            ]
        )
    }

    @Test func countsSeveralAtOnce() throws {
        #expect(
            try boundaries(.month, count: 3, from: "2026-11-30T00:00:00Z", [1, 2]) == [
                "2027-02-28T00:00:00Z", "2027-05-30T00:00:00Z",
            ]
        )
        #expect(try boundaries(.year, count: 5, from: "2026-06-15T00:00:00Z", [2]) == ["2036-06-15T00:00:00Z"])
        #expect(try boundaries(.year, count: 999, from: "2026-06-15T00:00:00Z", [1]) == ["3025-06-15T00:00:00Z"])
        #expect(try boundaries(.month, count: 12, from: "2024-02-29T00:00:00Z", [1]) == ["2025-02-28T00:00:00Z"])
    }

    @Test func countsBefore1970() throws {
        #expect(
            try boundaries(.month, from: "1969-11-30T23:59:59.999999Z", [1, 2, 3]) == [
                "1969-12-30T23:59:59.999999Z", "1970-01-30T23:59:59.999999Z", "1970-02-28T23:59:59.999999Z",
            ]
        )
        #expect(try boundaries(.month, from: "1900-01-31T00:00:00Z", [1]) == ["1900-02-28T00:00:00Z"])
        #expect(try boundaries(.day, from: "1969-12-31T12:00:00Z", [1]) == ["1970-01-01T12:00:00Z"])
    }

    @Test func countsBackwards() throws {
        #expect(
            try boundaries(.month, from: "2026-03-31T00:00:00Z", [-1, -3, -15]) == [
                "2026-02-28T00:00:00Z", "2025-12-31T00:00:00Z", "2024-12-31T00:00:00Z",
            ]
        )
    }

    /// Each repetition is later than the one before, whatever day it began on.
    @Test func neverStandsStill() throws {
        let first = try Timestamp(parsing: "2023-12-01T00:00:00Z")
        for day in 0..<500 {
            let anchor = first.adding(days: day)
            for unit in CalendarInterval.Unit.allCases {
                let ends = (0...30).map { CalendarInterval(unit).boundary($0, from: anchor) }
                #expect(zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 })
            }
        }
    }
}
