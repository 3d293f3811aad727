import ClienteleServer
import CoreMetrics
import Testing

/// The text that `PrometheusMetrics` writes, by Prometheus' text format 0.0.4.
struct OpsPrometheusTests {
    @Test func saysNothingWhenNothingWasMeasured() {
        #expect(PrometheusMetrics().text.isEmpty)
    }

    @Test func addsUpACounter() {
        let metrics = PrometheusMetrics()
        let counter = metrics.makeCounter(label: "mails.sent", dimensions: [("kind", "news")])
        counter.increment(by: 2)
        counter.increment(by: 3)
        #expect(metrics.text == "# TYPE mails_sent_total counter\nmails_sent_total{kind=\"news\"} 5\n")
    }

    @Test func hasOneSeriesForTheSameNameAndLabels() {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "a", dimensions: [("k", "1")]).increment(by: 1)
        metrics.makeCounter(label: "a", dimensions: [("k", "2")]).increment(by: 10)
        metrics.makeCounter(label: "a", dimensions: [("k", "1")]).increment(by: 1)
        #expect(metrics.text == "# TYPE a_total counter\na_total{k=\"1\"} 2\na_total{k=\"2\"} 10\n")
    }

    @Test func keepsTheLastOfAGauge() {
        let metrics = PrometheusMetrics()
        let gauge = metrics.makeRecorder(label: "queue", dimensions: [], aggregate: false)
        gauge.record(Int64(7))
        gauge.record(2.5)
        #expect(metrics.text == "# TYPE queue gauge\nqueue 2.5\n")
    }

    /// A bucket counts what took as long as its bound or less, and so everything that the buckets below it count.
    @Test func countsTimesInBucketsThatAddUp() throws {
        let metrics = PrometheusMetrics()
        let timer = metrics.makeTimer(label: "work", dimensions: [("on", "x")])
        for nanoseconds in [0, 1_000_000, 1_000_001, 20_000_000_000] as [Int64] { timer.recordNanoseconds(nanoseconds) }
        let samples = try PrometheusText(metrics.text)
        #expect(samples.types == ["work_seconds": "histogram"])
        let buckets = samples.samples.filter { $0.name == "work_seconds_bucket" }
        let bounds = buckets.compactMap { $0.labels["le"].flatMap(Double.init) }
        #expect(bounds.count == buckets.count)
        #expect(bounds == bounds.sorted() && Set(bounds).count == bounds.count)
        #expect(bounds.last == .infinity)
        #expect(buckets.allSatisfy { $0.labels["on"] == "x" })
        for (bound, bucket) in zip(bounds, buckets) {
            let expected: Double = bound < 0.001 ? 1 : bound < 0.00100001 ? 2 : bound < 20 ? 3 : 4
            #expect(bucket.value == expected, "at most \(bound) seconds")
        }
        #expect(samples.value("work_seconds_count", ["on": "x"]) == 4)
        let sum = try #require(samples.value("work_seconds_sum", ["on": "x"]))
        #expect(abs(sum - 20.002000001) < 1e-9)
    }

    @Test(arguments: [
        (#"a\b"#, #"a\\b"#), (#"a"b"#, #"a\"b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"), ("é{},=", "é{},="),
        (#"\n"#, #"\\n"#),
    ])
    func escapesLabelValues(_ value: String, _ escaped: String) {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "a", dimensions: [("k", value)]).increment(by: 1)
        #expect(metrics.text == "# TYPE a_total counter\na_total{k=\"\(escaped)\"} 1\n")
    }

    @Test func writesNamesThatPrometheusTakes() throws {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "größe in-m²/s", dimensions: [("http.method", "GET")]).increment(by: 1)
        let text = try PrometheusText(metrics.text)
        #expect(text.samples.map(\.value) == [1])
    }

    @Test func writesTheTypeOfANameOnceBeforeItsSeries() throws {
        let metrics = PrometheusMetrics()
        for label in ["b", "a"] {
            for value in ["2", "1"] {
                metrics.makeTimer(label: label, dimensions: [("k", value)]).recordNanoseconds(1)
                metrics.makeCounter(label: label, dimensions: [("k", value)]).increment(by: 1)
            }
        }
        let text = try PrometheusText(metrics.text)
        let expected = [
            "a_seconds": "histogram", "a_total": "counter", "b_seconds": "histogram", "b_total": "counter",
        ]
        #expect(text.types == expected)
    }

    @Test func losesNothingWhenManyCountAtOnce() async {
        let metrics = PrometheusMetrics()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 { metrics.makeCounter(label: "a", dimensions: []).increment(by: 1) }
                }
            }
        }
        #expect(metrics.text == "# TYPE a_total counter\na_total 8000\n")
    }
}
