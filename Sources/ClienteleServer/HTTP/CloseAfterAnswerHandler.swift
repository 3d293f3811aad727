import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection once an answer that said `Connection: close` has been sent.
///
/// Hummingbird closes only when the request asked for it; after a refusal it would go on reading a body of any size.
final class CloseAnnouncedHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var mustClose = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            mustClose = head.headerFields[.connection] == "close"
        case .end where mustClose:
            let sent = promise ?? context.eventLoop.makePromise()
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            sent.futureResult.whenComplete { _ in context.value.close(promise: nil) }
            return context.value.write(data, promise: sent)
        case .body, .end: break
        }
        context.write(data, promise: promise)
    }
}
