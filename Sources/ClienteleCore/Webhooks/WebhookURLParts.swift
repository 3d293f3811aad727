/// The parts of a URL, read as browsers and pydantic read them (WHATWG URL standard, "URL parsing").
struct WebhookURLParts {
    let scheme: String
    let host: WebhookHost

    /// The port, where it is not that of the scheme.
    private(set) var port: Int?

    private let path: String
    private let query: String?
    private let fragment: String?

    init(_ text: String) throws(WebhookURL.Fault) {
        guard !text.isEmpty else { throw .syntax(reason: "input is empty") }
        let (scheme, rest) = try Self.split(text)
        self.scheme = scheme
        let end = rest.firstIndex { "/\\?#".unicodeScalars.contains($0) } ?? rest.endIndex
        let (host, port) = try Self.authority(Substring(rest[..<end]))
        self.host = try WebhookHost.parse(host)
        self.port = try Self.port(port)

        let (beforeFragment, fragment) = Self.halves(of: rest[end...], at: "#")
        let (path, query) = Self.halves(of: beforeFragment, at: "?")
        self.path = Self.normalized(path)
        self.query = query.map { Self.encoded($0, escaping: "\"<> '") }
        self.fragment = fragment.map { Self.encoded($0, escaping: "\"<> `") }
        if self.port == defaultPort { self.port = nil }
    }

    var defaultPort: Int { scheme == "https" ? 443 : 80 }

    /// The whole URL.
    var text: String {
        let port = port.map { ":\($0)" } ?? ""
        let query = query.map { "?\($0)" } ?? ""
        let fragment = fragment.map { "#\($0)" } ?? ""
        return "\(scheme)://\(host.written)\(port)\(path)\(query)\(fragment)"
    }

    /// The path and query in the characters that RFC 3986 allows, so that no other reader changes or refuses them.
    var target: String {
        let text = query.map { "\(path)?\($0)" } ?? path
        var target = ""
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let scalar = Unicode.Scalar(byte)
            let isBare = byte == UInt8(ascii: "%") && rest.leadingHexadecimalPair == nil
            if isBare || "\"<>\\^`{|}[] ".unicodeScalars.contains(scalar) {
                target += Self.escape(byte)
            } else {
                target.unicodeScalars.append(scalar)
            }
        }
        return target
    }
}

extension WebhookURLParts {
    private typealias Scalars = Substring.UnicodeScalarView

    /// The scheme, and what follows it and its slashes.
    private static func split(_ text: String) throws(WebhookURL.Fault) -> (String, Scalars) {
        let cleaned = String(scalars: text.unicodeScalars.filter { !["\t", "\n", "\r"].contains($0) })
        var scalars = Substring(cleaned).unicodeScalars
        scalars = scalars.drop { $0.value <= 0x20 }
        while let last = scalars.last, last.value <= 0x20 { scalars.removeLast() }

        guard let colon = scalars.firstIndex(of: ":") else { throw noBase }
        let scheme = scalars[..<colon]
        let isScheme = scheme.allSatisfy {
            $0.isLetterASCII || ("0"..."9").contains($0) || "+-.".unicodeScalars.contains($0)
        }
        guard scheme.first?.isLetterASCII == true, isScheme else { throw noBase }
        let lowered = String(scheme).lowercased()
        guard lowered == "https" || lowered == "http" else { throw .scheme }
        return (lowered, scalars[colon...].dropFirst().drop { $0 == "/" || $0 == "\\" })
    }

    private static let noBase = WebhookURL.Fault.syntax(reason: "relative URL without a base")

    /// The host and what follows its colon.
    private static func authority(_ text: Substring) throws(WebhookURL.Fault) -> (host: Substring, port: Substring) {
        guard !text.unicodeScalars.contains("@") else {
            throw .syntax(reason: "user names and passwords are not allowed")
        }
        var hostEnd = text.startIndex
        if text.unicodeScalars.first == "[" {
            let bracket = text.unicodeScalars.firstIndex(of: "]")
            hostEnd = bracket.map { text.unicodeScalars.index(after: $0) } ?? text.endIndex
            guard hostEnd == text.endIndex || text.unicodeScalars[hostEnd] == ":" else {
                throw .syntax(reason: "invalid IPv6 address")
            }
        } else {
            hostEnd = text.unicodeScalars.firstIndex(of: ":") ?? text.endIndex
        }
        return (text[..<hostEnd], Substring(text.unicodeScalars[hostEnd...].dropFirst()))
    }

    private static func port(_ text: Substring) throws(WebhookURL.Fault) -> Int? {
        guard !text.isEmpty else { return nil }
        // A sign, which the initialiser would take, is no digit.
        guard text.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) }), let port = UInt16(text) else {
            throw .syntax(reason: "invalid port number")
        }
        return Int(port)
    }

    private static func halves(of text: Scalars, at mark: Unicode.Scalar) -> (Scalars, Scalars?) {
        guard let middle = text.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<middle], text[middle...].dropFirst())
    }

    /// The path without `.` and `..`, which may be written with `%2e`.
    private static func normalized(_ path: Scalars) -> String {
        let segments = path.dropFirst().split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
        var kept: [String] = []
        for (index, segment) in segments.enumerated() {
            let text = encoded(segment, escaping: "\"#<>? `{}")
            let dots = text.lowercased().replacing("%2e", with: ".")
            guard dots == "." || dots == ".." else {
                kept.append(text)
                continue
            }
            if dots == "..", !kept.isEmpty { kept.removeLast() }
            if index == segments.count - 1 { kept.append("") }
        }
        return "/" + kept.joined(separator: "/")
    }

    /// The text in visible ASCII without `marks`.
    private static func encoded(_ text: Scalars, escaping marks: String) -> String {
        var encoded = ""
        for scalar in text {
            if (0x21...0x7E).contains(scalar.value), !marks.unicodeScalars.contains(scalar) {
                encoded.unicodeScalars.append(scalar)
            } else {
                encoded += UTF8.encode(scalar)?.map(escape).joined() ?? ""
            }
        }
        return encoded
    }

    private static func escape(_ byte: UInt8) -> String {
        (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
    }
}
