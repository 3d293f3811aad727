import ClienteleCore
import Hummingbird

/// One route of Polar's surface: where it is, who may use it, and what it does.
struct PolarEndpoint {
    typealias Handler = @Sendable (PolarCall) async throws -> Response

    let method: HTTPRequest.Method
    /// Under `/v1/`.
    let path: String
    /// The scopes of which a caller needs one.
    let accepted: [Scope]
    let handle: Handler
    /// The part of the API that it belongs to.
    var feature = Plan.Feature.customers

    private init(_ method: HTTPRequest.Method, _ path: String, _ accepted: [Scope], _ handle: @escaping Handler) {
        self.method = method
        self.path = path
        self.accepted = accepted
        self.handle = handle
    }

    /// Whether it may change something, and so heeds an idempotency key.
    var isMutating: Bool { method != .get && accepted.allSatisfy { $0.rawValue.hasSuffix(":write") } }

    /// Whether the path says all that there is to say, so that a body is neither demanded nor read.
    private var isWithoutBody = false

    var takesBody: Bool { !isWithoutBody && (method == .post || method == .put || method == .patch) }

    /// The endpoint as one that takes no body, whatever its method.
    var withoutBody: PolarEndpoint {
        var endpoint = self
        endpoint.isWithoutBody = true
        return endpoint
    }

    static func get(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(.get, path, accepted, handle)
    }

    static func post(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(.post, path, accepted, handle)
    }

    static func put(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(.put, path, accepted, handle)
    }

    static func patch(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(.patch, path, accepted, handle)
    }

    static func delete(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(.delete, path, accepted, handle)
    }
}

extension [PolarEndpoint] {
    /// The endpoints as those of one part of the API.
    func of(_ feature: Plan.Feature) -> [PolarEndpoint] {
        map { endpoint in
            var endpoint = endpoint
            endpoint.feature = feature
            return endpoint
        }
    }
}
