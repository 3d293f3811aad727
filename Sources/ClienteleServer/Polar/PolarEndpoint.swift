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

    var takesBody: Bool { method == .post || method == .put || method == .patch }

    static func get(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(method: .get, path: path, accepted: accepted, handle: handle)
    }

    static func post(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(method: .post, path: path, accepted: accepted, handle: handle)
    }

    static func put(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(method: .put, path: path, accepted: accepted, handle: handle)
    }

    static func patch(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(method: .patch, path: path, accepted: accepted, handle: handle)
    }

    static func delete(_ path: String, _ accepted: [Scope], _ handle: @escaping Handler) -> PolarEndpoint {
        PolarEndpoint(method: .delete, path: path, accepted: accepted, handle: handle)
    }
}
