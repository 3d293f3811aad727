import AsyncHTTPClient
package import ClienteleCore
package import Logging
package import NIOCore
import NIOHTTP1

/// Sends webhooks, to public addresses only unless the operator says otherwise.
///
/// A name is resolved here, its addresses are checked, and the connection goes to the address that was checked: a name that has
/// another address a moment later gains nothing. It must be shut down before it is let go.
package final class WebhookSender: Sendable {
    private let allowsPrivate: Bool
    private let clients: PinnedClients
    private let limit: Duration
    private let logger: Logger

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - allowsPrivate: Whether `http` and the addresses of private networks are allowed.
    ///   - limit: How long one webhook may take, from the resolution of the name to the end of the answer.
    ///   - lifetime: How long the addresses of a name are taken for true.
    ///   - resolver: Finds the addresses of a name, the preferred one first; it must end when its task is cancelled.
    ///   - logger: Where it is told what went wrong.
    package init(
        allowsPrivate: Bool,
        limit: Duration = .seconds(10),
        lifetime: Duration = .seconds(60),
        resolver: @escaping @Sendable (_ host: String, _ port: Int) async throws -> [SocketAddress] = { host, port in
            try await SystemResolver.shared.addresses(host: host, port: port)
        },
        logger: Logger
    ) {
        self.allowsPrivate = allowsPrivate
        self.limit = limit
        self.logger = logger
        clients = PinnedClients(allowsPrivate: allowsPrivate, lifetime: lifetime, resolver: resolver)
    }

    /// Sends once; a redirection is an answer like any other.
    package func send(_ webhook: OutgoingWebhook) async -> WebhookAnswer {
        do {
            return try await withinLimit { try await self.answer(to: webhook) }
        } catch {
            logger.debug(
                "A webhook got no answer",
                metadata: ["webhook.host": "\(webhook.url.host)", "error.message": "\(error)"]
            )
            return WebhookAnswer(status: nil, text: WebhookFailure(error).sentence)
        }
    }

    /// Ends the connections; what is on its way is interrupted, and what is sent later is refused.
    package func shutdown() async { await clients.shutdown() }

    private func withinLimit(
        _ send: @escaping @Sendable () async throws -> WebhookAnswer
    ) async throws -> WebhookAnswer {
        let limit = limit
        return try await withThrowingTaskGroup(of: WebhookAnswer.self) { group in
            group.addTask { try await send() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw WebhookFailure.timedOut
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private func answer(to webhook: OutgoingWebhook) async throws -> WebhookAnswer {
        let url = webhook.url
        guard !url.host.isEmpty, allowsPrivate || url.scheme == "https" else { throw WebhookFailure.urlInvalid }
        let request = Self.request(webhook)
        let deadline = NIODeadline.now() + TimeAmount(limit)
        return try await clients.withClient(host: url.host, port: url.port) { client in
            let response = try await client.execute(request, deadline: deadline)
            return WebhookAnswer(
                status: Int(response.status.code),
                text: try await Self.text(of: response.body),
                retryAfterSeconds: Self.retryAfterSeconds(response.headers)
            )
        }
    }

    private static func request(_ webhook: OutgoingWebhook) -> HTTPClientRequest {
        let url = webhook.url
        let isVersion6 = IPAddress(url.host)?.isVersion6 == true
        let host = isVersion6 ? "[\(url.host)]" : url.host
        var request = HTTPClientRequest(url: "\(url.scheme)://\(host):\(url.port)\(url.target)")
        request.method = .POST
        for (name, value) in webhook.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(string: webhook.body))
        return request
    }

    /// The first characters of a body.
    ///
    /// The body is read to its end, which keeps the connection for the next webhook, unless it is so long that a new connection
    /// costs less.
    private static func text(of body: HTTPClientResponse.Body) async throws -> String {
        var kept: [UInt8] = []
        var count = 0
        var iterator = body.makeAsyncIterator()
        while count < bodyOctetsMax, let part = try await iterator.next(isolation: #isolation) {
            kept += part.readableBytesView.prefix(textOctetsMax - kept.count)
            count += part.readableBytes
        }
        let text = String(decoding: kept, as: UTF8.self).unicodeScalars.prefix(textCharactersMax)
        return String(String.UnicodeScalarView(text.filter { $0 != "\0" }))
    }

    /// The seconds that `Retry-After` asks for; a date there, which receivers hardly send, is not read.
    private static func retryAfterSeconds(_ headers: HTTPHeaders) -> Int? {
        guard let text = headers.first(name: "retry-after"), (1...9).contains(text.utf8.count) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    /// What is read of a body before the connection is closed instead.
    private static let bodyOctetsMax = 64 * 1024

    /// What is kept of an answer (section 3.5 of the specification of the Polar dialect).
    private static let textCharactersMax = 2048

    /// No character takes more than four bytes.
    private static let textOctetsMax = 4 * textCharactersMax
}

extension TimeAmount {
    /// A duration, at the most as long as a process lives.
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
