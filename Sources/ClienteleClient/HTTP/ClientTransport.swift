public import HTTPTypes

/// What carries requests to a server and answers back.
///
/// The SDK brings one for servers (`AsyncHTTPTransport`), one for Apple's platforms (`URLSessionTransport`) and one that
/// calls a closure (`InMemoryTransport`), for tests.
public protocol ClientTransport: Sendable {
    /// Sends one request, and gives its answer once the head is there.
    ///
    /// Redirects may be followed, but retries are the client's. Throws whatever kept the answer from coming.
    func send(_ request: ClientRequest) async throws -> ClientResponse

    /// Lets go of what the transport holds; nothing is sent through it any more.
    func shutdown() async throws
}

extension ClientTransport {
    /// Holds nothing.
    public func shutdown() async throws {}
}

/// A request as it goes out.
public struct ClientRequest: Sendable {
    /// The method, address and headers.
    public var head: HTTPRequest
    /// The body, JSON in UTF-8; nil for none.
    public var body: [UInt8]?
    /// How long the answer may take in all.
    public var timeout: Duration

    /// Makes a request that may take `timeout`.
    public init(head: HTTPRequest, body: [UInt8]? = nil, timeout: Duration = .seconds(30)) {
        self.head = head
        self.body = body
        self.timeout = timeout
    }
}

/// An answer as it comes in.
public struct ClientResponse: Sendable {
    /// The status and headers.
    public var head: HTTPResponse
    /// The body, which may still be on its way.
    public var body: ResponseBody

    /// Makes an answer.
    public init(head: HTTPResponse, body: ResponseBody = ResponseBody([])) {
        self.head = head
        self.body = body
    }
}

/// The bytes of an answer, in pieces as they come; can be walked once.
public struct ResponseBody: AsyncSequence, Sendable {
    private let makeNext: @Sendable () -> () async throws -> [UInt8]?

    /// A body that is there already.
    public init(_ bytes: [UInt8]) {
        self.makeNext = {
            var rest: [UInt8]? = bytes.isEmpty ? nil : bytes
            return {
                defer { rest = nil }
                return rest
            }
        }
    }

    /// A body that comes in pieces.
    public init<Pieces: AsyncSequence & Sendable>(_ pieces: Pieces) where Pieces.Element == [UInt8] {
        self.makeNext = {
            var iterator = pieces.makeAsyncIterator()
            return { try await iterator.next(isolation: #isolation) }
        }
    }

    /// Begins to walk through the pieces.
    public func makeAsyncIterator() -> Iterator { Iterator(advance: makeNext()) }

    /// A walk through the pieces.
    public struct Iterator: AsyncIteratorProtocol {
        let advance: () async throws -> [UInt8]?

        /// The next piece, or nil at the end.
        public mutating func next() async throws -> [UInt8]? { try await advance() }
    }

    /// All of the body, which must not be longer than `bytesMax`.
    public func collect(upTo bytesMax: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in self {
            guard bytes.count + piece.count <= bytesMax else { throw TransportFailure.tooLarge(bytesMax: bytesMax) }
            bytes += piece
        }
        return bytes
    }
}

/// Why no answer came.
public enum TransportFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The answer did not come in time.
    case timedOut
    /// No connection could be made: the server has not seen the request.
    case unreachable(String)
    /// The connection ended before the answer was whole: the server may have done what it was asked.
    case interrupted(String)
    /// The client was shut down before the call.
    case shutDown
    /// The body is longer than a client keeps in memory.
    case tooLarge(bytesMax: Int)

    /// What happened, for a person.
    public var description: String {
        switch self {
        case .timedOut: "The server did not answer in time."
        case .unreachable(let reason): "The server cannot be reached: \(reason)."
        case .interrupted(let reason): "The connection to the server was interrupted: \(reason)."
        case .shutDown: "The client has been shut down."
        case .tooLarge(let bytesMax): "The answer is longer than \(bytesMax) bytes."
        }
    }
}
