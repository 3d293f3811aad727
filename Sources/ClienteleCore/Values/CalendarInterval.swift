/// A stretch of the calendar that repeats: three months, two weeks.
public struct CalendarInterval: Sendable, Hashable {
    public enum Unit: String, Sendable, CaseIterable { case day, week, month, year }

    public let unit: Unit
    /// At least 1.
    public let count: Int

    public init(_ unit: Unit, count: Int = 1) {
        self.unit = unit
        self.count = count
    }

    /// The end of the `number`th repetition of a cycle that began at `anchor`; 0 is the anchor itself.
    ///
    /// Counted from the anchor, so that a month that is too short shortens only itself: what begins on 31 January goes on on 28
    /// February and on 31 March. The time of day stays, in UTC.
    public func boundary(_ number: Int, from anchor: Timestamp) -> Timestamp {
        switch unit {
        case .day: anchor.adding(days: number * count)
        case .week: anchor.adding(days: 7 * number * count)
        case .month: anchor.adding(months: number * count)
        case .year: anchor.adding(months: 12 * number * count)
        }
    }
}
