import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ClienteleServer

/// Endpoints of webhooks, what was sent to them, and the feed, by their routes.
struct WebhookRouteTests {
    private static let path = "/v1/webhooks/endpoints"

    private func body(_ url: String = "https://example.com", _ more: String = "") -> String {
        #"{"url": "\#(url)", "format": "raw", "events": ["customer.created", "customer.created"]\#(more)}"#
    }

    @Test func keepsAnEndpoint() async throws {
        try await withServer { server in
            let made = try await server.call(.post, Self.path, body: body())
            #expect(made.status == .created)
            #expect(
                made.json.object?.map(\.name) == [
                    "created_at", "modified_at", "id", "url", "name", "format", "secret", "organization_id", "events",
                    "enabled",
                ]
            )
            #expect(made.json["url"]?.string == "https://example.com/" && made.json["enabled"] == true)
            #expect(made.json["events"] == ["customer.created"])
            let secret = try #require(made.json["secret"]?.string)
            #expect(secret.hasPrefix("whsec_") && secret.count == 6 + 43)
            let one = "\(Self.path)/\(made.json["id"]?.string ?? "")"
            #expect(try await server.call(.get, one).json == made.json)
            #expect(try await server.call(.get, Self.path).items == [made.json])
            #expect(try await server.call(.get, one, token: "B").status == .notFound)
            let changed = try await server.call(.patch, one, body: #"{"name": "Hook", "url": null, "enabled": false}"#)
            #expect(changed.json["name"] == "Hook" && changed.json["enabled"] == false)
            #expect(changed.json["url"] == made.json["url"])
            let reset = try await server.call(.patch, one + "/secret")
            #expect(reset.status == .ok && reset.json["secret"]?.string != secret)
            #expect(try await server.call(.delete, one).status == .noContent)
            #expect(try await server.call(.get, one).status == .notFound)
            #expect(try await server.call(.get, Self.path).items.isEmpty)
        }
    }

