import NIOCore
import NIOPosix
import Synchronization

/// A server on this machine that answers with the bytes it is told to.
package final class Receiver: Sendable {
    package enum Answer: Sendable {
        case bytes(String)
        case bytesAndClose(String)
        case nothing
    }

    /// What came, each with its head and its body.
    package let requests: AsyncStream<String>

    private let channel: any Channel
    private let count: ConnectionCount

    /// Listens on this machine, and calls `answer` with each request; what is no HTTP is a request as it comes.
    package init(
        host: String = "127.0.0.1",
        port: Int = 0,
        answer: @escaping @Sendable (String) -> Answer
    ) async throws {
        let (requests, arrivals) = AsyncStream.makeStream(of: String.self)
        let count = ConnectionCount()
        self.requests = requests
        self.count = count
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                count.increase()
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Conversation(arrivals: arrivals, answer: answer))
                }
            }
            .bind(host: host, port: port).get()
    }

    package var port: Int { channel.localAddress?.port ?? 0 }

    /// How many connections have been made.
    package var connections: Int { count.value }

    package func close() async { try? await channel.close() }

    /// Waits for the next request.
    package func request() async -> String? {
        for await request in requests { return request }
        return nil
    }
}

private final class ConnectionCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func increase() { count.withLock { $0 += 1 } }
}

/// One connection to the receiver.
private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let arrivals: AsyncStream<String>.Continuation
    private let answer: @Sendable (String) -> Receiver.Answer
    private var received = ""

    init(arrivals: AsyncStream<String>.Continuation, answer: @escaping @Sendable (String) -> Receiver.Answer) {
        self.arrivals = arrivals
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(decoding: unwrapInboundIn(data).readableBytesView, as: UTF8.self)
        while let request = nextRequest() {
            arrivals.yield(request)
            switch answer(request) {
            case .bytes(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .bytesAndClose(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                context.close(promise: nil)
            case .nothing:
                break
            }
        }
    }

    /// Senders may close a connection in the middle of a long answer.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func nextRequest() -> String? {
        guard !received.isEmpty else { return nil }
        guard received.hasPrefix("POST ") else {
            defer { received = "" }
            return received
        }
        let halves = received.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let length = halves[0].lowercased().split(separator: "content-length: ").last.flatMap { rest in
            Int(rest.prefix { $0.isNumber })
        }
        guard let length, halves[1].utf8.count >= length else { return nil }
        let body = String(decoding: halves[1].utf8.prefix(length), as: UTF8.self)
        let request = halves[0] + "\r\n\r\n" + body
        received = String(decoding: halves[1].utf8.dropFirst(length), as: UTF8.self)
        return String(request)
    }
}
