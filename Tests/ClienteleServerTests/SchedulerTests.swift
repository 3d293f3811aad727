import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Logging
import Testing

@testable import ClienteleServer

@Suite(.timeLimit(.minutes(10)))
struct SchedulerTests {
    /// What nobody asks for is done all the same, and the work ends when it is told to.
    @Test func doesWhatIsDue() async throws {
        try await withHolder { server, holder in
            let id = try await holder.subscribe(on: server)
            let subscription = try #require(Subscription.ID(id))
            let ended = try await server.store.subscription(subscription, in: [server.organizationA]).subscription
            server.clock.pass(seconds: 40 * 86_400)
            let settlement = Settlement(store: server.store, surroundings: server.clock.surroundings)
            let scheduler = Scheduler(
                settlement: settlement,
                keyedCalls: KeyedCalls(store: server.store, surroundings: server.clock.surroundings),
                changes: Changes(store: server.store),
                retention: Retention(store: server.store, surroundings: server.clock.surroundings),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let work = Task { try await scheduler.run() }
            var start = ended.currentPeriodStart
            while start == ended.currentPeriodStart {
                try await Task.sleep(for: .milliseconds(10))
                // The store itself does nothing that is due.
                start = try await server.store.subscription(subscription, in: [server.organizationA])
                    .subscription.currentPeriodStart
            }
            #expect(start == ended.currentPeriodEnd)
            work.cancel()
            try await work.value
        }
    }
}
