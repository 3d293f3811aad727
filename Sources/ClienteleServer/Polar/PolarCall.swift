import ClienteleCore
import ClienteleJSON
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// A request whose token was accepted and may do what the route does: from here on, the caller is a fact.
struct PolarCall {
    let caller: Caller
    let parameters: Parameters
    let body: PolarBody
    fileprivate let request: Request
    /// Whether it came by a connection, and not from this process.
    fileprivate let hasConnection: Bool
    /// The call as one that is to have its effect once, where it bears an idempotency key.
    var keyed: KeyedCall?

    /// What the request says about versions.
    var conditions: Conditions { Conditions(request.headers) }

    /// The event that a reader of a stream has seen last.
    var lastEventID: String? { request.headers.first(.lastEventID) }

    var edition: PolarEdition { request.headers.contains(.polarVersion) ? .versioned : .unversioned }

    /// Waits for `body`, unless the caller goes before it is done.
    func untilClosed<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        // A caller in this process goes by cancelling the task that this runs in.
        guard hasConnection else { return try await body() }
        return try await request.body.consumeWithCancellationOnInboundClose { _ in try await body() }
    }

    /// What the caller wants to have done once, where it says so; `method` and path are part of what is asked for.
    func idempotencyAsk() throws -> IdempotentCalls.Ask? {
        guard let key = request.headers.first(.idempotencyKey) else { return nil }
        let location: [JSON] = ["header", "Idempotency-Key"]
        guard !key.isEmpty else { throw PolarIssues([.tooShort(location, .string(key), min: 1)]) }
        guard key.unicodeScalars.count <= KeyedCall.keyLengthMax else {
            throw PolarIssues([.tooLong(location, .string(key), max: KeyedCall.keyLengthMax)])
        }
        // What the answer depends on besides: whom the token speaks for, and what the caller expects.
        let conditions = [HTTPField.Name.ifMatch, .polarVersion].map { request.headers.first($0) ?? "" }
        let fingerprint = KeyedCall.fingerprint(
            dialect: .polar,
            [request.method.rawValue, request.uri.description] + caller.token.organizations.map(\.text) + conditions,
            body: body.json
        )
        return IdempotentCalls.Ask(key: key, organization: caller.organization, fingerprint: fingerprint)
    }

    var query: FormQuery { FormQuery(request.uri.query ?? "") }

    /// A parameter of the path, decoded.
    func parameter(_ name: String) -> String { parameters.get(name).map { percentDecoded($0) } ?? "" }

    /// The record that the path names by id, where there is nothing else to read.
    func pathID<Entity>() throws -> Identifier<Entity> {
        var reader = PolarReader()
        let id: Identifier<Entity>? = reader.pathID(self)
        try reader.issues.finish()
        guard let id else { throw PolarFailure.notFound }
        return id
    }

    /// The customer that the path names by id.
    func customerID(_ reader: inout PolarReader) -> CustomerKey? {
        reader.identifier(.string(parameter("id")), at: ["path", "id"]).map { .id($0) }
    }

    /// The customer that the path names by external id.
    func customerExternalID(_ reader: inout PolarReader) -> CustomerKey? {
        reader.string(.string(parameter("external_id")), at: ["path", "external_id"]).map { .externalID($0) }
    }

    /// The caller's organizations that a list is to show: all, or those of them that the query names.
    func organizations(_ reader: inout PolarReader) -> [Organization.ID] {
        let named: [Organization.ID]? = reader.identifiers("organization_id", query)
        return named.map { named in caller.organizations.filter(named.contains) } ?? caller.organizations
    }

    /// The organization that a new record belongs to, by the caller's token and the body's `organization_id`.
    func organization(named: Organization.ID?) throws -> Organization.ID {
        let location: [JSON] = ["body", "organization_id"]
        func refusal(_ type: String, _ message: String) -> PolarIssues {
            let input = named.map { JSON.string($0.text) } ?? .null
            return PolarIssues(
                source: .service,
                [PolarIssue(type: type, location: location, message: message, input: input)]
            )
        }
        let organizations = caller.token.organizations
        switch (caller.token.kind, named) {
        case (.organization, .some):
            throw refusal(
                "organization_token",
                "Setting organization_id is disallowed when using an organization token."
            )
        case (.user, .some(let named)):
            guard organizations.contains(named) else { throw refusal("value_error", "Organization not found.") }
            try caller.require(named)
            return named
        case (_, nil):
            guard organizations.count == 1, let only = organizations.first else {
                throw refusal("missing", "organization_id is required.")
            }
            return only
        }
    }
}

