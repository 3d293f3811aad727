import ClienteleCore
import Logging
import ServiceLifecycle

/// Does in the background what time brings: periods that end, trials, cancellations, answers that need not be kept.
///
/// Answers do not depend on it: what nobody asks for is done by it alone. Any number of processes may run one.
struct Scheduler: Service {
    let settlement: Settlement
    let keyedCalls: KeyedCalls
    let logger: Logger

    /// How long it rests when there is nothing to do.
    private static let pause = Duration.seconds(1)
    /// How long it rests when the store cannot answer.
    private static let pauseAfterFailure = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var pause: Duration?
                do {
                    let mayBeDue = try await settlement.settleSome()
                    let mayBeOld = try await keyedCalls.forgetSome()
                    pause = mayBeDue || mayBeOld ? nil : Self.pause
                } catch {
                    logger.error("What is due could not be done", metadata: ["error": "\(error)"])
                    pause = Self.pauseAfterFailure
                }
                if let pause { try? await Task.sleep(for: pause) }
            }
        }
    }
}
