import Testing

@testable import ClienteleCore

struct TimestampTests {
    private func text(_ text: String) throws -> String { try Timestamp(parsing: text).text }

    private func error(_ text: String) -> Timestamp.ParsingError? {
        do throws(Timestamp.ParsingError) {
            _ = try Timestamp(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("2026-11-21T05:22:39.960346Z", "2026-11-21T05:22:39.960346Z"),
        ("2026-11-21T05:22:39Z", "2026-11-21T05:22:39.000000Z"),
        ("2026-11-21T05:22Z", "2026-11-21T05:22:00.000000Z"),
        ("2026-11-21 05:22:39z", "2026-11-21T05:22:39.000000Z"),
        ("2026-11-21t05:22:39.5Z", "2026-11-21T05:22:39.500000Z"),
        ("2026-11-21_05:22:39,000001Z", "2026-11-21T05:22:39.000001Z"),
        ("2026-11-21T05:22:39.1234569Z", "2026-11-21T05:22:39.123456Z"),
        ("2026-11-21T05:22:39.12345600000000000000000000000Z", "2026-11-21T05:22:39.123456Z"),
        ("2026-11-21T05:22:39+00:00", "2026-11-21T05:22:39.000000Z"),
        ("2026-11-21T05:22:39-00:00", "2026-11-21T05:22:39.000000Z"),
        ("2026-11-21T05:22:39+0530", "2026-11-20T23:52:39.000000Z"),
        ("2026-11-21T23:30:00-01:45", "2026-11-22T01:15:00.000000Z"),
        ("2026-12-31T23:00:00-02:00", "2027-01-01T01:00:00.000000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
        ("2000-02-29T23:59:59.999999Z", "2000-02-29T23:59:59.999999Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("1900-03-01T00:00:00Z", "1900-03-01T00:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ])
    func reads(_ written: String, _ expected: String) throws {
        #expect(try text(written) == expected)
    }

    @Test func countsMicrosecondsFrom1970() throws {
        #expect(try Timestamp(parsing: "1970-01-01T00:00:01.000002Z").microseconds == 1_000_002)
        #expect(try Timestamp(parsing: "1969-12-31T23:59:59.999999Z").microseconds == -1)
        #expect(try Timestamp(parsing: "2026-01-01T00:00:00Z").microseconds == 1_767_225_600_000_000)
    }

    @Test(arguments: [
        "", "x", "2026", "2026-11-21", "2026-11-21T", "2026-11-21T05", "2026-11-21T05:22:39.Z", "2026-11-21T5:22:39Z",
        "2026-11-21T05:22:3Z", "26-11-21T05:22:39Z", "+2026-11-21T05:22:39Z", "2026/11/21T05:22:39Z",
        "2026-11-21T05:22:39ZZ", "2026-11-21T05:22:39Z ", " 2026-11-21T05:22:39Z", "2026-11-21T05:22:39 UTC",
        "2026-11-21T05:22:39+", "2026-11-21T05:22:39+5", "2026-11-21T05:22:39+05", "2026-11-21T05:22:39+05:",
        "2026-11-21T05:22:39+24:00", "2026-11-21T05:22:39+05:60", "2026-00-21T05:22:39Z", "2026-13-21T05:22:39Z",
        "2026-11-00T05:22:39Z", "2026-11-31T05:22:39Z", "2026-02-29T05:22:39Z", "2100-02-29T05:22:39Z",
        "2026-11-21T24:00:00Z", "2026-11-21T05:60:00Z", "2026-11-21T05:22:60Z", "0000-01-01T00:00:00Z",
        "2026-11-21T05:22:39.９Z", "２０２６-11-21T05:22:39Z", "2026-11-21T05:22:39\u{0}Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    ])
    func refuses(_ text: String) {
        #expect(error(text) == .malformed)
    }

    @Test(arguments: ["2026-11-21T05:22", "2026-11-21T05:22:39", "2026-11-21 05:22:39.960346"])
    func wantsAZone(_ text: String) {
        #expect(error(text) == .zoneMissing)
    }

    /// Every day of eight hundred years, there and back.
    @Test func knowsTheCalendar() {
        var (year, month, day) = (1599, 12, 31)
        let first = Timestamp.days(year: year, month: month, day: day)
        for number in 0..<(2 * 146_097) {
            let moment = Timestamp(microseconds: (first + Int64(number)) * Timestamp.dayMicroseconds)
            guard moment.date == (year, month, day) else {
                Issue.record("\(moment.text) is not \(year)-\(month)-\(day)")
                return
            }
            day += 1
            if day > Timestamp.daysIn(month: month, of: year) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2399, 12, 31))
    }

    @Test func knowsLeapYears() {
        let leap = [1600, 1904, 2000, 2024, 2400].map { Timestamp.daysIn(month: 2, of: $0) }
        let common = [1700, 1900, 2023, 2026, 2100].map { Timestamp.daysIn(month: 2, of: $0) }
        #expect(Set(leap) == [29] && Set(common) == [28])
        #expect((1...12).map { Timestamp.daysIn(month: $0, of: 2026) }.reduce(0, +) == 365)
    }
}
