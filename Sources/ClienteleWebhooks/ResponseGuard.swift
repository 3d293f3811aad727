import NIOCore
import NIOHTTP1

/// Lets nothing but one whole response to each request through.
///
/// Whatever a receiver sends must end its own webhook at worst. The client behind this takes a status below 100 for informational
/// where the decoder before it takes it for final, and stops the process when the response then ends.
final class ResponseGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        case idle
        case awaitsHead
        case awaitsEnd
        case broken
    }

    private var state = State.idle

    /// Puts a guard between the decoder and the client; must be called on the channel's event loop.
    static func stand(in channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(ResponseGuard(), position: .after(decoder))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data), state == .idle { state = .awaitsHead }
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (part, state) {
        case (.head(let head), .awaitsHead) where head.status.code >= 200:
            state = .awaitsEnd
            context.fireChannelRead(data)
        case (.head(let head), .awaitsHead) where Self.isInformational(head.status):
            break
        case (.body, .awaitsEnd):
            context.fireChannelRead(data)
        case (.end, .awaitsEnd):
            state = .idle
            context.fireChannelRead(data)
        case (_, .broken):
            break
        case (.head, _), (.body, _), (.end, _):
            state = .broken
            context.fireErrorCaught(WebhookFailure.closed)
            context.close(promise: nil)
        }
    }

    /// Whether another head follows; none does where protocols are switched, which nobody has asked for.
    private static func isInformational(_ status: HTTPResponseStatus) -> Bool {
        (100..<200).contains(status.code) && status != .switchingProtocols
    }
}
