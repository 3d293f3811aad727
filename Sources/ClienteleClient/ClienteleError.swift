import ClienteleJSON
public import HTTPTypes

/// Why a call gave no value.
///
/// What a server answered is in the case's `ErrorResponse`, with the body as it came and the id under which the server's
/// logs have the request.
public enum ClienteleError: Error, Sendable {
    /// 422: what was sent is not valid, item by item. Nothing was changed.
    case validation([ValidationItem], ErrorResponse)
    /// 401: there is no token, or it is unknown, expired or revoked.
    case unauthorized(ErrorResponse)
    /// 402: the organization's plan does not include what was asked.
    case notEntitled(ErrorResponse)
    /// 403: the token lacks a scope, or its bearer may not do that.
    case forbidden(ErrorResponse)
    /// 404: there is no such record for this token.
    case notFound(ErrorResponse)
    /// 409: something else is under way, or more than one record is meant.
    case conflict(ErrorResponse)
    /// 410: what was asked for is kept no longer, such as changes of long ago. Begin anew from what is there now.
    case gone(ErrorResponse)
    /// 412: the record is of another version than `ifVersion` or `minVersion` asked for.
    case preconditionFailed(ErrorResponse)
    /// 429: too many calls; none was done. `retryAfter` is how long the server wants to be left alone.
    case rateLimited(retryAfter: Duration?, ErrorResponse)
    /// 5xx: the server failed, after as many attempts as the retry policy allows.
    case server(ErrorResponse)
    /// Any other status that is no success.
    case api(ErrorResponse)
    /// The answer is none that this SDK can read; `path` is the place in the body, such as `items.0.id`.
    case decoding(path: String, reason: String, ErrorResponse)
    /// The request could not be written: a value in it is none that JSON has.
    case encoding(String)
    /// No answer came.
    case transport(any Error)
    /// The task was cancelled.
    case cancelled

    /// What the server answered, where it did.
    public var response: ErrorResponse? {
        switch self {
        case .validation(_, let response), .unauthorized(let response), .notEntitled(let response),
            .forbidden(let response), .notFound(let response), .conflict(let response), .gone(let response),
            .preconditionFailed(let response), .rateLimited(_, let response), .server(let response),
            .api(let response), .decoding(_, _, let response):
            response
        case .encoding, .transport, .cancelled: nil
        }
    }

    /// Whether the server could not be asked, or could not answer, so that what is known of old is the best there is.
    public var isOutage: Bool {
        switch self {
        case .transport, .server, .rateLimited: true
        case .validation, .unauthorized, .notEntitled, .forbidden, .notFound, .conflict, .gone, .preconditionFailed,
            .api, .decoding, .encoding, .cancelled:
            false
        }
    }
}

/// An answer that is no success, as it came.
public struct ErrorResponse: Sendable, Hashable {
    /// The HTTP status.
    public let status: Int
    /// The server's name for the error, such as `ResourceNotFound`; nil where it has none.
    public let error: String?
    /// The server's words for a person; nil where it has none.
    public let detail: String?
    /// The headers.
    public let headers: HTTPFields
    /// The body as it came, at the most the first 10 MiB of it.
    public let body: [UInt8]

    /// The id under which the server's logs have the request: its `X-Request-Id`.
    public var requestID: String? { headers[.requestID] }

    /// Reads an answer; a body that is no JSON is kept all the same.
    public init(status: Int, headers: HTTPFields, body: [UInt8]) {
        let json = try? JSON(parsing: body)
        self.status = status
        self.error = json?["error"]?.string
        self.detail = json?["detail"]?.string ?? json?["error_description"]?.string
        self.headers = headers
        self.body = body
    }
}

/// One thing that is wrong with what was sent.
public struct ValidationItem: Codable, Sendable, Hashable {
    /// What kind of fault it is, such as `missing` or `value_error`.
    public let type: String
    /// Where it is: `body`, `query` or `path`, then names and indexes.
    public let loc: [Location]
    /// What is wrong, for a person.
    public let msg: String
    /// What was sent in that place.
    public let input: JSON?
    /// Numbers and words that belong to the message.
    public let ctx: JSON?

    /// A step on the way to a place.
    public enum Location: Codable, Sendable, Hashable, CustomStringConvertible {
        /// The name of a member.
        case name(String)
        /// An index in a list, from 0.
        case index(Int)

        /// Reads a name or an index.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let index = try? container.decode(Int.self) {
                self = .index(index)
            } else {
                self = .name(try container.decode(String.self))
            }
        }

        /// Writes the name or the index.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .name(let name): try container.encode(name)
            case .index(let index): try container.encode(index)
            }
        }

        /// The name or the index as text.
        public var description: String {
            switch self {
            case .name(let name): name
            case .index(let index): "\(index)"
            }
        }
    }

    /// The place in one word: `body.billing_address.country`.
    public var path: String { loc.map(\.description).joined(separator: ".") }
}

extension ClienteleError: CustomStringConvertible {
    /// What went wrong, in one line for a person.
    public var description: String {
        switch self {
        case .validation(let items, _) where !items.isEmpty:
            items.map { "\($0.path): \($0.msg)" }.joined(separator: "; ")
        case .validation(_, let response), .unauthorized(let response), .notEntitled(let response),
            .forbidden(let response), .notFound(let response), .conflict(let response), .gone(let response),
            .preconditionFailed(let response), .rateLimited(_, let response), .server(let response),
            .api(let response):
            response.description
        case .decoding(let path, let reason, _): "The answer cannot be read: \(path.isEmpty ? "it" : path) \(reason)."
        case .encoding(let reason): "The request cannot be written: \(reason)."
        case .transport(let error): "\(error)"
        case .cancelled: "The call was cancelled."
        }
    }
}

extension ErrorResponse: CustomStringConvertible {
    /// Status, error and words in one line.
    public var description: String {
        ([String(status), error, detail].compactMap { $0 } + (requestID.map { ["(request \($0))"] } ?? []))
            .joined(separator: " ")
    }
}

extension HTTPField.Name {
    /// The header that names a request.
    static let requestID = HTTPField.Name("X-Request-Id").unsafelyUnwrapped
    /// The header that has a call done once.
    static let idempotencyKey = HTTPField.Name("Idempotency-Key").unsafelyUnwrapped
    /// The header that says behind which event a stream goes on.
    static let lastEventID = HTTPField.Name("Last-Event-ID").unsafelyUnwrapped
    /// The header that names the version of the API.
    static let polarVersion = HTTPField.Name("Polar-Version").unsafelyUnwrapped
    /// The header that says how long the caller will wait.
    package static let prefer = HTTPField.Name("Prefer").unsafelyUnwrapped
}
