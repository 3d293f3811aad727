import HTTPTypes
import Hummingbird

/// What holds for every answer of Polar's dialect: its errors, its headers, its versions.
///
/// The only place of the dialect that catches.
struct PolarMiddleware: RouterMiddleware {
    /// The versions of the published API that are answered; all have the same shapes.
    static let versions: Set<String> = ["2026-04", "2026-10"]
    static let currentVersion = "2026-04"

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        if request.isPreflight { return Self.preflightResponse }
        let version = request.headers[.polarVersion] ?? Self.currentVersion
        guard Self.versions.contains(version) else { return PolarFailure.notFound.response }
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = PolarErrors.response(to: error, logger: context.logger)
        }
        response.headers[.polarVersion] = version
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "private, no-store" }
        if request.headers[.origin] != nil {
            response.headers[.accessControlAllowOrigin] = "*"
            response.headers[.accessControlExposeHeaders] = "Polar-Version"
        }
        if request.uri.path.hasPrefix("/api/") {
            response.headers[.polarDeprecationNotice] = "Use this path without the prefix /api."
        }
        return response
    }

    private static let preflightResponse = Response(
        status: .ok,
        headers: [
            .accessControlAllowOrigin: "*",
            .accessControlAllowMethods: "GET, POST, PUT, PATCH, DELETE",
            .accessControlAllowHeaders: "Authorization, Content-Type, Polar-Version",
            .accessControlMaxAge: "600",
        ]
    )
}

extension Request {
    /// Whether a browser asks what it may send.
    fileprivate var isPreflight: Bool {
        method == .options && headers[.origin] != nil && headers[.accessControlRequestMethod] != nil
    }
}

extension HTTPField.Name {
    fileprivate static let polarVersion = HTTPField.Name("Polar-Version").unsafelyUnwrapped
    fileprivate static let polarDeprecationNotice = HTTPField.Name("X-Polar-Deprecation-Notice").unsafelyUnwrapped
}
