import ClienteleCore
import ClienteleTestSupport
import Logging
import NIOCore
import Synchronization
import Testing

@testable import ClienteleWebhooks

@Suite(.timeLimit(.minutes(1)))
struct WebhookSenderTests {
    static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    @Test
    func sendsHeadersAndBodyAndReadsTheAnswer() async throws {
        let receiver = try await Receiver { _ in .bytes(Self.ok) }
        let sender = Self.sender()
        let webhook = try OutgoingWebhook(
            url: WebhookURL("http://receiver.test:\(receiver.port)/hook|x?a=b#c", allowsPrivate: true),
            headers: [("content-type", "application/json"), ("webhook-id", "17")],
            body: #"{"name":"José"}"#
        )
        #expect(await sender.send(webhook) == WebhookAnswer(status: 200, text: "ok"))
        let request = try #require(await receiver.request())
        #expect(request.hasPrefix("POST /hook%7Cx?a=b HTTP/1.1\r\n"))
        #expect(request.lowercased().contains("\r\nhost: receiver.test:\(receiver.port)\r\n"))
        #expect(request.contains("\r\ncontent-type: application/json\r\nwebhook-id: 17\r\n"))
        #expect(request.hasSuffix("\r\n\r\n{\"name\":\"José\"}"))
        await Self.end(sender, receiver)
    }

    @Test(arguments: [204, 301, 302, 307, 308, 404, 410, 429, 500, 599])
    func takesEachStatusForAnAnswer(_ status: Int) async throws {
        let elsewhere = try await Receiver { _ in .bytes(Self.ok) }
        let head = "HTTP/1.1 \(status) X\r\nlocation: http://receiver.test:\(elsewhere.port)/\r\n"
        let receiver = try await Receiver { _ in .bytes(head + (status == 204 ? "\r\n" : "content-length: 0\r\n\r\n")) }
        let sender = Self.sender()
        #expect(await sender.send(Self.webhook(to: receiver)) == WebhookAnswer(status: status, text: ""))
        #expect(elsewhere.connections == 0)
        await Self.end(sender, receiver, elsewhere)
    }

    @Test
    func keepsTheFirstCharactersWithoutNULs() async throws {
        let body = "a\0b" + String(repeating: "é", count: 3000)
        let head = "HTTP/1.1 500 X\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
        let receiver = try await Receiver { _ in .bytes(head + body) }
        let sender = Self.sender()
        let answer = await sender.send(Self.webhook(to: receiver))
        #expect(answer == WebhookAnswer(status: 500, text: "ab" + String(repeating: "é", count: 2045)))
        // The whole body has been read, so the connection is as good as new.
        _ = await sender.send(Self.webhook(to: receiver))
        #expect(receiver.connections == 1)
        await Self.end(sender, receiver)
    }

    @Test
    func leavesALongBodyUnread() async throws {
        // Ten times as long as what is read of it, and never ended.
        let start = "HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n" + String(repeating: "x", count: 640 * 1024)
        let receiver = try await Receiver { _ in .bytes(start) }
        let sender = Self.sender()
        let answer = await sender.send(Self.webhook(to: receiver))
        #expect(answer == WebhookAnswer(status: 200, text: String(repeating: "x", count: 2048)))
        _ = await sender.send(Self.webhook(to: receiver))
        #expect(receiver.connections == 2)
        await Self.end(sender, receiver)
    }

