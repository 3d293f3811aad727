/// Answers requests with a closure: for tests, without a socket.
///
/// ```swift
/// let client = ClienteleClient(.polar, token: "t", transport: InMemoryTransport { request in
///     ClientResponse(head: HTTPResponse(status: .ok), body: ResponseBody(Array(#"{"id": …}"#.utf8)))
/// })
/// ```
public struct InMemoryTransport: ClientTransport {
    private let answer: @Sendable (ClientRequest) async throws -> ClientResponse

    /// Answers each request with `answer`.
    public init(_ answer: @escaping @Sendable (ClientRequest) async throws -> ClientResponse) { self.answer = answer }

    /// Answers the request.
    public func send(_ request: ClientRequest) async throws -> ClientResponse { try await answer(request) }
}
