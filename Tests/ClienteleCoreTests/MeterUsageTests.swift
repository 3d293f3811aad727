import ClienteleJSON
import Testing

@testable import ClienteleCore

/// What section 5.5 of the specification of the Polar dialect says of aggregations.
struct MeterUsageTests {
    private func usage(of numbers: [Double]) -> MeterUsage {
        var usage = MeterUsage()
        for number in numbers { usage.add(.number(number)) }
        return usage
    }

    private func meter(
        _ function: MeterAggregation.Function,
        _ property: String? = nil,
        filter: MeterFilter = MeterFilter(.and, [])
    ) -> Meter {
        Meter(
            id: Meter.ID(high: 1, low: 1),
            organization: Organization.ID(high: 1, low: 2),
            createdAt: Timestamp(microseconds: 0),
            name: "Meter",
            unit: .scalar,
            customLabel: nil,
            customMultiplier: nil,
            filter: filter,
            aggregation: MeterAggregation(function, property: property),
            metadata: Metadata()
        )
    }

    private func event(_ value: JSON?, name: String = "call") -> MeteredEvent {
        MeteredEvent(
            name: name,
            source: "user",
            timestamp: Timestamp(microseconds: 1_500_000),
            metadata: value.map { ["n": $0] } ?? [:]
        )
    }

    @Test func showsNothingOfNoEvents() {
        for function in MeterAggregation.Function.allCases { #expect(MeterUsage().quantity(function) == 0) }
    }

    @Test func answersEveryAggregation() {
        var usage = usage(of: [3, -1, 4, 1.5])
        usage.distinct = 4
        #expect(usage.quantity(.count) == 4)
        #expect(usage.quantity(.sum) == 7.5)
        #expect(usage.quantity(.avg) == 1.875)
        #expect(usage.quantity(.min) == -1)
        #expect(usage.quantity(.max) == 4)
        #expect(usage.quantity(.unique) == 4)
    }

    @Test func countsEventsThatBringNoNumber() {
        var usage = MeterUsage()
        usage.add(.event)
        usage.add(.value("x"))
        #expect(usage.events == 2 && usage.sum == 0)
        #expect(usage.smallest == nil && usage.largest == nil)
    }

    @Test func losesNothingOfASum() {
        #expect(usage(of: Array(repeating: 0.1, count: 10)).quantity(.sum) == 1)
        #expect(usage(of: [1e16, 1, -1e16]).quantity(.sum) == 1)
        #expect(usage(of: [1e15] + Array(repeating: 0.0001, count: 10_000)).quantity(.sum) == 1e15 + 1)
        #expect(usage(of: Array(repeating: 0.1, count: 10)).quantity(.avg) == 0.1)
    }

    @Test func staysWithinTheRangeOfADouble() {
        let greatest = Double.greatestFiniteMagnitude
        for numbers in [[1e308, 1e308], [greatest, greatest, 1e300], Array(repeating: greatest / 3, count: 9)] {
            #expect(usage(of: numbers).quantity(.sum) == greatest)
            #expect(usage(of: numbers.map { -$0 }).quantity(.sum) == -greatest)
            #expect(usage(of: numbers).quantity(.avg).isFinite)
        }
        #expect(usage(of: [greatest, -greatest, 1]).quantity(.sum) == 1)
    }

    @Test func sumsTheSameInAnyOrder() {
        var random = RandomNumbers(state: 7)
        for _ in 0..<200 {
            let numbers = (0..<50).map { number in
                Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / [1, 10, 100, 1_000, 3][number % 5]
            }
            let expected = usage(of: numbers).quantity(.sum)
            for _ in 0..<10 { #expect(usage(of: numbers.shuffled(using: &random)).quantity(.sum) == expected) }
        }
    }

    @Test(arguments: [MeterAggregation.Function.sum, .min, .max, .avg])
    func takesNumbersAlone(_ function: MeterAggregation.Function) {
        let meter = meter(function, "n")
        #expect(meter.contribution(of: event(3)) == .number(3))
        #expect(meter.contribution(of: event(-1.5)) == .number(-1.5))
        #expect(meter.contribution(of: event(.bigInteger("100000000000000000000"))) == .number(1e20))
        for value: JSON? in [true, false, "3", nil, .null, [3], ["n": 3]] {
            #expect(meter.contribution(of: event(value)) == nil)
        }
        let beyond = JSON.bigInteger(String(repeating: "9", count: 400))
        #expect(meter.contribution(of: event(beyond)) == nil)
    }

    @Test func takesEventsForCounting() {
        for value: JSON? in [3, "3", nil] { #expect(meter(.count).contribution(of: event(value)) == .event) }
    }

    @Test func takesTheTimestampForANumber() {
        #expect(meter(.max, "timestamp").contribution(of: event(nil)) == .number(1))
        #expect(meter(.max, "name").contribution(of: event(nil)) == nil)
        #expect(meter(.max, "metadata.n").contribution(of: event(4)) == .number(4))
    }

    @Test func tellsDifferentValuesApart() throws {
        let meter = meter(.unique, "n")
        func form(_ value: JSON?) -> MeterContribution? { meter.contribution(of: event(value)) }
        #expect(form(1) == form(1.0) && form(0) == form(-0.0))
        #expect(form(1.5) == form(1.5))
        let values: [JSON] = [1, "1", true, 1.5, "true", false, "caf\u{E9}", "cafe\u{301}"]
        let forms = values.map { form($0) }
        for (index, form) in forms.enumerated() {
            #expect(form != nil)
            for other in forms[(index + 1)...] {
                guard case .value(let one)? = form, case .value(let two)? = other else { continue }
                #expect(!one.utf8.elementsEqual(two.utf8), "\(one) and \(two)")
            }
        }
        #expect(form(nil) == nil && form(.null) == nil)
        #expect(self.meter(.unique, "name").contribution(of: event(nil)) == .value(#""call""#))
    }

    @Test func takesOnlyEventsThatTheFilterLetsPass() {
        let filter = MeterFilter(.and, [.compare(property: "name", .equal, "call")])
        for function in MeterAggregation.Function.allCases {
            let meter = meter(function, "n", filter: filter)
            #expect(meter.contribution(of: event(1)) != nil)
            #expect(meter.contribution(of: event(1, name: "other")) == nil)
        }
    }

    @Test func readsBackAnAggregation() throws {
        for (aggregation, text) in [
            (MeterAggregation(.count, property: nil), #"{"func":"count"}"#),
            (MeterAggregation(.sum, property: "n"), #"{"func":"sum","property":"n"}"#),
            (MeterAggregation(.unique, property: "a.b"), #"{"func":"unique","property":"a.b"}"#),
        ] {
            #expect(aggregation.json.text == text)
            #expect(MeterAggregation(json: try JSON(parsing: text)) == aggregation)
        }
        #expect(MeterAggregation(json: ["func": "median"]) == nil)
        #expect(MeterAggregation(json: []) == nil)
    }

    @Test func balancesWhatWasCredited() {
        let record = CustomerMeter(
            id: CustomerMeter.ID(high: 1, low: 1),
            organization: Organization.ID(high: 1, low: 2),
            meter: Meter.ID(high: 1, low: 3),
            createdAt: Timestamp(microseconds: 0),
            usage: usage(of: [10, 2]),
            credited: 5,
            function: .sum
        )
        #expect(record.consumed == 12 && record.balance == -7)
    }
}

/// SplitMix64.
private struct RandomNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
