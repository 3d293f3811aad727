import ClienteleCore
import Hummingbird

/// Hands a request to the dialect that it speaks.
///
/// The secret's prefix tells, as each token is issued for one dialect; where there is no token, it is Polar's, but for paths
/// that only Kirim's has.
struct DialectResponder<Polar: HTTPResponder, Kirim: HTTPResponder>: HTTPResponder
where Polar.Context == AppRequestContext, Kirim.Context == AppRequestContext {
    let polar: Polar
    let kirim: Kirim
    /// Paths of which Polar's dialect knows nothing.
    let kirimPaths: Set<String>

    func respond(to request: Request, context: AppRequestContext) async throws -> Response {
        let isKirim =
            request.bearerSecret.map { $0.utf8.starts(with: TokenSecret.kirimPrefix.utf8) }
            ?? kirimPaths.contains(request.pathWithoutSlash)
        return isKirim
            ? try await kirim.respond(to: request, context: context)
            : try await polar.respond(to: request, context: context)
    }
}

extension Request {
    fileprivate var pathWithoutSlash: String {
        let path = uri.path
        return path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
