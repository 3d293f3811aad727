import HTTPTypes
import Hummingbird

/// What holds for every answer of Polar's dialect: its errors, its headers, its versions.
///
/// The only place of the dialect that catches.
struct PolarMiddleware: RouterMiddleware {
    let routes: RouteIndex

    /// The versions of the published API that are answered, all with the same shapes; the first is the standard.
    static let versions = ["2026-04", "2026-10", "2027-01"]
    /// Where older clients look for the routes.
    static let formerPrefix = "/api/v1"

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: @concurrent (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        if request.isPreflight { return Self.preflightResponse }
        let version = request.headers.first(.polarVersion) ?? Self.versions[0]
        guard let versionField = Self.versionFields[version] else { return PolarFailure.notFound.answer.response }
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let allowed = routes.methods(at: request.uri.path)
            response = (allowed.isEmpty ? PolarFailure.notFound : .methodNotAllowed(allowed: allowed)).answer.response
        } catch {
            response = PolarErrors.answer(to: error, logger: context.logger).response
        }
        response.headers.append(versionField)
        if !response.headers.contains(.cacheControl) { response.headers.append(Self.cacheField) }
        if request.headers.contains(.origin) {
            response.headers[.accessControlAllowOrigin] = "*"
            response.headers[.accessControlExposeHeaders] =
                "ETag, Idempotent-Replayed, Polar-Version, Retry-After, X-Request-Id"
        }
        if context.endpointPath?.hasPrefix(Self.formerPrefix) == true {
            response.headers[.polarDeprecationNotice] = "Use this path without the prefix /api."
        }
        return response
    }

    /// Fields that most answers have, made and checked once.
    private static let versionFields = Dictionary(
        uniqueKeysWithValues: versions.map { ($0, HTTPField(name: .polarVersion, value: $0)) }
    )
    private static let cacheField = HTTPField(name: .cacheControl, value: "private, no-store")

    private static let preflightResponse = Response(
        status: .ok,
        headers: [
            .accessControlAllowOrigin: "*",
            .accessControlAllowMethods: "GET, POST, PUT, PATCH, DELETE",
            .accessControlAllowHeaders:
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Polar-Version, Prefer",
            .accessControlMaxAge: "600",
        ]
    )
}

extension Request {
    /// Whether a browser asks what it may send.
    fileprivate var isPreflight: Bool {
        method == .options && headers.contains(.origin) && headers.contains(.accessControlRequestMethod)
    }
}

extension HTTPField.Name {
    fileprivate static let polarDeprecationNotice = HTTPField.Name("X-Polar-Deprecation-Notice").unsafelyUnwrapped
    static let polarVersion = HTTPField.Name("Polar-Version").unsafelyUnwrapped
}