    @Test(
        arguments: [
            ("", "The receiver did not answer in time."),
            ("HTTP/1.1 200 OK\r\n", "The receiver did not answer in time."),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "The receiver did not answer in time."),
        ]
    )
    func waitsNoLongerThanItsLimit(_ beginning: String, _ sentence: String) async throws {
        let receiver = try await Receiver { _ in .bytes(beginning) }
        let sender = Self.sender(limit: .milliseconds(300))
        #expect(await sender.send(Self.webhook(to: receiver)) == WebhookAnswer(status: nil, text: sentence))
        await Self.end(sender, receiver)
    }

    @Test
    func waitsNoLongerThanItsLimitForAName() async throws {
        let receiver = try await Receiver { _ in .bytes(Self.ok) }
        let sender = Self.sender(limit: .milliseconds(300)) { _, _ in
            try await Task.sleep(for: .seconds(600))
            return []
        }
        let answer = await sender.send(Self.webhook(to: receiver))
        #expect(answer == WebhookAnswer(status: nil, text: "The receiver did not answer in time."))
        await Self.end(sender, receiver)
    }

    @Test
    func tellsAClosedConnectionFromARefusedOne() async throws {
        let receiver = try await Receiver { _ in .bytesAndClose("") }
        let sender = Self.sender()
        let closed = await sender.send(Self.webhook(to: receiver))
        #expect(closed == WebhookAnswer(status: nil, text: "The connection ended before there was a whole answer."))
        await receiver.close()
        let refused = await sender.send(Self.webhook(to: receiver))
        #expect(refused == WebhookAnswer(status: nil, text: "The receiver refused the connection."))
        await sender.shutdown()
    }

    @Test(
        arguments: [
            "nonsense\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 103 X\r\n\r\nHTTP/1.1 103 X\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
            "HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 099 X\r\ncontent-length: 2\r\n\r\nab",
            "HTTP/1.1 9999 X\r\n\r\n",
            "HTTP/1.1 -1 X\r\n\r\n",
            "HTTP/1.1 200 OK\r\nx: \(String(repeating: "y", count: 200_000))\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\(String(repeating: "x: y\r\n", count: 50_000))\r\n",
            "HTTP/2.0 200 OK\r\n\r\n",
            "\0\0\0\0",
        ]
    )
    func outlivesWhatIsNoAnswer(_ answer: String) async throws {
        let receiver = try await Receiver { _ in .bytesAndClose(answer) }
        let sender = Self.sender()
        #expect(await sender.send(Self.webhook(to: receiver)).status == nil)
        await Self.end(sender, receiver)
    }

    @Test(
        arguments: [
            ("HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n", 999),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", 200),
            ("HTTP/1.0 200 OK\r\n\r\n", 200),
            ("HTTP/1.1 204 X\r\n\r\nHTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n", 204),
            ("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 202 X\r\ncontent-length: 0\r\n\r\n", 202),
            ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nab", 200),
        ]
    )
    func takesOddAnswers(_ answer: String, _ status: Int) async throws {
        let receiver = try await Receiver { _ in .bytesAndClose(answer) }
        let sender = Self.sender()
        #expect(await sender.send(Self.webhook(to: receiver)).status == status)
        await Self.end(sender, receiver)
    }

    @Test(
        arguments: [
            ("120", 120), ("0", 0), ("-1", nil), ("1.5", nil), ("9999999999", nil), ("", nil),
            ("Wed, 21 Oct 2026 07:28:00 GMT", nil),
        ] as [(String, Int?)]
    )
    func readsHowLongToWait(_ text: String, _ seconds: Int?) async throws {
        let receiver = try await Receiver { _ in
            .bytes("HTTP/1.1 429 X\r\nretry-after: \(text)\r\ncontent-length: 0\r\n\r\n")
        }
        let sender = Self.sender()
        let answer = await sender.send(Self.webhook(to: receiver))
        #expect(answer == WebhookAnswer(status: 429, text: "", retryAfterSeconds: seconds))
        await Self.end(sender, receiver)
    }

    @Test
    func isInterruptedByCancellationAndByShutdown() async throws {
        let receiver = try await Receiver { _ in .nothing }
        let sender = Self.sender()
        let interrupted = WebhookAnswer(status: nil, text: "Sending was interrupted.")

        let cancelled = Task { await sender.send(Self.webhook(to: receiver)) }
        #expect(await receiver.request() != nil)
        cancelled.cancel()
        #expect(await cancelled.value == interrupted)

        let shutDown = Task { await sender.send(Self.webhook(to: receiver)) }
        #expect(await receiver.request() != nil)
        await sender.shutdown()
        #expect(await shutDown.value == interrupted)

        #expect(await sender.send(Self.webhook(to: receiver)) == interrupted)
        await Self.end(sender, receiver)
    }

    static func sender(
        allowsPrivate: Bool = true,
        limit: Duration = .seconds(10),
        lifetime: Duration = .seconds(60),
        resolver: @escaping @Sendable (String, Int) async throws -> [SocketAddress] = { _, port in
            try [SocketAddress(ipAddress: "127.0.0.1", port: port)]
        }
    ) -> WebhookSender {
        WebhookSender(
            allowsPrivate: allowsPrivate,
            limit: limit,
            lifetime: lifetime,
            resolver: resolver,
            logger: Logger(label: "test")
        )
    }

    /// A webhook to a name that the system does not know.
    static func webhook(
        to receiver: Receiver,
        scheme: String = "http",
        host: String = "receiver.test"
    ) -> OutgoingWebhook {
        OutgoingWebhook(url: WebhookURL(stored: "\(scheme)://\(host):\(receiver.port)/"), headers: [], body: "{}")
    }

    static func end(_ sender: WebhookSender, _ receivers: Receiver...) async {
        await sender.shutdown()
        for receiver in receivers { await receiver.close() }
    }
}
