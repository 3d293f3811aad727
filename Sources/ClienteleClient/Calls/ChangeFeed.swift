import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Changes as they happen, each once and in order, from ``ChangesClient/feed(after:organizationID:options:)``.
///
/// ```swift
/// for try await change in client.changes.feed(after: lastSequence) {
///     …
///     lastSequence = change.sequence   // keep it where a restart finds it
/// }
/// ```
///
/// A connection that is lost, or from which nothing came for 45 seconds, is made again behind the last change, with the
/// pauses of the ``RetryPolicy``, which begin anew once it was answered; how often is not limited. The walk ends by throwing a
/// ``ClienteleError`` that would not pass: `unauthorized`, `forbidden`, `notFound`, `gone` where the changes behind the last one
/// are kept no longer, and `cancelled`. It reads on only as fast as one walks.
public struct ChangeFeed: AsyncSequence, Sendable {
    let connection: Connection
    let after: Int64?
    let organizationID: UUID?
    let options: RequestOptions
    /// What measures how long nothing has come; tests hand in one that is told when.
    let quiet: @Sendable (Duration) async throws -> Void

    /// How long a connection may bring nothing: three times the pause between a server's heartbeats.
    package static let silenceMax = Duration.seconds(45)
    /// The time of a call that has no end, as far as transports can count.
    private static let endless = Duration.seconds(1_000_000_000)
    /// Missing changes that are read at once.
    private static let pageMax: Int64 = 1_000

    /// Begins to walk behind the change that the feed was made with.
    public func makeAsyncIterator() -> Iterator { Iterator(feed: self) }

    /// A walk through the changes.
    public struct Iterator: AsyncIteratorProtocol {
        private let feed: ChangeFeed
        /// The last change that is known: the last one given, or where the feed begins.
        private var last: Int64?
        private var stream: Stream?
        /// Changes to be given before anything else is read.
        private var ready: ArraySlice<Change> = []
        /// A change before which some are missing.
        private var held: Change?
        /// Failures since a connection was answered.
        private var failures = 0
        /// How long the server wants readers to wait before they come back.
        private var pause: Duration?
        private var isOver = false

        fileprivate init(feed: ChangeFeed) {
            self.feed = feed
            self.last = feed.after
        }

        /// The next change, once there is one; nil only after the walk has thrown.
        public mutating func next() async throws(ClienteleError) -> Change? { try await next(isolation: nil) }

        /// The next change, once there is one; nil only after the walk has thrown.
        public mutating func next(isolation: isolated (any Actor)?) async throws(ClienteleError) -> Change? {
            while !isOver {
                do throws(ClienteleError) {
                    guard !Task.isCancelled else { throw .cancelled }
                    return try await advance()
                } catch {
                    stream = nil
                    isOver = !error.mayPass
                    if isOver { throw error }
                    try await rest(after: error)
                }
            }
            return nil
        }

        private mutating func rest(after error: ClienteleError) async throws(ClienteleError) {
            failures += 1
            let policy = feed.options.retry ?? feed.connection.configuration.retry
            let asked = [pause, error.retryAfter].compactMap { $0 }.max()
            let wait = policy.pause(afterFailures: failures, atLeast: asked, chance: feed.connection.chance())
            do { try await feed.connection.wait(wait) } catch {
                isOver = true
                throw .cancelled
            }
        }

        private mutating func advance() async throws(ClienteleError) -> Change {
            while true {
                if let change = ready.popFirst() {
                    // What was given before is sent again by a server that resumes further back.
                    if let last, change.sequence <= last { continue }
                    last = change.sequence
                    return change
                }
                if let change = held {
                    ready = try await missing(before: change)[...]
                    guard ready.isEmpty else { continue }
                    held = nil
                    ready = [change]
                } else {
                    let change = try await received()
                    if let last, change.sequence > last + 1 { held = change } else { ready = [change] }
                }
            }
        }

        /// Some of the changes between the last one and this; none where the server has none either.
        private func missing(before change: Change) async throws(ClienteleError) -> [Change] {
            guard let last, change.sequence - last > 1 else { return [] }
            let count = Swift.min(change.sequence - last - 1, pageMax)
            let page = try await ChangesClient(connection: feed.connection)
                .list(after: last, limit: Int(count), organizationID: feed.organizationID, options: feed.options)
            return page.items.filter { last < $0.sequence && $0.sequence < change.sequence }
        }

        /// The next change that the connection brings, which is made where there is none.
        private mutating func received() async throws(ClienteleError) -> Change {
            var stream: Stream
            if let open = self.stream { stream = open } else { stream = try await feed.connected(behind: last) }
            // One holder, so that the parser's bytes are not copied.
            self.stream = nil
            while true {
                while let event = stream.parser.next() {
                    if let retry = event.retry { pause = retry }
                    guard let id = event.id.flatMap({ Int64($0) }) else { continue }
                    guard let data = event.data else {
                        // Where the feed begins, told by a server before anything has happened.
                        last = last ?? id
                        continue
                    }
                    self.stream = stream
                    return try stream.change(data)
                }
                try await stream.read(feed.quiet)
                failures = 0
            }
        }
    }

    /// A connection that was answered.
    private struct Stream {
        let head: HTTPResponse
        let reader: BodyReader
        var parser = ServerSentEventParser()

        /// Takes what comes next; throws where nothing does.
        mutating func read(_ quiet: @escaping @Sendable (Duration) async throws -> Void) async throws(ClienteleError) {
            do {
                let piece = try await within(silenceMax, wait: quiet) { [reader] in try await reader.next() }
                guard let piece else { throw TransportFailure.interrupted("the stream of changes ended") }
                try parser.take(piece)
            } catch {
                throw ClienteleError(sending: error)
            }
        }

        func change(_ data: String) throws(ClienteleError) -> Change {
            let answer = ReceivedAnswer(head: head, body: Array(data.utf8))
            let json: JSON = try answer.decoded()
            do { return try Change(json, text: data) } catch { throw answer.unreadable(error) }
        }
    }

    private func connected(behind last: Int64?) async throws(ClienteleError) -> Stream {
        var asked = Query()
        asked.add("after", after)
        asked.add("organization_id", organizationID)
        var call = Call.get("changes", "stream", query: asked)
        call.headers[.accept] = "text/event-stream"
        if let last, last != after { call.headers[.lastEventID] = "\(last)" }
        var options = options
        // The feed has its own pauses, which have no end.
        options.retry = RetryPolicy.none
        options.timeout = Self.endless
        let response: ClientResponse
        do {
            response = try await within(Self.silenceMax, wait: quiet) { [connection, call, options] in
                try await connection.response(to: call, options)
            }
        } catch {
            throw ClienteleError(sending: error)
        }
        guard response.head.headerFields[.contentType]?.hasPrefix("text/event-stream") == true else {
            throw ReceivedAnswer(head: response.head, body: []).unreadable(path: "", reason: "is no stream of events")
        }
        return Stream(head: response.head, reader: BodyReader(response.body))
    }
}

extension ClienteleError {
    /// Whether the same may go well later, without anybody's doing.
    fileprivate var mayPass: Bool {
        switch self {
        case .rateLimited, .server: true
        case .transport(TransportFailure.tooLarge), .transport(TransportFailure.shutDown): false
        case .transport: true
        case .validation, .unauthorized, .notEntitled, .forbidden, .notFound, .conflict, .gone, .preconditionFailed,
            .api, .decoding, .encoding, .cancelled:
            false
        }
    }
}
