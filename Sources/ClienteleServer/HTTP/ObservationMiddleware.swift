import HTTPTypes
import Hummingbird
import Logging

/// Gives every request an id, and counts and times every answer.
struct ObservationMiddleware: RouterMiddleware {
    let metrics: HTTPMetrics
    /// The id of a request; nil leaves it to the server.
    let requestID: @Sendable (Request) -> String?

    private static let idKey = "hb.request.id"

    /// An id for where the logger keeps none.
    private static func newID() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: @concurrent (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        // Hummingbird has given the logger an id; one of ours goes before it.
        let ownID = requestID(request)
        if let ownID { context.logger[metadataKey: Self.idKey] = .string(ownID) }
        context.requestID = ownID ?? context.logger[metadataKey: Self.idKey]?.description ?? Self.newID()
        var response = try await next(request, context)
        if !response.headers.contains(.requestID) {
            response.headers.append(HTTPField(name: .requestID, value: context.requestID))
        }
        let duration = ContinuousClock.now - start
        let route = context.endpointPath ?? "(none)"
        metrics.record(method: request.method.rawValue, route: route, status: response.status.code, duration)
        context.logger.debug(
            "Answered",
            metadata: [
                "http.method": .string(request.method.rawValue), "http.route": .string(route),
                "http.status": .stringConvertible(response.status.code), "duration": .stringConvertible(duration),
            ]
        )
        if request.method == .head { response.body = ResponseBody() }
        return response
    }
}

extension Request {
    /// The longest id that is taken over from a caller.
    private static var idLengthMax: Int { 128 }

    /// The id that the caller gave the request, where it is fit for a header and a log.
    var callersID: String? {
        guard let id = headers.first(.requestID), 1...Self.idLengthMax ~= id.utf8.count,
            id.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return nil }
        return id
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("X-Request-Id").unsafelyUnwrapped
}
