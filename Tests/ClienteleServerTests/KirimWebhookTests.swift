import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ClienteleServer

/// Kirim's webhook subscriptions, by their routes.
struct KirimWebhookRouteTests {
    private static let path = "/v1/webhook_subscriptions"
    private static let body = #"{"url":"https://example.com/hook","events":["customer.created"],"description":"Hook"}"#

    @Test func keepsASubscription() async throws {
        try await withServer { server in
            let made = try await server.kirim(.post, Self.path, Self.body)
            #expect(made.status == .created)
            let secret = try #require(made.data["initial_secret"]?.string)
            #expect(secret.hasPrefix("whsec_") && made.data["status"] == "active")
            let id = try #require(made.data["id"]?.string)
            #expect(id.hasPrefix("wbs_") && id.count == 30)
            let one = "\(Self.path)/\(id)"
            let read = try await server.kirim(.get, one)
            #expect(read.status == .ok && !read.text.contains(secret))
            #expect(read.data["secrets"]?.array?.count == 1)
            let added = try await server.kirim(.post, one + "/secrets", #"{"expires_in_hours":2}"#)
            #expect(added.status == .created && added.data["secret"]?.string?.hasPrefix("whsec_") == true)
            let secrets = try await server.kirim(.get, one).data["secrets"]?.array ?? []
            #expect(secrets.count == 2 && secrets[0]["expires_at"] != .null && secrets[1]["expires_at"] == .null)
            let changed = try await server.kirim(.patch, one, #"{"status":"disabled","description":null}"#)
            #expect(changed.data["status"] == "disabled")
            #expect(try await server.kirim(.get, one, token: "kirim_B").status == .notFound)
            // Each dialect sees its own.
            #expect(try await server.call(.get, "/v1/webhooks/endpoints").items.isEmpty)
            #expect(try await server.kirim(.delete, one).status == .ok)
            #expect(try await server.kirim(.get, one).status == .notFound)
        }
    }

    @Test(arguments: [
        (#"{"events":["customer.created"]}"#, "missing_required_field", "url"),
        (#"{"url":"https://example.com"}"#, "missing_required_field", "events"),
        (#"{"url":"http://example.com","events":["customer.created"]}"#, "invalid_webhook_url", "url"),
        (#"{"url":"https://10.0.0.1","events":["customer.created"]}"#, "invalid_webhook_url", "url"),
        (#"{"url":"https://example.com","events":["member.created"]}"#, "invalid_field_value", "events"),
    ])
    func refuses(_ body: String, _ code: String, _ param: String) async throws {
        try await withServer { server in
            let answer = try await server.kirim(.post, Self.path, body)
            #expect(answer.status == .badRequest)
            #expect(answer.json["error"]?["code"]?.string == code && answer.json["error"]?["param"]?.string == param)
        }
    }

    @Test func listsAndReplaysDeliveries() async throws {
        try await withServer { server in
            let made = try await server.kirim(.post, Self.path, Self.body)
            let reading: KirimID.Reading<WebhookEndpoint> = KirimID.read("wbs", made.data["id"]?.string ?? "")
            guard case .id(let endpoint) = reading else {
                Issue.record("no id: \(made.text)")
                return
            }
            _ = try await server.makeWebhookEvent(for: endpoint.text)
            let list = try await server.kirim(.get, "/v1/webhook_deliveries?limit=1")
            let delivery = try #require(list.json["data"]?.array?.first)
            #expect(delivery["status"] == "failed" && delivery["attempts"] == 1 && delivery["response_status"] == 500)
            #expect(delivery["subscription_id"] == made.data["id"] && list.json["has_more"] == false)
            let id = try #require(delivery["id"]?.string)
            let again = try await server.kirim(.post, "/v1/webhook_deliveries/\(id)/replay", "{}")
            #expect(again.status == .accepted && again.data["status"] == "pending")
            #expect(try await server.kirim(.post, "/v1/webhook_deliveries/wbd_x/replay", "{}").status == .badRequest)
        }
    }
}
