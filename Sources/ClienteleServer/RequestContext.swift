package import Hummingbird

/// What is known of every request.
package struct AppRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage

    package init(source: Source) { self.coreContext = .init(source: source) }
}
