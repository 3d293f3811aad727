import ClienteleClient
import Foundation

/// Sends changes to a receiver of webhooks, as a server does.
struct WebhookForwarder: Sendable {
    private let target: HTTPRequest
    private let secret: String
    private let transport: any ClientTransport = AsyncHTTPTransport.withoutRedirects

    /// How long a receiver may take, as with a server.
    private static let timeout = Duration.seconds(10)
    /// What is read of an answer, so that the connection can be used again.
    private static let answerBytesMax = 64 << 10

    init(to address: String, secret: String) throws {
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = url.host(percentEncoded: true), !host.isEmpty
        else { throw CommandFailure("'\(address)' is no address of a receiver: it begins with http:// or https://.") }
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        let path = url.path(percentEncoded: true)
        self.target = HTTPRequest(
            method: .post,
            scheme: scheme,
            authority: url.port.map { "\(name):\($0)" } ?? name,
            path: (path.isEmpty ? "/" : path) + (url.query(percentEncoded: true).map { "?\($0)" } ?? "")
        )
        self.secret = secret
    }

    /// Sends one thing once; tells what came of it.
    func send(_ notice: ChangeNotice) async -> String {
        guard let body = notice.body else { return "not sent: the record was erased" }
        let begin = ContinuousClock.now
        do {
            let request = request(notice, Array(body.utf8))
            let status = try await within(Self.timeout) { [transport] in
                let response = try await transport.send(request)
                _ = try? await response.body.collect(upTo: Self.answerBytesMax)
                return response.head.status
            }
            let milliseconds = (ContinuousClock.now - begin) / .milliseconds(1)
            return "\(status.code) in \(Int(milliseconds)) ms"
        } catch TransportFailure.timedOut {
            return "no answer within \(Self.timeout.components.seconds) seconds"
        } catch TransportFailure.unreachable {
            return "the receiver cannot be reached"
        } catch {
            return "the connection to the receiver was interrupted"
        }
    }

    private func request(_ notice: ChangeNotice, _ body: [UInt8]) -> ClientRequest {
        let seconds = Int64(Date().timeIntervalSince1970)
        let signature = Webhook.signature(id: notice.id, timestamp: seconds, body: body, secret: secret)
        var request = ClientRequest(head: target, body: body, timeout: Self.timeout)
        func set(_ name: String, _ value: String) {
            if let name = HTTPField.Name(name) { request.head.headerFields[name] = value }
        }
        set("content-type", "application/json")
        set("user-agent", "clientele-listen/\(clienteleVersion)")
        set("webhook-id", notice.id)
        set("webhook-timestamp", "\(seconds)")
        set("webhook-signature", signature)
        set("x-clientele-sequence", "\(notice.sequence)")
        if let version = notice.stateVersion { set("x-clientele-state-version", "\(version)") }
        return request
    }
}
