import CoreMetrics
import Synchronization

/// Counts and times requests by route, never by path: there are as many paths as customers.
final class HTTPMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Series {
        let count: any CounterHandler
        let duration: any TimerHandler
    }

    private let factory: any MetricsFactory
    private let series = Mutex<[Key: Series]>([:])

    init(factory: any MetricsFactory) { self.factory = factory }

    func record(method: String, route: String, status: Int, _ duration: Duration) {
        let key = Key(method: method, route: route, status: status)
        let series = series.withLock { series in
            if let known = series[key] { return known }
            let labels = [("method", method), ("route", route)]
            let made = Series(
                count: factory.makeCounter(label: "http.requests", dimensions: labels + [("status", "\(status)")]),
                duration: factory.makeTimer(label: "http.request.duration", dimensions: labels)
            )
            series[key] = made
            return made
        }
        series.count.increment(by: 1)
        series.duration.recordNanoseconds(
            duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
        )
    }
}
