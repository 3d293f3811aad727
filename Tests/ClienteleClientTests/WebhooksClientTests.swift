import ClienteleClient
import Foundation
import Testing

/// What is sent about endpoints of webhooks, and what is made of the answers.
struct WebhooksClientTests {
    private let id: UUID
    private let path: String

    init() throws {
        id = try #require(UUID(uuidString: "23eb134d-9003-44a7-9d4a-38f1a8036b23"))
        path = "/base/v1/webhooks/endpoints/23eb134d-9003-44a7-9d4a-38f1a8036b23"
    }

    private let endpoint =
        #"{"created_at":"2026-11-21T05:26:14.751311Z","modified_at":null,"id":"23eb134d-9003-44a7-9d4a-38f1a8036b23","#
        + #""url":"https://hooks.example/","name":null,"format":"raw","secret":"whsec_1","#
        + #""organization_id":"f9ec1797-5370-42ae-b7a9-c28415a296b6","#
        + #""events":["customer.created","order.paid"],"enabled":true}"#

    private func body(_ request: ClientRequest) -> String? { request.body.map { String(decoding: $0, as: UTF8.self) } }

    @Test func makesReadsChangesAndDeletesAnEndpoint() async throws {
        let server = ScriptedServer(Array(repeating: .status(200, [:], endpoint), count: 4) + [.status(204)])
        let webhooks = server.client().webhooks
        let made = try await webhooks.create(
            WebhookEndpointCreate(url: "https://hooks.example", events: [.customerCreated, "order.paid"])
        )
        #expect(made.id == id)
        #expect(made.format == .raw)
        #expect(made.events == [.customerCreated, "order.paid"])
        #expect(made.secret == "whsec_1")
        #expect(try await webhooks.get(id) == made)
        _ = try await webhooks.update(id, WebhookEndpointUpdate(events: .set([]), enabled: true))
        _ = try await webhooks.resetSecret(of: id)
        try await webhooks.delete(id)
        #expect(
            server.requests.map { "\($0.head.method) \($0.head.path ?? "")" } == [
                "POST /base/v1/webhooks/endpoints", "GET \(path)", "PATCH \(path)", "PATCH \(path)/secret",
                "DELETE \(path)",
            ]
        )
        #expect(
            server.requests.map(body) == [
                #"{"url":"https://hooks.example","format":"raw","events":["customer.created","order.paid"]}"#, nil,
                #"{"events":[],"enabled":true}"#, nil, nil,
            ]
        )
    }

    @Test func listsEndpoints() async throws {
        let page = #"{"items":[\#(endpoint)],"pagination":{"total_count":1,"max_page":1}}"#
        let server = ScriptedServer([.status(200, [:], page)])
        var urls: [String] = []
        for try await endpoint in server.client().webhooks.list(limit: 10) { urls.append(endpoint.url) }
        #expect(urls == ["https://hooks.example/"])
        #expect(server.requests.first?.head.path == "/base/v1/webhooks/endpoints?page=1&limit=10")
    }

    @Test func listsWhatWasSent() async throws {
        let event =
            #"{"created_at":"2026-11-21T05:26:14Z","modified_at":null,"id":"f9ec1797-5370-42ae-b7a9-c28415a296b6","#
            + #""last_http_code":503,"succeeded":null,"skipped":false,"payload":"{\"type\":\"x\"}","#
            + #""type":"customer.updated","is_archived":false}"#
        let item =
            #"{"created_at":"2026-11-21T05:26:15Z","modified_at":null,"id":"23eb134d-9003-44a7-9d4a-38f1a8036b23","#
            + #""succeeded":false,"http_code":503,"response":"busy","webhook_event":\#(event)}"#
        let page = #"{"items":[\#(item)],"pagination":{"total_count":1,"max_page":1}}"#
        let server = ScriptedServer([.status(200, [:], page)])
        let deliveries = server.client().webhooks.deliveries(
            endpointIDs: [id],
            from: Date(timeIntervalSince1970: 0),
            succeeded: false,
            httpCodeClass: .serverError,
            eventTypes: [.customerUpdated, .customerDeleted]
        )
        let delivery = try #require(try await deliveries.page().items.first)
        #expect(delivery.httpCode == 503)
        #expect(delivery.response == "busy")
        #expect(delivery.webhookEvent.lastHTTPCode == 503)
        #expect(delivery.webhookEvent.succeeded == nil)
        #expect(delivery.webhookEvent.payload == #"{"type":"x"}"#)
        #expect(delivery.webhookEvent.type == .customerUpdated)
        #expect(
            server.requests.first?.head.path
                == "/base/v1/webhooks/deliveries?endpoint_id=23eb134d-9003-44a7-9d4a-38f1a8036b23"
                + "&start_timestamp=1970-01-01T00%3A00%3A00.000000Z&succeeded=false&http_code_class=5xx"
                + "&event_type=customer.updated&event_type=customer.deleted&page=1"
        )
    }

    @Test func hasAnEventSentAgain() async throws {
        let server = ScriptedServer([.status(202, [:], "null")])
        try await server.client().webhooks.redeliver(id)
        let request = try #require(server.requests.first)
        #expect(request.head.method == .post)
        #expect(
            request.head.path == "/base/v1/webhooks/events/23eb134d-9003-44a7-9d4a-38f1a8036b23/redeliver"
        )
        #expect(request.body == nil)
    }

    @Test func tellsWhichChangeAWebhookIsAbout() throws {
        let body = #"{"type":"x.y","timestamp":"2026-11-21T05:14:43Z","data":{}}"#
        var headers = HTTPFields()
        headers[named: "webhook-id"] = "event-1"
        headers[named: "webhook-timestamp"] = "1795238896"
        headers[named: "webhook-signature"] = Webhook.signature(
            id: "event-1",
            timestamp: 1_795_238_896,
            body: body.utf8,
            secret: "whsec_1"
        )
        let moment = Date(timeIntervalSince1970: 1_795_238_896)
        let plain = try Webhook.verify(body: body.utf8, headers: headers, secret: "whsec_1", now: moment)
        #expect(plain.sequence == nil && plain.stateVersion == nil)
        headers[named: "x-clientele-sequence"] = "17"
        headers[named: "x-clientele-state-version"] = "123"
        let event = try Webhook.verify(body: body.utf8, headers: headers, secret: "whsec_1", now: moment)
        #expect(event.sequence == 17)
        #expect(event.stateVersion == 123)
    }

    /// The signature was computed with Python's `hmac`, as in `WebhookTests`.
    @Test func signsAsAnotherProgramDoes() {
        let signature = Webhook.signature(
            id: "event-1",
            timestamp: 1_795_238_896,
            body: #"{"type":"x.y","timestamp":"2026-11-21T05:14:43Z","data":{}}"#.utf8,
            secret: "whsec_0123456789abcdefghijABCDEFGHIJ0123456abcdef"
        )
        #expect(signature == "v1,DgNk1prfw5Qo3KA/OH9t71XSu3nNfv1Y7AjCdFJDQH8=")
    }
}
