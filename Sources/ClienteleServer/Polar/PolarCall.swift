import ClienteleCore
import ClienteleJSON
import Hummingbird
import HummingbirdCore
import NIOCore

/// A request whose token was accepted and may do what the route does: from here on, the caller is a fact.
struct PolarCall {
    let caller: AccessToken
    let parameters: Parameters
    let body: PolarBody
    fileprivate let request: Request

    /// What the request says about versions.
    var conditions: Conditions { Conditions(request.headers) }

    var edition: PolarEdition { request.headers.contains(.polarVersion) ? .versioned : .unversioned }

    /// Waits for `body`, unless the caller goes before it is done.
    func untilClosed<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await request.body.consumeWithCancellationOnInboundClose { _ in try await body() }
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
        switch (caller.kind, named) {
        case (.organization, .some):
            throw refusal(
                "organization_token",
                "Setting organization_id is disallowed when using an organization token."
            )
        case (.user, .some(let named)):
            guard caller.organizations.contains(named) else {
                throw refusal("value_error", "Organization not found.")
            }
            return named
        case (_, nil):
            guard caller.organizations.count == 1, let only = caller.organizations.first else {
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
    let tokens: AccessTokens

    /// Admits one request to `endpoint`.
    ///
    /// What is wrong is told in Polar's order: a bad token, a body that is not JSON, no token, a missing scope.
    func admit(_ request: Request, _ context: AppRequestContext, to endpoint: PolarEndpoint) async throws -> PolarCall {
        let caller = try await caller(of: request)
        let body = endpoint.takesBody ? try await self.body(of: request) : .none
        guard let caller else { throw PolarFailure.unauthorized }
        guard endpoint.accepted.contains(where: caller.scopes.contains) else {
            throw PolarFailure.insufficientScope(accepted: endpoint.accepted)
        }
        return PolarCall(
            caller: caller,
            parameters: context.parameters,
            body: body,
            request: request
        )
    }

    /// The token that the request bears; nil when it bears none.
    private func caller(of request: Request) async throws -> AccessToken? {
        guard let header = request.headers.first(.authorization) else { return nil }
        let scheme = header.utf8.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.count == 6, String(Substring(scheme)).lowercased() == "bearer" else { return nil }
        let secret = Substring(header.utf8.dropFirst(6).drop { $0 == UInt8(ascii: " ") })
        guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        guard let token = try await tokens.token(withSecret: secret) else { throw PolarFailure.invalidToken }
        return token
    }

    private func body(of request: Request) async throws -> PolarBody {
        guard let length = request.headers[.contentLength] else { throw PolarFailure.lengthRequired }
        guard let length = Int(length), length <= PolarFailure.bodyBytesMax else { throw PolarFailure.bodyTooLarge }
        let buffer = try await request.body.collect(upTo: PolarFailure.bodyBytesMax)
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
    fileprivate func json() throws(JSON.SyntaxError) -> JSON {
        let parsed = withUnsafeReadableBytes { bytes in
            Result { () throws(JSON.SyntaxError) in try JSON(parsing: bytes) }
        }
        return try parsed.get()
    }
}