/// The body of a request.
enum PolarBody {
    /// Nothing, or `null`.
    case none
    case json(JSON)
    /// Something that does not say it is JSON.
    case text(String)

    /// The body as a value; nil where it is empty.
    fileprivate var json: JSON? {
        switch self {
        case .none: nil
        case .json(let json): json
        case .text(let text): .string(text)
        }
    }

    /// The members of the body, or nil with an issue noted: `location` names the schema that wants an object.
    func object(_ reader: inout PolarReader, at location: [JSON] = ["body"]) -> JSON? {
        switch self {
        case .none: reader.issues.append(.missing(["body"], in: .null))
        case .json(let json):
            if case .object = json { return json }
            reader.issues.append(.objectType(location, json))
        case .text(let text): reader.issues.append(.objectType(location, .string(text)))
        }
        return nil
    }
}

/// Lets in who may come in, and reads what they bring.
struct PolarGate {
    let doorkeeper: Doorkeeper

    /// Admits one request to `endpoint`.
    ///
    /// What is wrong is told in Polar's order: a bad token, a body that is not JSON, no token, a missing scope.
    func admit(_ request: Request, _ context: AppRequestContext, to endpoint: PolarEndpoint) async throws -> PolarCall {
        let caller = try await caller(of: request, context)
        let body = endpoint.takesBody ? try await self.body(of: request) : .none
        guard let caller else { throw PolarFailure.unauthorized }
        guard endpoint.accepted.contains(where: caller.scopes.contains) else {
            throw PolarFailure.insufficientScope(accepted: endpoint.accepted)
        }
        return PolarCall(
            caller: try caller.entitled(to: endpoint.feature),
            parameters: context.parameters,
            body: body,
            request: request,
            hasConnection: context.channel != nil
        )
    }

    /// Who sends the request, which is counted; nil when it bears no token.
    private func caller(of request: Request, _ context: AppRequestContext) async throws -> Caller? {
        guard let secret = request.bearerSecret else { return nil }
        switch try await doorkeeper.check(secret, from: context.callersAddress) {
        case .admitted(let caller):
            let verdict = try await doorkeeper.count(caller, request.method, standard: nil)
            if let verdict, !verdict.isAllowed { throw DomainError.rateLimited(verdict) }
            return caller
        case .refused(_, let attempts):
            guard attempts.isAllowed else { throw DomainError.rateLimited(attempts) }
            throw PolarFailure.invalidToken
        }
    }

    private func body(of request: Request) async throws -> PolarBody {
        guard let length = request.headers[.contentLength] else { throw PolarFailure.lengthRequired }
        guard let length = Int(length), length <= RequestBody.bytesMax else { throw PolarFailure.bodyTooLarge }
        let buffer = try await RequestBody.collect(request)
        guard buffer.readableBytes > 0 else { return .none }
        guard request.bringsJSON else { return .text(String(buffer: buffer)) }
        do {
            let json = try buffer.json()
            return json == .null ? .none : .json(json)
        } catch {
            if error.reason == .invalidUTF8 { throw PolarFailure.unreadableBody }
            throw PolarIssues([.invalidJSON(error)])
        }
    }
}

extension Request {
    /// Whether the body says that it is JSON, or says nothing.
    fileprivate var bringsJSON: Bool {
        guard let type = headers[.contentType]?.lowercased(), !type.isEmpty else { return true }
        let essence = type.prefix { $0 != ";" }.split(separator: " ").joined()
        return essence == "application/json" || essence.hasPrefix("application/") && essence.hasSuffix("+json")
    }
}

extension ByteBuffer {
    /// The body as JSON.
    func json() throws(JSON.SyntaxError) -> JSON {
        let parsed = withUnsafeReadableBytes { bytes in
            Result { () throws(JSON.SyntaxError) in try JSON(parsing: bytes) }
        }
        return try parsed.get()
    }
}
