import ClienteleCore
import Logging
import ServiceLifecycle

/// Does in the background what time brings: periods that end, trials, cancellations, answers and changes that need not
/// be kept.
///
/// Answers do not depend on it: what nobody asks for is done by it alone. Any number of processes may run one.
struct Scheduler: Service {
    let settlement: Settlement
    let keyedCalls: KeyedCalls
    let changes: Changes
    let retention: Retention
    let logger: Logger

    /// How long it rests when there is nothing to do.
    private static let pause = Duration.seconds(1)
    /// How often it looks for changes that are old, which takes a look at every organization.
    private static let forgettingPause = Duration.seconds(60)
    /// How long it rests when the store cannot answer.
    private static let pauseAfterFailure = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var forgetAt = ContinuousClock.now
            while !Task.isCancelled {
                let settled = await attempt("Due subscriptions could not be settled") {
                    try await settlement.settleSome()
                }
                let forgotten = await attempt("Old answers could not be forgotten") {
                    try await keyedCalls.forgetSome()
                }
                let placed = await attempt("Changes could not be given their places") {
                    try await changes.place()
                    return false
                }
                let hasMoreToForget = await forgetOnceInAWhile(&forgetAt)
                // Where there may be more it goes on at once.
                guard settled != true, forgotten != true, hasMoreToForget != true else { continue }
                let hasFailed = settled == nil || forgotten == nil || hasMoreToForget == nil || placed == nil
                try? await Task.sleep(for: hasFailed ? Self.pauseAfterFailure : Self.pause)
            }
        }
    }

    /// Lets old changes go, when it is time to look for some; nil where it failed.
    private func forgetOnceInAWhile(_ at: inout ContinuousClock.Instant) async -> Bool? {
        guard ContinuousClock.now >= at else { return false }
        let hasMore = await attempt("Old changes could not be forgotten") { try await retention.forgetSome() }
        if hasMore != true { at = ContinuousClock.now + Self.forgettingPause }
        return hasMore
    }

    /// Does one part; nil where it failed.
    private func attempt(_ failure: Logger.Message, _ work: () async throws -> Bool) async -> Bool? {
        do { return try await work() } catch {
            // What is cut off because all ends has not failed.
            if !Task.isCancelled { logger.error(failure, metadata: ["error": "\(error)"]) }
            return nil
        }
    }
}

extension Scheduler {
    init(services: Services, logger: Logger) {
        self.init(
            settlement: services.settlement,
            keyedCalls: services.keyedCalls,
            changes: services.changes,
            retention: services.retention,
            logger: logger
        )
    }
}
