import ClienteleJSON
import Hummingbird
import NIOCore

/// What an operator and a load balancer ask.
struct OpsRoutes {
    let isReady: @Sendable () async -> Bool
    let metrics: PrometheusMetrics

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
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text))
            )
        }
    }
}
