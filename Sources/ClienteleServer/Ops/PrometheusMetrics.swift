public import CoreMetrics
import Synchronization

/// Keeps what is measured, and writes it down in Prometheus' text format 0.0.4.
///
/// Times become histograms in seconds; counters and gauges are what they are.
public final class PrometheusMetrics: MetricsFactory {
    private struct Key: Hashable {
        let name: String
        let labels: String
    }

    private let series = Mutex<[Key: any PrometheusSeries]>([:])

    public init() {}

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        make(label, dimensions, suffix: "_total") { PrometheusCounter() }
    }

    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        make(label, dimensions, suffix: "") { PrometheusGauge() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        make(label, dimensions, suffix: "_seconds") { PrometheusHistogram() }
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// All that was measured so far, sorted by name.
    public var text: String {
        let all = series.withLock { Array($0) }.sorted { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }
        var text = ""
        var lastName = ""
        for (key, series) in all {
            if key.name != lastName { text += "# TYPE \(key.name) \(series.type)\n" }
            lastName = key.name
            for (suffix, extra, value) in series.samples {
                let labels = [key.labels, extra].filter { !$0.isEmpty }.joined(separator: ",")
                text += key.name + suffix + (labels.isEmpty ? "" : "{\(labels)}") + " \(value)\n"
            }
        }
        return text
    }

    /// The series of that name and labels, made by `new` where there is none.
    private func make<Series: PrometheusSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        suffix: String,
        _ new: () -> Series
    ) -> Series {
        let name = Self.name(label) + suffix
        let labels = dimensions.map { "\(Self.name($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        return series.withLock { series in
            let key = Key(name: name, labels: labels)
            if let known = series[key] as? Series { return known }
            let made = new()
            series[key] = made
            return made
        }
    }

    /// A name of the letters, digits and lines that Prometheus takes.
    private static func name(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "\\", "\"": escaped += "\\" + String(scalar)
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}

private protocol PrometheusSeries: AnyObject, Sendable {
    var type: String { get }
    /// Each sample: what follows the name, a label beside the series' own, and the value.
    var samples: [(suffix: String, label: String, value: String)] { get }
}

private final class PrometheusCounter: CounterHandler, PrometheusSeries {
    private let count = Atomic<Int64>(0)

    var type: String { "counter" }
    var samples: [(suffix: String, label: String, value: String)] { [("", "", "\(count.load(ordering: .relaxed))")] }

    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

private final class PrometheusGauge: RecorderHandler, PrometheusSeries {
    private let last = Mutex<Double>(0)

    var type: String { "gauge" }
    var samples: [(suffix: String, label: String, value: String)] { [("", "", "\(last.withLock { $0 })")] }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { last.withLock { $0 = value } }
}

private final class PrometheusHistogram: TimerHandler, PrometheusSeries {
    /// The upper bounds of the buckets, in nanoseconds: from what a read takes to what a caller gives up after.
    private static let bounds: [Int64] = [
        25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000,
    ]

    private struct Values {
        var buckets = [Int64](repeating: 0, count: PrometheusHistogram.bounds.count + 1)
        var sum: Int64 = 0
    }

    private let values = Mutex(Values())

    var type: String { "histogram" }

    var samples: [(suffix: String, label: String, value: String)] {
        let values = values.withLock { $0 }
        var count: Int64 = 0
        var samples: [(suffix: String, label: String, value: String)] = []
        for (index, bucket) in values.buckets.enumerated() {
            count += bucket
            let bound = index < Self.bounds.count ? "\(Double(Self.bounds[index]) / 1e9)" : "+Inf"
            samples.append(("_bucket", "le=\"\(bound)\"", "\(count)"))
        }
        return samples + [("_sum", "", "\(Double(values.sum) / 1e9)"), ("_count", "", "\(count)")]
    }

    func recordNanoseconds(_ duration: Int64) {
        let bucket = Self.bounds.firstIndex { duration <= $0 } ?? Self.bounds.count
        values.withLock {
            $0.buckets[bucket] += 1
            $0.sum += duration
        }
    }
}
