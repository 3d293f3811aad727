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
        if request.speaksKirim || kirimPaths.contains(request.pathWithoutSlash) && request.bearerSecret == nil {
            return try await kirim.respond(to: request, context: context)
        }
        return try await polar.respond(to: request, context: context)
    }
}

extension Request {
    fileprivate var pathWithoutSlash: String {
        let path = uri.path
        return path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    fileprivate var speaksKirim: Bool {
        guard let header = headers.first(.authorization) else { return false }
        // Nearly every request is of the other dialect: its header is told by one look at the place of the prefix.
        let secret = header.utf8.drop { $0 != UInt8(ascii: " ") }.drop { $0 == UInt8(ascii: " ") }
        return secret.starts(with: TokenSecret.kirimPrefix.utf8) && bearerSecret != nil
    }
}
