#if canImport(AsyncHTTPClient)
public import AsyncHTTPClient
import ClienteleResponseGuard
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends requests through AsyncHTTPClient: the transport for servers.
public struct AsyncHTTPTransport: ClientTransport {
    private let client: HTTPClient

    /// Uses a client that all transports of the process share.
    public init() { self.client = Self.shared }

    /// Uses a client of your own, which stays yours to shut down.
    public init(_ client: HTTPClient) { self.client = client }

    /// Lives as long as the process.
    ///
    /// A connection that cannot be made is told at once: whether to try again is the retry policy's to say, and the standard
    /// client would try on until the time of the call is over.
    private static let shared = client(.singletonConfiguration)

    /// Takes a redirect for the answer that it is; lives as long as the process.
    package static let withoutRedirects: AsyncHTTPTransport = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.redirectConfiguration = .disallow
        return AsyncHTTPTransport(client(configuration))
    }()

    private static func client(_ configuration: HTTPClient.Configuration) -> HTTPClient {
        var configuration = configuration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture { try ResponseGuard.stand(in: channel) }
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Sends one request, and gives its answer once the head is there.
    public func send(_ request: ClientRequest) async throws -> ClientResponse {
        let deadline = NIODeadline.now() + TimeAmount(request.timeout)
        do {
            let response = try await client.execute(Self.message(request), deadline: deadline)
            var head = HTTPResponse(status: .init(code: Int(response.status.code), reasonPhrase: ""))
            for header in response.headers {
                if let name = HTTPField.Name(header.name) {
                    head.headerFields.append(HTTPField(name: name, value: header.value))
                }
            }
            return ClientResponse(head: head, body: ResponseBody(Pieces(body: response.body)))
        } catch {
            throw Self.failure(error)
        }
    }

    private static func message(_ request: ClientRequest) -> HTTPClientRequest {
        let head = request.head
        var message = HTTPClientRequest(
            url: "\(head.scheme ?? "https")://\(head.authority ?? "")\(head.path ?? "/")"
        )
        message.method = HTTPMethod(rawValue: head.method.rawValue)
        for field in head.headerFields { message.headers.add(name: field.name.rawName, value: field.value) }
        message.body = request.body.map { .bytes(ByteBuffer(bytes: $0)) }
        return message
    }

    /// What an error of AsyncHTTPClient or of the network means to a caller.
    fileprivate static func failure(_ error: any Error) -> any Error {
        if error is CancellationError { return error }
        switch error as? HTTPClientError {
        case .cancelled?: return CancellationError()
        case .deadlineExceeded?, .readTimeout?, .writeTimeout?: return TransportFailure.timedOut
        case .connectTimeout?, .getConnectionFromPoolTimeout?, .tlsHandshakeTimeout?, .socksHandshakeTimeout?:
            return TransportFailure.unreachable("\(error)")
        default: break
        }
        if error is NIOConnectionError || (error as? IOError)?.errnoCode == connectionRefused {
            return TransportFailure.unreachable("\(error)")
        }
        return TransportFailure.interrupted("\(error)")
    }

    /// The error number of a connection that is refused, on Linux.
    private static let connectionRefused: CInt = 111

    /// A body in pieces, whose errors are told as the transport's.
    private struct Pieces: AsyncSequence, Sendable {
        let body: HTTPClientResponse.Body

        func makeAsyncIterator() -> Iterator { Iterator(iterator: body.makeAsyncIterator()) }

        struct Iterator: AsyncIteratorProtocol {
            var iterator: HTTPClientResponse.Body.AsyncIterator

            mutating func next() async throws -> [UInt8]? {
                do {
                    return try await iterator.next(isolation: #isolation).map { Array($0.readableBytesView) }
                } catch {
                    throw AsyncHTTPTransport.failure(error)
                }
            }
        }
    }
}

extension TimeAmount {
    /// A duration, at the most as long as a process lives.
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
#endif
