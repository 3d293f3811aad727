import ClienteleJSON
import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The way of a call to its server and back: headers, middlewares, attempts, errors.
package struct Connection: Sendable {
    let server: Server
    /// The server's address in the parts that every request has.
    private let address: (scheme: String, authority: String, path: String)
    let tokens: @Sendable () async throws -> String
    let configuration: ClienteleClient.Configuration
    let transport: any ClientTransport
    let states: StateMemory
    /// What waits between attempts; tests hand in one that does not.
    let wait: @Sendable (Duration) async throws -> Void
    /// A number from 0 to 1 for each wait.
    let chance: @Sendable () -> Double

    /// The version of the API whose shapes the SDK reads.
    private static let apiVersion = "2026-04"
    /// The longest answer that is read into memory.
    private static let bodyBytesMax = 64 << 20

    package init(
        server: Server,
        tokens: @escaping @Sendable () async throws -> String,
        configuration: ClienteleClient.Configuration,
        transport: any ClientTransport,
        wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        chance: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.server = server
        self.address = server.parts
        self.tokens = tokens
        self.configuration = configuration
        self.transport = transport
        self.states = StateMemory(capacity: configuration.statesKept)
        self.wait = wait
        self.chance = chance
    }

    /// Makes a call, and reads its answer as a value.
    func value<Value: Decodable>(
        _ call: Call,
        _ options: RequestOptions,
        as type: Value.Type = Value.self
    ) async throws(ClienteleError) -> Value {
        try await answer(to: call, options).decoded()
    }

    /// Makes a call whose answer says nothing.
    func done(_ call: Call, _ options: RequestOptions) async throws(ClienteleError) {
        _ = try await answer(to: call, options)
    }

    /// Makes a call, and gives its answer as a whole.
    func answer(to call: Call, _ options: RequestOptions) async throws(ClienteleError) -> ReceivedAnswer {
        try await trying(call, options) { key throws(ClienteleError) in
            let response = try await attemptOnce(call, options, key)
            do {
                let body = try await response.body.collect(upTo: Self.bodyBytesMax)
                return ReceivedAnswer(head: response.head, body: body)
            } catch {
                throw ClienteleError(sending: error)
            }
        }
    }

    /// Makes a call, and gives its answer while the body may still be on its way.
    func response(to call: Call, _ options: RequestOptions) async throws(ClienteleError) -> ClientResponse {
        try await trying(call, options) { key throws(ClienteleError) in try await attemptOnce(call, options, key) }
    }

    /// Makes attempts, until one is a success or another would be of no use.
    private func trying<Value: Sendable>(
        _ call: Call,
        _ options: RequestOptions,
        _ attempt: (_ key: String?) async throws(ClienteleError) -> Value
    ) async throws(ClienteleError) -> Value {
        let policy = options.retry ?? configuration.retry
        let key = idempotencyKey(of: call, options, policy)
        let isRepeatable = call.isIdempotent || (key != nil && server.honoursIdempotencyKeys)
        var attempts = 1
        while true {
            let error: ClienteleError
            do throws(ClienteleError) { return try await attempt(key) } catch let failure { error = failure }
            guard error.isPassing(repeatable: isRepeatable),
                let delay = policy.delay(afterAttempt: attempts, retryAfter: error.retryAfter, chance: chance())
            else { throw error }
            do { try await wait(delay) } catch { throw .cancelled }
            attempts += 1
        }
    }

    private func attemptOnce(
        _ call: Call,
        _ options: RequestOptions,
        _ key: String?
    ) async throws(ClienteleError) -> ClientResponse {
        let response: ClientResponse
        do {
            response = try await send(
                try await request(for: call, options, key),
                through: configuration.middlewares[...]
            )
        } catch {
            throw ClienteleError(sending: error)
        }
        let status = response.head.status
        guard status.kind != .successful, status != .notModified else { return response }
        let body = (try? await response.body.collect(upTo: Self.errorBytesMax)) ?? []
        throw ClienteleError(ErrorResponse(status: status.code, headers: response.head.headerFields, body: body))
    }

    /// The longest answer of an error that is kept.
    private static let errorBytesMax = 10 << 20

    private func send(
        _ request: ClientRequest,
        through middlewares: ArraySlice<any ClientMiddleware>
    ) async throws -> ClientResponse {
        guard let first = middlewares.first else { return try await transport.send(request) }
        return try await first.intercept(request) { try await send($0, through: middlewares.dropFirst()) }
    }

    private func request(for call: Call, _ options: RequestOptions, _ key: String?) async throws -> ClientRequest {
        var head = HTTPRequest(
            method: call.method,
            scheme: address.scheme,
            authority: address.authority,
            path: call.target(under: address.path),
            headerFields: call.headers
        )
        head.headerFields[.authorization] = "Bearer \(try await tokens())"
        head.headerFields[.userAgent] = clienteleClientName
        head.headerFields[.polarVersion] = Self.apiVersion
        let body = call.body.map { Array($0.text.utf8) }
        if body != nil { head.headerFields[.contentType] = "application/json" }
        if let key { head.headerFields[.idempotencyKey] = key }
        if let version = options.ifVersion { head.headerFields[.ifMatch] = "\"\(version)\"" }
        for field in configuration.headers { head.headerFields[field.name] = field.value }
        for field in options.headers { head.headerFields[field.name] = field.value }
        return ClientRequest(head: head, body: body, timeout: options.timeout ?? configuration.timeout)
    }

    /// The key under which a change is done once, whatever is tried again.
    private func idempotencyKey(of call: Call, _ options: RequestOptions, _ policy: RetryPolicy) -> String? {
        if let key = options.idempotencyKey { return key }
        guard server.honoursIdempotencyKeys, policy.attemptsMax > 1 else { return nil }
        return [.post, .patch, .delete].contains(call.method) ? UUID().wireText : nil
    }
}

