import ClienteleCore
import ClienteleJSON
import HTTPTypes
import Hummingbird

/// Why Polar's surface turns a request away before a use case has seen it.
enum PolarFailure: Error {
    case unauthorized
    case invalidToken
    case insufficientScope(accepted: [Scope])
    case lengthRequired
    case bodyTooLarge
    case unreadableBody
    case notFound
    case malformedCustomerID
    case methodNotAllowed(allowed: [HTTPRequest.Method])
    /// The state did not become as new as was waited for; the connection has been given up for that.
    case stateTooOld(version: Int64)

    var answer: Answer {
        switch self {
        case .unauthorized:
            var answer = Answer(.unauthorized, ["error": "Unauthorized", "detail": "Unauthorized"])
            answer.headers[.wwwAuthenticate] = #"Bearer realm="polar""#
            return answer
        case .invalidToken:
            return Self.oauth(.unauthorized, "invalid_token", Self.invalidTokenText)
        case .insufficientScope(let accepted):
            let scope = #"scope="\#(accepted.map(\.rawValue).joined(separator: " "))", "#
            return Self.oauth(.forbidden, "insufficient_scope", Self.insufficientScopeText, scope: scope)
        case .lengthRequired:
            return Answer(
                .lengthRequired,
                ["error": "LengthRequired", "detail": "A Content-Length header is required."]
            ).closing
        case .bodyTooLarge:
            let text = "Request body exceeded the maximum allowed size of \(RequestBody.bytesMax) bytes."
            return Answer(.contentTooLarge, ["error": "RequestBodyTooLarge", "detail": .string(text)]).closing
        case .stateTooOld(let version):
            return Answer(.preconditionFailed, PolarErrors.stateTooOld(version)).closing
        case .unreadableBody:
            return Answer(.badRequest, ["detail": "There was an error parsing the body"])
        case .notFound:
            return Answer(.notFound, ["detail": "Not Found"])
        case .malformedCustomerID:
            return Answer(.notFound, ["error": "ResourceNotFound", "detail": "Invalid customer ID format"])
        case .methodNotAllowed(let allowed):
            var answer = Answer(.methodNotAllowed, ["detail": "Method Not Allowed"])
            answer.headers[.allow] = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            return answer
        }
    }

    /// The form of the OAuth library that Polar uses, which puts spaces into its JSON.
    private static func oauth(
        _ status: HTTPResponse.Status,
        _ error: String,
        _ description: String,
        scope: String = ""
    ) -> Answer {
        Answer(
            status: status,
            headers: [
                .contentType: "application/json",
                .wwwAuthenticate:
                    #"Bearer realm="polar", \#(scope)error="\#(error)", error_description="\#(description)""#,
                .cacheControl: "no-store",
                .pragma: "no-cache",
            ],
            body: ByteBuffer(string: #"{"error": "\#(error)", "error_description": "\#(description)"}"#)
        )
    }

    private static let invalidTokenText =
        "The access token provided is expired, revoked, malformed, or invalid for other reasons."
    private static let insufficientScopeText =
        "The request requires higher privileges than provided by the access token."
}

extension HTTPField.Name {
    fileprivate static let pragma = HTTPField.Name("Pragma").unsafelyUnwrapped
}
