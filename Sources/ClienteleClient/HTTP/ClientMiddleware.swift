/// A step that every attempt of every call passes: it may change the request, look at the answer, or answer itself.
///
/// The first of a client's middlewares is the outermost. A call that is retried passes them once an attempt.
public protocol ClientMiddleware: Sendable {
    /// Handles a request; `next` is the rest of the way.
    func intercept(
        _ request: ClientRequest,
        next: @Sendable (ClientRequest) async throws -> ClientResponse
    ) async throws -> ClientResponse
}