/// A whole answer that is a success.
struct ReceivedAnswer: Sendable {
    let head: HTTPResponse
    let body: [UInt8]

    /// The version of the record that it has, from its `ETag`.
    var version: Int64? {
        guard let tag = head.headerFields[.eTag], tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
        return Int64(tag.dropFirst().dropLast())
    }

    func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws(ClienteleError) -> Value {
        let json: JSON
        do { json = try JSON(parsing: body) } catch {
            throw .decoding(path: "", reason: "is no JSON: \(error.message)", response)
        }
        do { return try json.decoded() } catch { throw unreadable(error) }
    }

    /// The error of an answer that is JSON, and yet not what was asked for.
    func unreadable(_ error: DecodingError) -> ClienteleError {
        let (path, reason) = error.place
        return unreadable(path: path, reason: reason)
    }

    func unreadable(path: String, reason: String) -> ClienteleError {
        .decoding(path: path, reason: reason, response)
    }

    private var response: ErrorResponse {
        ErrorResponse(status: head.status.code, headers: head.headerFields, body: body)
    }
}

extension DecodingError {
    /// Where in the body it is, and what is wrong there.
    var place: (path: String, reason: String) {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            (context.codingPath.map(\.wireName).joined(separator: "."), context.debugDescription)
        @unknown default: ("", "\(self)")
        }
    }
}

extension ClienteleError {
    /// What an answer that is no success means.
    init(_ response: ErrorResponse) {
        switch response.status {
        case 401: self = .unauthorized(response)
        case 402: self = .notEntitled(response)
        case 403: self = .forbidden(response)
        case 404: self = .notFound(response)
        case 409: self = .conflict(response)
        case 410: self = .gone(response)
        case 412: self = .preconditionFailed(response)
        case 422: self = .validation(response.validationItems, response)
        case 429: self = .rateLimited(retryAfter: response.retryAfter, response)
        case 500...599: self = .server(response)
        default: self = .api(response)
        }
    }

    /// What kept a request from being answered.
    init(sending error: any Error) {
        if let error = error as? ClienteleError {
            self = error
        } else if error is CancellationError || Task.isCancelled {
            self = .cancelled
        } else {
            self = .transport(error)
        }
    }

    /// How long the server wants to be left alone.
    var retryAfter: Duration? { response?.retryAfter }

    /// Whether another attempt may go well and does not do twice what it does.
    func isPassing(repeatable: Bool) -> Bool {
        switch self {
        case .rateLimited: true
        case .transport(TransportFailure.unreachable): true
        case .transport(TransportFailure.tooLarge), .transport(TransportFailure.shutDown): false
        case .transport: repeatable
        case .server(let response): repeatable && RetryPolicy.isPassing(response.status)
        case .validation, .unauthorized, .notEntitled, .forbidden, .notFound, .conflict, .gone, .preconditionFailed,
            .api, .decoding, .encoding, .cancelled:
            false
        }
    }
}

extension ErrorResponse {
    fileprivate var retryAfter: Duration? {
        headers[.retryAfter].flatMap { Int64($0) }.map { .seconds(max(0, $0)) }
    }

    /// What is wrong, item by item; empty where the body does not say.
    fileprivate var validationItems: [ValidationItem] {
        guard let detail = (try? JSON(parsing: body))?["detail"] else { return [] }
        return (try? detail.decoded()) ?? []
    }
}
