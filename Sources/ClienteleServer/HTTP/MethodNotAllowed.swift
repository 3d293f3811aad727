import Hummingbird

extension Router<AppRequestContext> {
    /// Answers 405, with the methods that there are, where a path is known and a method is not.
    ///
    /// Hummingbird takes such a request for an unknown path. To be called after the last route was added.
    func refuseOtherMethods() {
        let known = Dictionary(grouping: routes, by: \.path.description)
        for (path, routes) in known {
            let allowed = routes.map(\.method)
            for method in Self.methods where !allowed.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in
                    throw PolarFailure.methodNotAllowed(allowed: allowed)
                }
            }
        }
    }

    private static var methods: [HTTPRequest.Method] { [.get, .head, .post, .put, .patch, .delete, .options, .trace] }
}
