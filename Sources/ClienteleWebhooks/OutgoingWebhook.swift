package import ClienteleCore

/// A request to a receiver, ready to be sent.
package struct OutgoingWebhook: Sendable {
    package var url: WebhookURL
    package var headers: [(name: String, value: String)]
    package var body: String

    package init(url: WebhookURL, headers: [(name: String, value: String)], body: String) {
        self.url = url
        self.headers = headers
        self.body = body
    }
}
