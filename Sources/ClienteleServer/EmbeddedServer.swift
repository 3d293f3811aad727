public import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import Synchronization

/// The server without a socket, for callers in its own process: the same routes, tokens, limits and answers.
public struct EmbeddedServer: Sendable {
    private let responder: any HTTPResponder<AppRequestContext>
    private let scheduler: Scheduler
    private let logger: Logger

    public init(services: Services, metrics: PrometheusMetrics = PrometheusMetrics(), logger: Logger) {
        self.responder = buildResponder(services: services, metrics: metrics)
        self.scheduler = Scheduler(services: services, logger: logger)
        self.logger = logger
    }

    /// Answers one request, as many at once as there are callers; a caller that is cancelled waits for nothing.
    public func respond(to head: HTTPRequest, body: [UInt8]? = nil) async throws -> EmbeddedAnswer {
        var head = head
        // A connection would have framed the body; without its length no body is read.
        if body != nil || head.method != .get { head.headerFields[.contentLength] = "\(body?.count ?? 0)" }
        let response = try await responder.respond(
            to: Request(head: head, body: .init(buffer: ByteBuffer(bytes: body ?? []))),
            context: AppRequestContext(inProcess: logger)
        )
        return EmbeddedAnswer(
            head: HTTPResponse(status: response.status, headerFields: response.headers),
            body: try await EmbeddedAnswer.Body(response.body)
        )
    }

    /// Does in the background what time brings, until the task is cancelled.
    public func run() async throws { try await scheduler.run() }
}

/// What a request from this process is answered.
public struct EmbeddedAnswer: Sendable {
    public let head: HTTPResponse
    public let body: Body

    public enum Body: Sendable {
        case whole([UInt8])
        /// A body that is made while it is read.
        case pieces(EmbeddedPieces)
    }
}

extension EmbeddedAnswer.Body {
    fileprivate init(_ body: ResponseBody) async throws {
        guard body.contentLength != nil else {
            self = .pieces(EmbeddedPieces(body))
            return
        }
        let whole = WholeBody()
        try await body.write(whole)
        self = .whole(whole.bytes)
    }
}

/// A body in pieces, made only a few pieces ahead of its reader; can be walked once.
///
/// Where nobody holds it any more, no more of it is made.
public struct EmbeddedPieces: AsyncSequence, Sendable {
    private let buffers: HummingbirdCore.RequestBody
    private let making: Making

    fileprivate init(_ body: ResponseBody) {
        // A stream of requests' bodies, since it is one that keeps its writer waiting.
        let (buffers, source) = HummingbirdCore.RequestBody.makeStream()
        self.buffers = buffers
        self.making = Making(body, into: source)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(buffers: buffers.makeAsyncIterator(), making: making) }

    public struct Iterator: AsyncIteratorProtocol {
        private var buffers: HummingbirdCore.RequestBody.AsyncIterator
        private let making: Making

        fileprivate init(buffers: HummingbirdCore.RequestBody.AsyncIterator, making: Making) {
            self.buffers = buffers
            self.making = making
        }

        public mutating func next() async throws -> [UInt8]? {
            if let buffer = try await buffers.next(isolation: #isolation) { return Array(buffer.readableBytesView) }
            // The stream of a reader that is cancelled ends too, but what was read is not all of it.
            try Task.checkCancellation()
            return nil
        }
    }

    /// The task that makes a body, which ends with those who hold it.
    ///
    /// A task of its own, since the call that the body answers is over before the body is read.
    fileprivate final class Making: Sendable {
        private let task: Task<Void, Never>

        init(_ body: ResponseBody, into source: HummingbirdCore.RequestBody.Source) {
            self.task = Task {
                do {
                    try await body.write(StreamedBody(source: source))
                    source.finish()
                } catch {
                    source.finish(error)
                }
            }
        }

        deinit { task.cancel() }
    }
}

/// Keeps what is written.
private final class WholeBody: ResponseBodyWriter, Sendable {
    private let buffer = Mutex(ByteBuffer())

    var bytes: [UInt8] { buffer.withLock { Array($0.readableBytesView) } }

    func write(_ buffer: ByteBuffer) async throws { self.buffer.withLock { _ = $0.writeImmutableBuffer(buffer) } }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Passes on what is written, at the pace of its reader.
private struct StreamedBody: ResponseBodyWriter, Sendable {
    let source: HummingbirdCore.RequestBody.Source

    func write(_ buffer: ByteBuffer) async throws {
        try Task.checkCancellation()
        await source.yield(buffer)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
