/// Where webhooks are sent, written the one way on which those who read URLs agree.
public struct WebhookURL: Sendable, Hashable {
    /// The URL as it is kept and shown: what pydantic makes of what was typed.
    public let text: String

    /// `https` or `http`; empty when a kept text is no such URL.
    public let scheme: String

    /// The name in ASCII or the address without brackets; empty when a kept text is no such URL.
    public let host: String

    public let port: Int

    /// The path and query, in the characters that RFC 3986 allows.
    package let target: String

    public enum Fault: Error, Hashable {
        case tooLong
        case syntax(reason: String)
        case scheme
        case privateAddress
    }

    /// Takes what somebody typed (section 3.6 of the specification of the Polar dialect).
    ///
    /// A user name before the host, which pydantic keeps, is refused: a URL is shown to everyone who may read it.
    public init(_ text: String, allowsPrivate: Bool) throws(Fault) {
        guard text.utf8.count <= Self.octetsMax else { throw .tooLong }
        let parts = try WebhookURLParts(text)
        guard parts.scheme == "https" || allowsPrivate else { throw .scheme }
        guard allowsPrivate || !parts.host.isPrivate else { throw .privateAddress }
        self.init(parts, text: parts.text)
    }

    /// Takes what has been kept, which was checked by the rules of its day.
    public init(stored text: String) {
        self.init(try? WebhookURLParts(text), text: text)
    }

    private init(_ parts: WebhookURLParts?, text: String) {
        self.text = text
        scheme = parts?.scheme ?? ""
        host = parts?.host.text ?? ""
        port = parts.map { $0.port ?? $0.defaultPort } ?? 0
        target = parts?.target ?? ""
    }

    /// What pydantic takes, in bytes of UTF-8.
    public static let octetsMax = 2083
}
