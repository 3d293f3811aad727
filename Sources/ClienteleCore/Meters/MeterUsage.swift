import ClienteleJSON

/// What a meter has counted of a set of events: enough to answer any aggregation, and to add one more event.
///
/// A sum is kept in two parts, so that neither the order of events nor small values beside large ones change it.
public struct MeterUsage: Sendable, Equatable {
    /// The events that counted.
    public var events: Int64 = 0
    public var sum: Double = 0
    /// What `sum` lost to rounding.
    public var sumRest: Double = 0
    public var smallest: Double?
    public var largest: Double?
    /// The different values that were seen.
    public var distinct: Int64 = 0

    package init() {}

    /// What the meter shows.
    public func quantity(_ function: MeterAggregation.Function) -> Double {
        switch function {
        case .count: Double(events)
        case .sum: wholeSum
        case .avg: events == 0 ? 0 : wholeSum / Double(events)
        case .min: smallest ?? 0
        case .max: largest ?? 0
        case .unique: Double(distinct)
        }
    }

    /// Adds what one more event brings; its value apart, where different values count.
    package mutating func add(_ contribution: MeterContribution) {
        switch contribution {
        case .event: events += 1
        case .value: events += 1
        case .number(let number):
            events += 1
            add(number)
            smallest = Swift.min(smallest ?? number, number)
            largest = Swift.max(largest ?? number, number)
        }
    }

    private var wholeSum: Double {
        let whole = sum + sumRest
        return whole.isFinite ? whole : sum
    }

    /// Knuth's two-sum: the rounding error of an addition is itself a number.
    ///
    /// A sum beyond a double's range stays at its end, for neither JSON nor a database has a text for infinity.
    private mutating func add(_ number: Double) {
        let total = sum + number
        guard total.isFinite else {
            sum = total < 0 ? -Double.greatestFiniteMagnitude : .greatestFiniteMagnitude
            sumRest = 0
            return
        }
        let share = total - sum
        sumRest += (sum - (total - share)) + (number - share)
        sum = total
    }
}

/// What one event brings to a meter.
package enum MeterContribution: Sendable, Equatable {
    /// That it happened.
    case event
    case number(Double)
    /// A value of which only different ones count, in a form in which equal ones are the same text.
    case value(String)
}

extension Meter {
    /// What an event brings to the meter; nil where it does not count.
    package func contribution(of event: MeteredEvent) -> MeterContribution? {
        guard filter.matches(event) else { return nil }
        guard aggregation.function != .count else { return .event }
        guard let property = aggregation.property else { return nil }
        let value: JSON?
        switch event.value(of: property) {
        case .named(let text): value = .string(text)
        case .moment(let seconds): value = .integer(seconds)
        case .metadata(let json): value = json
        case nil: value = nil
        }
        guard let value, value != .null else { return nil }
        if aggregation.function == .unique { return .value(value.distinctText) }
        // What is beyond a double's range is no amount of anything.
        return value.measure.flatMap { $0.isFinite ? .number($0) : nil }
    }
}

extension JSON {
    /// A text that two values share if they are equal: 1 and 1.0 are, 1 and "1" are not.
    fileprivate var distinctText: String {
        if case .number(let number) = self, let integer = Int64(exactly: number) { return JSON.integer(integer).text }
        return text
    }
}