    @Test(arguments: [
        (#"{}"#, ["missing body.url", "missing body.format", "missing body.events"]),
        (#"{"url": "http://h.com", "format": "raw", "events": []}"#, ["url_scheme body.url"]),
        (#"{"url": "https://127.1/x", "format": "raw", "events": []}"#, ["value_error body.url"]),
        (#"{"url": "https://localhost", "format": "raw", "events": []}"#, ["value_error body.url"]),
        (#"{"url": "nonsense", "format": "raw", "events": []}"#, ["url_parsing body.url"]),
        (#"{"url": "https://h.com", "format": "pdf", "events": ["x"]}"#, ["enum body.format", "enum body.events.0"]),
        (#"{"url": "https://h.com", "format": "raw", "events": "x"}"#, ["list_type body.events"]),
        (
            #"{"url": "https://h.com", "format": "raw", "events": [], "secret": "short"}"#,
            ["string_too_short body.secret"]
        ),
    ])
    func refuses(_ body: String, _ issues: [String]) async throws {
        try await withServer { server in
            let answer = try await server.call(.post, Self.path, body: body)
            #expect(answer.status == .unprocessableContent && answer.issues == issues, "\(answer.text)")
            #expect(try await server.call(.get, Self.path).items.isEmpty)
        }
    }

    /// However often a secret is reset, the new one counts; those before it sign beside it, but not more than there may be.
    @Test func resetsASecretOverAndOver() async throws {
        try await withServer { server in
            let made = try await server.call(.post, Self.path, body: body())
            let path = "\(Self.path)/\(made.json["id"]?.string ?? "")/secret"
            var secrets: Set<String> = []
            for _ in 0...Webhooks.secretsMax {
                let reset = try await server.call(.patch, path)
                #expect(reset.status == .ok)
                secrets.insert(try #require(reset.json["secret"]?.string))
            }
            #expect(secrets.count == Webhooks.secretsMax + 1)
        }
    }

    /// An event that failed is listed with what came back, and is sent again when that is asked for.
    @Test func listsDeliveries() async throws {
        try await withServer { server in
            let endpoint = try #require(try await server.call(.post, Self.path, body: body()).json["id"]?.string)
            let event = try await server.makeWebhookEvent(for: endpoint)
            let path = "/v1/webhooks/deliveries"
            let listed = try await server.call(.get, path)
            let delivery = try #require(listed.items.first)
            #expect(
                delivery.object?.map(\.name) == [
                    "created_at", "modified_at", "id", "succeeded", "http_code", "response", "webhook_event",
                ]
            )
            #expect(delivery["http_code"] == 500 && delivery["response"] == "no" && delivery["succeeded"] == false)
            let told = try #require(delivery["webhook_event"])
            #expect(told["id"]?.string == event && told["payload"] == "{}" && told["succeeded"] == false)
            for filter in [
                "endpoint_id=\(endpoint)", "succeeded=false", "http_code_class=5xx", "event_type=customer.created",
                "query=50", "query=\(event)", "start_timestamp=2020-01-01T00:00:00Z",
            ] {
                #expect(try await server.call(.get, "\(path)?\(filter)").items.count == 1, "\(filter)")
            }
            for filter in [
                "endpoint_id=\(event)", "succeeded=true", "http_code_class=2xx", "event_type=member.created",
                "query=20", "end_timestamp=2020-01-01T00:00:00Z",
            ] {
                #expect(try await server.call(.get, "\(path)?\(filter)").items.isEmpty, "\(filter)")
            }
            #expect(try await server.call(.get, path, token: "B").items.isEmpty)
            let again = try await server.call(.post, "/v1/webhooks/events/\(event)/redeliver")
            #expect(again.status == .accepted && again.text == "null")
            let id = try #require(WebhookEndpoint.ID(endpoint))
            let now = server.clock.surroundings.now()
            let due = try await server.store
                .dueWebhookEvents(of: id, in: server.organizationA, at: now, limit: 10)
            #expect(due.map(\.id.text) == [event])
        }
    }

    @Test func tellsChanges() async throws {
        try await withServer { server in
            let id = try await server.customerID("a@b.co")
            let all = try await server.call(.get, "/v1/changes")
            #expect(all.json.object?.map(\.name) == ["items", "next_after", "has_more"])
            #expect(all.items.compactMap { $0["type"]?.string } == ["member.created", "customer.created"])
            let customer = try await server.call(.get, "/v1/customers/\(id)")
            #expect(all.items[1]["data"] == customer.json && all.items[1]["customer_id"]?.string == id)
            #expect(all.json["next_after"] == 2 && all.json["has_more"] == false)
            let first = try await server.call(.get, "/v1/changes?after=0&limit=1")
            #expect(first.items == [all.items[0]] && first.json["has_more"] == true)
            #expect(try await server.call(.get, "/v1/changes?after=2").json["next_after"] == 2)
            #expect(try await server.call(.get, "/v1/changes", token: "B").items.isEmpty)
            #expect(
                try await server.call(.get, "/v1/changes?after=-1&limit=2000").issues == [
                    "greater_than_equal query.after", "less_than_equal query.limit",
                ]
            )
            let several = try await server.call(.get, "/v1/changes", token: "PAT_AB")
            #expect(several.issues == ["missing query.organization_id"])
            let named = "/v1/changes?organization_id=\(server.organizationA.text)"
            #expect(try await server.call(.get, named, token: "PAT_AB").items == all.items)
            _ = try await server.store.forgetChanges(before: Timestamp(microseconds: .max), limit: 10)
            let gone = try await server.call(.get, "/v1/changes?after=0")
            #expect(gone.status == .gone && gone.json["error"]?.string == "ChangesGone")
            #expect(try await server.call(.get, "/v1/changes/stream?after=0").status == .gone)
        }
    }

    /// What waits for an endpoint is measured.
    @Test func measuresTheBacklog() async throws {
        try await withServer { server in
            let endpoint = try #require(try await server.call(.post, Self.path, body: body()).json["id"]?.string)
            let name = "clientele_webhook_backlog_events{endpoint=\"\(endpoint)\"}"
            #expect(try await server.call(.get, "/metrics", token: nil).text.contains("\(name) 0\n"))
            let event = try await server.makeWebhookEvent(for: endpoint)
            _ = try await server.call(.post, "/v1/webhooks/events/\(event)/redeliver")
            server.clock.pass(seconds: 90)
            let text = try await server.call(.get, "/metrics", token: nil).text
            #expect(text.contains("\(name) 1\n"))
            #expect(text.contains("clientele_webhook_backlog_oldest_age_seconds{endpoint=\"\(endpoint)\"} 90."))
        }
    }
}

/// What deliveries of each dialect are made of.
struct WebhookDialectTests {
    private static func event(payload: String) -> WebhookEvent {
        WebhookEvent(
            id: Identifier(high: 0x4000, low: 1 << 63),
            organization: Identifier(high: 1, low: 1),
            endpoint: Identifier(high: 2, low: 2),
            number: 1,
            lane: Identifier(high: 3, low: 3),
            kind: "customer.created",
            sequence: 17,
            stateVersion: 5,
            createdAt: Timestamp(microseconds: 0),
            modifiedAt: nil,
            payload: payload,
            attempts: 0,
            succeeded: nil,
            isSkipped: false,
            httpCode: nil,
            dueAt: Timestamp(microseconds: 0)
        )
    }

    /// The published example of a signature, with two secrets at once.
    @Test func signsAsKirimDoes() {
        let body =
            #"{"id":"evt_0123456789ABCDEFGHJKMNPQRS","type":"customer.created","#
            + #""created_at":"2026-11-21T00:00:00.000Z","data":{}}"#
        let headers = KirimWebhooks().headers(
            of: Self.event(payload: body),
            body: body,
            attempt: 3,
            secrets: ["whsec_example_one", "whsec_example_two"],
            at: Timestamp(microseconds: 1_795_219_200_000_000)
        )
        let found = Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })
        #expect(
            found["x-kirim-signature"]
                == "t=1795219200,v1=210a105a1a958c175ae82e293259054126b800de36958601bdb2fde617d4a491"
                + ",v1=2730194a22f7f3d34dc841e2521404fc182925f295d1f925150dd997aae914ed"
        )
        #expect(found["x-kirim-attempt"] == "3" && found["x-kirim-event"] == "customer.created")
        #expect(found["x-clientele-sequence"] == "17" && found["x-clientele-state-version"] == "5")
    }

    @Test func waitsAsPolarDoes() {
        let polar = PolarWebhooks()
        let failure = WebhookAnswer(status: 503, text: nil)
        func wait(_ attempt: Int, _ chance: Double) -> Double? {
            guard case .retry(let seconds) = polar.verdict(on: failure, attempt: attempt, chance: chance) else {
                return nil
            }
            return seconds
        }
        #expect((1...8).map { wait($0, 0) } == [4, 8, 16, 32, 64, 128, 256, 512])
        #expect((1...7).map { wait($0, 1) } == [8, 16, 32, 64, 128, 256, 512])
        #expect(wait(9, 0) == 1_024 && wait(9, 0.5) == 900 && wait(9, 1) == 1_200 && wait(10, 0) == nil)
        #expect(polar.verdict(on: WebhookAnswer(status: 299, text: nil), attempt: 1, chance: 0) == .done)
        #expect(polar.verdict(on: WebhookAnswer(status: 301, text: nil), attempt: 10, chance: 0) == .failed)
        #expect(polar.failuresMax == 10)
    }

    @Test func waitsAsKirimDoes() {
        let kirim = KirimWebhooks()
        func verdict(_ status: Int?, _ attempt: Int, retryAfter: Int? = nil) -> WebhookVerdict {
            let answer = WebhookAnswer(status: status, text: nil, retryAfterSeconds: retryAfter)
            return kirim.verdict(on: answer, attempt: attempt, chance: 0.5)
        }
        let waits: [Double] = [10, 30, 120, 600, 3_600, 21_600, 86_400]
        #expect((1...7).map { verdict(nil, $0) } == waits.map { .retry(afterSeconds: $0) })
        #expect(verdict(500, 8) == .failed && verdict(404, 1) == .failed && verdict(200, 1) == .done)
        #expect(verdict(408, 1) == .retry(afterSeconds: 10) && verdict(302, 1) == .retry(afterSeconds: 10))
        #expect(verdict(429, 1, retryAfter: 60) == .retry(afterSeconds: 60))
    }
}
