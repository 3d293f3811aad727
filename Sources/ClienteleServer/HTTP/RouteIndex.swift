import Hummingbird

/// Which methods each path has.
///
/// Hummingbird takes a known path with another method for an unknown path; this tells the two apart, after the fact.
struct RouteIndex: Sendable {
    private var routes: [(segments: [Substring], methods: [HTTPRequest.Method])] = []

    init(_ routes: [(path: String, method: HTTPRequest.Method)]) {
        for (path, routes) in Dictionary(grouping: routes, by: \.path) {
            self.routes.append((segments: path.split(separator: "/"), methods: routes.map(\.method)))
        }
    }

    /// The methods of the routes that a path leads to; none for an unknown path.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let asked = path.split(separator: "/")
        let matching = routes.filter { route in
            route.segments.count == asked.count
                && zip(route.segments, asked).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
        }
        // A path of literal segments goes before one with parameters.
        let best = matching.max { first, second in
            first.segments.filter { $0.hasPrefix(":") }.count > second.segments.filter { $0.hasPrefix(":") }.count
        }
        return best?.methods ?? []
    }
}
