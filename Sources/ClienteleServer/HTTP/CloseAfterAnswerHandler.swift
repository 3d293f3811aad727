import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection when its answer says so, and never before the answer is sent.
///
/// Hummingbird closes only when the request asked for it; after a refusal it would go on reading a body of any size. And
/// when the server is told to stop, it closes at once behind the end of an answer, which drops what the system has
/// not taken yet.
final class CloseAfterAnswerHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var mustClose = false

    /// How long a caller may take to read the rest of an answer once the connection is to be closed.
    private static let sendingTimeMax = TimeAmount.seconds(20)

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let isEnd: Bool
        switch unwrapOutboundIn(data) {
        case .head(let head):
            mustClose = head.headerFields[.connection] == "close"
            isEnd = false
        case .body: isEnd = false
        case .end: isEnd = true
        }
        context.write(data, promise: promise)
        if isEnd, mustClose {
            context.flush()
            close(context: context, mode: .all, promise: nil)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else { return context.close(mode: mode, promise: promise) }
        // The sending half is closed once everything has gone; the whole would be closed at once.
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let limit = context.eventLoop.scheduleTask(in: Self.sendingTimeMax) { bound.value.close(promise: nil) }
        sent.futureResult.whenComplete { _ in
            limit.cancel()
            bound.value.close(promise: promise)
        }
        context.close(mode: .output, promise: sent)
    }
}
