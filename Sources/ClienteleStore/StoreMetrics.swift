package import CoreMetrics

/// What the store measures of itself.
package struct StoreMetrics: Sendable {
    private let reads: any TimerHandler
    private let writes: any TimerHandler
    private let commits: any TimerHandler
    private let waiting: any RecorderHandler

    package init(factory: any MetricsFactory) {
        self.reads = factory.makeTimer(label: "store.read.duration", dimensions: [])
        self.writes = factory.makeTimer(label: "store.write.duration", dimensions: [])
        self.commits = factory.makeTimer(label: "store.commit.duration", dimensions: [])
        self.waiting = factory.makeRecorder(label: "store.writes.waiting", dimensions: [], aggregate: false)
    }

    /// Times one read.
    func read<T>(_ body: () throws -> T) rethrows -> T { try Self.time(reads, body) }

    /// Times one commit, which may carry many writes.
    func commit<T>(_ body: () throws -> T) rethrows -> T { try Self.time(commits, body) }

    /// Notes how long a write took from the call to its answer.
    func wrote(since start: ContinuousClock.Instant) { writes.recordNanoseconds(Self.nanoseconds(since: start)) }

    /// Notes how many writes wait for the writer.
    func waiting(_ count: Int) { waiting.record(Int64(count)) }

    private static func time<T>(_ timer: any TimerHandler, _ body: () throws -> T) rethrows -> T {
        let start = ContinuousClock.now
        defer { timer.recordNanoseconds(nanoseconds(since: start)) }
        return try body()
    }

    private static func nanoseconds(since start: ContinuousClock.Instant) -> Int64 {
        let duration = (ContinuousClock.now - start).components
        return duration.seconds * 1_000_000_000 + duration.attoseconds / 1_000_000_000
    }
}
