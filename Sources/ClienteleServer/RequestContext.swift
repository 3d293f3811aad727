package import Hummingbird
import Logging
import NIOCore

/// What is known of every request.
package struct AppRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The connection that it came by; nil where the caller is in this process.
    let channel: (any Channel)?
    /// The id that the answer tells, for people who look into the log.
    var requestID = ""

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }

    /// The context of a request from this process.
    init(inProcess logger: Logger) {
        self.coreContext = .init(source: InProcessSource(logger: logger))
        self.channel = nil
    }

    private struct InProcessSource: RequestContextSource {
        let logger: Logger
    }
}
