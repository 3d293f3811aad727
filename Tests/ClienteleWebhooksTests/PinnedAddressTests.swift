import ClienteleCore
import ClienteleTestSupport
import NIOCore
import Synchronization
import Testing

@testable import ClienteleWebhooks

/// To which address a webhook goes.
@Suite(.timeLimit(.minutes(1)))
struct PinnedAddressTests {
    @Test(arguments: ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1"])
    func refusesANameWithAPrivateAddress(_ address: String) async throws {
        let receiver = try await Receiver { _ in .nothing }
        let sender = WebhookSenderTests.sender(allowsPrivate: false) { _, port in
            try [SocketAddress(ipAddress: address, port: port)]
        }
        let answer = await sender.send(WebhookSenderTests.webhook(to: receiver, scheme: "https"))
        #expect(answer == WebhookAnswer(status: nil, text: "The host is on a private network."))
        #expect(receiver.connections == 0)
        await WebhookSenderTests.end(sender, receiver)
    }

    @Test(arguments: ["127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "0.0.0.0"])
    func refusesAPrivateAddressThatWasKept(_ host: String) async throws {
        let receiver = try await Receiver { _ in .nothing }
        let sender = WebhookSenderTests.sender(allowsPrivate: false)
        let answer = await sender.send(WebhookSenderTests.webhook(to: receiver, scheme: "https", host: host))
        #expect(answer == WebhookAnswer(status: nil, text: "The host is on a private network."))
        #expect(receiver.connections == 0)
        await WebhookSenderTests.end(sender, receiver)
    }

    @Test(arguments: ["http://receiver.test/", "ftp://receiver.test/", "nonsense", ""])
    func refusesAURLThatWasKeptAndIsNotAllowed(_ text: String) async throws {
        let lookUps = LookUps(["127.0.0.1"])
        let sender = WebhookSenderTests.sender(allowsPrivate: false, resolver: lookUps.next)
        let answer = await sender.send(OutgoingWebhook(url: WebhookURL(stored: text), headers: [], body: ""))
        #expect(answer == WebhookAnswer(status: nil, text: "The URL is not one that webhooks are sent to."))
        #expect(lookUps.count == 0)
        await sender.shutdown()
    }

    @Test
    func goesToAnAddressWithoutALookUp() async throws {
        let receiver = try await Receiver { _ in .bytes(WebhookSenderTests.ok) }
        let lookUps = LookUps([])
        let sender = WebhookSenderTests.sender(resolver: lookUps.next)
        #expect(await sender.send(WebhookSenderTests.webhook(to: receiver, host: "127.0.0.1")).status == 200)
        #expect(lookUps.count == 0)
        await WebhookSenderTests.end(sender, receiver)
    }

    @Test
    func goesToTheAddressThatWasCheckedAndNotToALaterOne() async throws {
        let (first, later) = try await Self.neighbours()
        let lookUps = LookUps(["127.0.0.1"], ["127.0.0.2"])
        let sender = WebhookSenderTests.sender(resolver: lookUps.next)
        for _ in 0..<3 { #expect(await sender.send(WebhookSenderTests.webhook(to: first)).status == 200) }
        #expect(lookUps.count == 1)
        #expect(first.connections == 1)
        #expect(later.connections == 0)
        await WebhookSenderTests.end(sender, first, later)
    }

    @Test
    func looksANameUpAnewWhenItsAddressIsOld() async throws {
        let (first, later) = try await Self.neighbours()
        let lookUps = LookUps(["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2"])
        let sender = WebhookSenderTests.sender(lifetime: .zero, resolver: lookUps.next)
        for _ in 0..<2 { #expect(await sender.send(WebhookSenderTests.webhook(to: first)).status == 200) }
        // The address was the same, so the connection was kept.
        #expect(first.connections == 1)
        #expect(await sender.send(WebhookSenderTests.webhook(to: first)).status == 200)
        #expect(lookUps.count == 3)
        #expect(first.connections == 1)
        #expect(later.connections == 1)
        await WebhookSenderTests.end(sender, first, later)
    }

    @Test
    func goesToTheNextAddressWhenOneFails() async throws {
        let receiver = try await Receiver { _ in .bytes(WebhookSenderTests.ok) }
        let lookUps = LookUps(["127.0.0.9", "127.0.0.1"])
        let sender = WebhookSenderTests.sender(resolver: lookUps.next)
        let refused = await sender.send(WebhookSenderTests.webhook(to: receiver))
        #expect(refused == WebhookAnswer(status: nil, text: "The receiver refused the connection."))
        for _ in 0..<2 { #expect(await sender.send(WebhookSenderTests.webhook(to: receiver)).status == 200) }
        #expect(lookUps.count == 2)
        await WebhookSenderTests.end(sender, receiver)
    }

    @Test
    func tellsANameThatIsNoneAndTriesAgain() async throws {
        let receiver = try await Receiver { _ in .bytes(WebhookSenderTests.ok) }
        let lookUps = LookUps([], ["127.0.0.1"])
        let sender = WebhookSenderTests.sender(resolver: lookUps.next)
        let unresolved = await sender.send(WebhookSenderTests.webhook(to: receiver))
        #expect(unresolved == WebhookAnswer(status: nil, text: "The host name could not be resolved."))
        #expect(await sender.send(WebhookSenderTests.webhook(to: receiver)).status == 200)
        await WebhookSenderTests.end(sender, receiver)
    }

    @Test
    func looksANameUpOnceForManyAndKeepsTheirConnections() async throws {
        let receiver = try await Receiver { _ in .bytes(WebhookSenderTests.ok) }
        let lookUps = LookUps(["127.0.0.1"])
        let sender = WebhookSenderTests.sender { host, port in
            // The others come in the meantime.
            for _ in 0..<100 { await Task.yield() }
            return try await lookUps.next(host: host, port: port)
        }
        let sent = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    var status: Int?
                    for _ in 0..<20 { status = await sender.send(WebhookSenderTests.webhook(to: receiver)).status }
                    return status
                }
            }
            return await group.reduce(into: 0) { count, status in count += status == 200 ? 1 : 0 }
        }
        #expect(sent == 32)
        #expect(lookUps.count == 1)
        #expect(receiver.connections <= 32)
        await WebhookSenderTests.end(sender, receiver)
    }

    @Test
    func keepsTheClientsOfFewHostsAndOfThoseInUse() async throws {
        let clients = PinnedClients(allowsPrivate: true, lifetime: .seconds(60), hostsMax: 2) { _, _ in [] }
        try await clients.withClient(host: "127.0.0.1", port: 1) { _ in
            for host in ["127.0.0.2", "127.0.0.3"] { try await clients.withClient(host: host, port: 1) { _ in } }
            // The second is forgotten for the third.
            #expect(clients.count == 2)
        }
        await clients.shutdown()
        #expect(clients.count == 0)
    }

    @Test
    func endsTheClientOfAnAddressThatIsNoLongerTheHosts() async throws {
        let lookUps = LookUps(["127.0.0.1"], ["127.0.0.2"])
        let clients = PinnedClients(allowsPrivate: true, lifetime: .zero, resolver: lookUps.next)
        try await clients.withClient(host: "receiver.test", port: 1) { _ in
            try await clients.withClient(host: "receiver.test", port: 1) { _ in }
            #expect(clients.count == 2)
        }
        #expect(clients.count == 1)
        await clients.shutdown()
    }

    @Test
    func greetsWithTheNameAndNotWithTheAddress() async throws {
        let receiver = try await Receiver { _ in .bytesAndClose("") }
        let sender = WebhookSenderTests.sender()
        let answer = await sender.send(WebhookSenderTests.webhook(to: receiver, scheme: "https"))
        #expect(answer == WebhookAnswer(status: nil, text: "No TLS connection could be made."))
        // The first message of TLS holds the name that the certificate must have.
        #expect(try #require(await receiver.request()).contains("receiver.test"))
        await WebhookSenderTests.end(sender, receiver)
    }

    /// Two receivers at the same port of two addresses.
    private static func neighbours() async throws -> (Receiver, Receiver) {
        let first = try await Receiver { _ in .bytes(WebhookSenderTests.ok) }
        let second = try await Receiver(host: "127.0.0.2", port: first.port) { _ in .bytes(WebhookSenderTests.ok) }
        return (first, second)
    }
}

/// What a name resolves to, one time after the other; the last is repeated.
private final class LookUps: Sendable {
    private let answers: [[String]]
    private let made = Mutex(0)

    init(_ answers: [String]...) { self.answers = answers }

    var count: Int { made.withLock { $0 } }

    @Sendable func next(host: String, port: Int) async throws -> [SocketAddress] {
        let index = made.withLock { made in
            defer { made += 1 }
            return min(made, answers.count - 1)
        }
        return try answers[index].map { try SocketAddress(ipAddress: $0, port: port) }
    }
}
