import ClienteleCore
import ClienteleJSON
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Changes as server-sent events, read as fast as the caller takes them.
///
/// It ends when the server stops; who reads it comes back with the id of the last event.
struct PolarChangeStream: AsyncSequence, Sendable {
    let changes: Changes
    let organization: Organization.ID
    let last: FeedEntry.Sequence
    let edition: PolarEdition

    /// Changes that are written at once.
    private static let batchSize = 100
    /// How long the stream says nothing at the most.
    private static let heartbeat = Duration.seconds(15)

    var response: Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody(asyncSequence: self)
        )
    }

    func makeAsyncIterator() -> Iterator { Iterator(stream: self, last: last) }

    struct Iterator: AsyncIteratorProtocol {
        let stream: PolarChangeStream
        var last: FeedEntry.Sequence
        var hasBegun = false

        mutating func next() async -> ByteBuffer? {
            guard hasBegun else {
                hasBegun = true
                // The id says where the stream begins, for a reader that loses it before the first change.
                return ByteBuffer(string: "retry: 1000\nid: \(last)\n\n")
            }
            guard !Task.isShuttingDownGracefully, let entries = await stream.next(after: last) else { return nil }
            last = entries.last?.sequence ?? last
            return entries.isEmpty ? ByteBuffer(string: ": heartbeat\n\n") : stream.buffer(entries)
        }
    }

    /// The next changes; nil where the server stops, or cannot read them.
    fileprivate func next(after last: FeedEntry.Sequence) async -> [FeedEntry]? {
        await cancelWhenGracefulShutdown {
            do {
                return try await changes.next(
                    of: organization,
                    after: last,
                    limit: Self.batchSize,
                    waiting: Self.heartbeat
                )
            } catch { return nil }
        }
    }

    fileprivate func buffer(_ entries: [FeedEntry]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for entry in entries {
            buffer.writeString("id: \(entry.sequence)\nevent: \(entry.kind.polarName)\ndata: ")
            var body = ByteBuffer(capacity: 2_048) { $0.polarEntry(entry, edition) }
            buffer.writeBuffer(&body)
            buffer.writeString("\n\n")
        }
        return buffer
    }
}
