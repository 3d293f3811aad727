import ClienteleCore
import Logging
import ServiceLifecycle

/// Does in the background what time brings: periods that end, trials, cancellations.
///
/// Answers do not depend on it: what nobody asks for is done by it alone. Any number of processes may run one.
struct Scheduler: Service {
    let settlement: Settlement
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
                    pause = try await settlement.settleSome() ? nil : Self.pause
                } catch {
                    logger.error("Due subscriptions could not be settled", metadata: ["error": "\(error)"])
                    pause = Self.pauseAfterFailure
                }
                if let pause { try? await Task.sleep(for: pause) }
            }
        }
    }
}
