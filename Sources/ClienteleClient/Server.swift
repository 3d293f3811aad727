#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The server that a client speaks to.
public struct Server: Sendable, Hashable {
    /// Where its paths begin, without a slash at the end: `https://api.polar.sh`.
    public let url: URL
    /// Whether it does calls of one `Idempotency-Key` once, so that any of them can be tried again.
    public let honoursIdempotencyKeys: Bool

    /// A server of your own description.
    public init(url: URL, honoursIdempotencyKeys: Bool) {
        self.url = url
        self.honoursIdempotencyKeys = honoursIdempotencyKeys
    }

    /// A server of Clientele: `.clientele(URL(string: "http://127.0.0.1:8080")!)`.
    public static func clientele(_ url: URL) -> Server { Server(url: url, honoursIdempotencyKeys: true) }

    /// Polar's production.
    public static let polar = Server(host: "api.polar.sh")
    /// Polar's sandbox.
    public static let polarSandbox = Server(host: "sandbox-api.polar.sh")

    private init(host: String) {
        var components = URLComponents()
        components.scheme = "https"
        components.host = host
        // The components of a host always make an address.
        self.init(url: components.url ?? URL(filePath: "/"), honoursIdempotencyKeys: false)
    }

    /// The address in the parts that a request has.
    var parts: (scheme: String, authority: String, path: String) {
        let scheme = url.scheme ?? "https"
        var host = url.host(percentEncoded: true) ?? ""
        if host.contains(":"), !host.hasPrefix("[") { host = "[\(host)]" }
        let path = url.path(percentEncoded: true)
        return (scheme, url.port.map { "\(host):\($0)" } ?? host, path.hasSuffix("/") ? String(path.dropLast()) : path)
    }
}
