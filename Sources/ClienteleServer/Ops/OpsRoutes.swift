import ClienteleJSON
import Hummingbird
import NIOCore

/// What an operator and a load balancer ask.
struct OpsRoutes {
    let isReady: @Sendable () async -> Bool
    let metrics: PrometheusMetrics

    /// Where they are.
    static let all: [(path: String, method: HTTPRequest.Method)] =
        [("/healthz", .get), ("/readyz", .get), ("/metrics", .get)]

    func add(to router: Router<AppRequestContext>) {
        router.get("healthz") { _, _ in Response(.ok, ["status": "ok"]) }
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
