package import Hummingbird
import NIOCore

/// What is known of every request.
package struct AppRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The id that the answer tells, for people who look into the log.
    var requestID = ""

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }
}
