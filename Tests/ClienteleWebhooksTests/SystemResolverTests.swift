import ClienteleCore
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import ClienteleWebhooks

@Suite(.timeLimit(.minutes(1)))
struct SystemResolverTests {
    @Test
    func resolvesAsTheSystemDoes() async throws {
        let found = try await SystemResolver.shared.addresses(host: "localhost", port: 80)
        #expect(found.contains { IPAddress($0.ipAddress ?? "")?.isGlobal == false && $0.port == 80 })
        await #expect(throws: WebhookFailure.unresolved) {
            try await SystemResolver.shared.addresses(host: "a name that is none", port: 80)
        }
    }

    /// However many names are never answered, and however often they are asked for, they hold up no name that is.
    @Test
    func waitsForNoNameThatIsNeverAnswered() async throws {
        let isOver = ConditionLock(value: false)
        let resolver = SystemResolver { host, port in
            if host.hasPrefix("silent") {
                isOver.lock(whenValue: true)
                isOver.unlock()
            }
            return [try SocketAddress(ipAddress: "192.0.2.1", port: port)]
        }
        #expect(try await resolver.addresses(host: "known.test", port: 80).count == 1)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                for number in 0..<12 {
                    group.addTask { _ = try? await resolver.addresses(host: "silent\(number).test", port: 80) }
                }
            }
            await Task.yield()
            #expect((try? await resolver.addresses(host: "known.test", port: 80))?.count == 1)
            group.cancelAll()
        }
        isOver.lock()
        isOver.unlock(withValue: true)
    }
}
