#if canImport(Darwin)
public import Foundation
import HTTPTypes

/// Sends requests through `URLSession`: the transport for Apple's platforms.
public struct URLSessionTransport: ClientTransport {
    private let session: URLSession

    /// Uses the shared session, or one of your own.
    public init(_ session: URLSession = .shared) { self.session = session }

    /// Sends one request, and gives its answer once it is whole; a stream of events once its head is there.
    public func send(_ request: ClientRequest) async throws -> ClientResponse {
        let head = request.head
        guard let url = URL(string: "\(head.scheme ?? "https")://\(head.authority ?? "")\(head.path ?? "/")") else {
            throw TransportFailure.unreachable("the address is none")
        }
        var message = URLRequest(url: url)
        message.httpMethod = head.method.rawValue
        message.timeoutInterval = Double(request.timeout.components.seconds)
        for field in head.headerFields { message.addValue(field.value, forHTTPHeaderField: field.name.rawName) }
        message.httpBody = request.body.map { Data($0) }
        do {
            if head.headerFields[.accept] == "text/event-stream" {
                let (bytes, response) = try await session.bytes(for: message)
                return ClientResponse(head: try Self.head(response), body: ResponseBody(Lines(bytes: bytes)))
            }
            let (data, response) = try await session.data(for: message)
            return ClientResponse(head: try Self.head(response), body: ResponseBody(Array(data)))
        } catch let error as URLError {
            throw Self.failure(error)
        }
    }

    private static func head(_ response: URLResponse) throws -> HTTPResponse {
        guard let response = response as? HTTPURLResponse else {
            throw TransportFailure.interrupted("no HTTP answer")
        }
        var answer = HTTPResponse(status: .init(code: response.statusCode))
        for (name, value) in response.allHeaderFields {
            if let name = HTTPField.Name("\(name)") {
                answer.headerFields.append(HTTPField(name: name, value: "\(value)"))
            }
        }
        return answer
    }

    /// A body line by line, since it comes byte by byte.
    private struct Lines: AsyncSequence, Sendable {
        let bytes: URLSession.AsyncBytes

        func makeAsyncIterator() -> Iterator { Iterator(iterator: bytes.makeAsyncIterator()) }

        struct Iterator: AsyncIteratorProtocol {
            var iterator: URLSession.AsyncBytes.Iterator

            /// The longest piece of a line that is given at once.
            private static let pieceBytesMax = 64 << 10

            mutating func next() async throws -> [UInt8]? {
                var line: [UInt8] = []
                do {
                    while let byte = try await iterator.next(isolation: #isolation) {
                        line.append(byte)
                        if byte == UInt8(ascii: "\n") || line.count == Self.pieceBytesMax { return line }
                    }
                } catch let error as URLError {
                    throw URLSessionTransport.failure(error)
                }
                return line.isEmpty ? nil : line
            }
        }
    }

    fileprivate static func failure(_ error: URLError) -> any Error {
        switch error.code {
        case .cancelled: CancellationError()
        case .timedOut: TransportFailure.timedOut
        case .cannotConnectToHost, .cannotFindHost, .dnsLookupFailed, .notConnectedToInternet, .secureConnectionFailed:
            TransportFailure.unreachable(error.localizedDescription)
        default: TransportFailure.interrupted(error.localizedDescription)
        }
    }
}
#endif
