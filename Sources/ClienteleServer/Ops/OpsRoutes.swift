import ClienteleCore
import ClienteleJSON
import Hummingbird
import NIOCore

/// What an operator and a load balancer ask.
struct OpsRoutes {
    let isReady: @Sendable () async -> Bool
    let metrics: PrometheusMetrics
    /// What waits to be sent to each endpoint.
    let backlogs: @Sendable () async throws -> [WebhookBacklog]
    let now: @Sendable () -> Timestamp

    /// Where they are.
    static let all: [(path: String, method: HTTPRequest.Method)] =
        [("/healthz", .get), ("/v1/health", .get), ("/readyz", .get), ("/metrics", .get)]

    func add(to router: Router<AppRequestContext>) {
        // Kirim's clients ask by another name.
        for path in ["healthz", "v1/health"] {
            router.get(RouterPath(path)) { _, _ in Response(.ok, ["status": "ok"]) }
        }
        router.get("readyz") { _, _ in
            await isReady()
                ? Response(.ok, ["status": "ready"]) : Response(.serviceUnavailable, ["status": "unavailable"])
        }
        router.get("metrics") { _, _ in
            // What the store cannot tell now is left out: the rest is wanted all the more.
            let backlogs = (try? await backlogs()) ?? []
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text + text(of: backlogs)))
            )
        }
    }

    private func text(of backlogs: [WebhookBacklog]) -> String {
        guard !backlogs.isEmpty else { return "" }
        let now = now()
        let names = (events: "clientele_webhook_backlog_events", age: "clientele_webhook_backlog_oldest_age_seconds")
        func lines(_ name: String, _ value: (WebhookBacklog) -> String) -> String {
            "# TYPE \(name) gauge\n"
                + backlogs.map { "\(name){endpoint=\"\($0.endpoint.text)\"} \(value($0))\n" }.joined()
        }
        return lines(names.events) { "\($0.events)" }
            + lines(names.age) { backlog in
                let age = backlog.oldest.map { max(now.microseconds - $0.microseconds, 0) } ?? 0
                return "\(Double(age) / 1_000_000)"
            }
    }
}
