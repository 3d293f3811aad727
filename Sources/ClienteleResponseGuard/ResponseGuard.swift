package import NIOCore
package import NIOHTTP1

/// Lets nothing but one whole response to each request through.
///
/// Whatever a server sends must end its own request at worst. The client behind this, AsyncHTTPClient, takes a status below 100
/// for informational where the decoder before it takes it for final, and stops the process when the response then ends.
package final class ResponseGuard: ChannelDuplexHandler {
    package typealias InboundIn = HTTPClientResponsePart
    package typealias InboundOut = HTTPClientResponsePart
    package typealias OutboundIn = HTTPClientRequestPart
    package typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        case idle
        case awaitsHead
        case awaitsEnd
        case broken
    }

    private var state = State.idle

    /// Puts a guard between the decoder and the client; must be called on the channel's event loop.
    package static func stand(in channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(ResponseGuard(), position: .after(decoder))
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data), state == .idle { state = .awaitsHead }
        context.write(data, promise: promise)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
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
            context.fireErrorCaught(MalformedResponse())
            context.close(promise: nil)
        }
    }

    /// Whether another head follows; none does where protocols are switched, which nobody has asked for.
    private static func isInformational(_ status: HTTPResponseStatus) -> Bool {
        (100..<200).contains(status.code) && status != .switchingProtocols
    }
}

/// What came is no response to the request.
package struct MalformedResponse: Error, CustomStringConvertible {
    package let description = "the server's answer is not HTTP"
}
