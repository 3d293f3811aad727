/// An e-mail address that passed validation; holding one is the proof.
///
/// Nothing is looked up: an address may be well-formed and still reach nobody.
public struct EmailAddress: Sendable, Hashable {
    /// The address as it is kept.
    ///
    /// The local part keeps its case and is in normal form C; the domain is lower case and in its Unicode form.
    public let text: String

    /// Reads what somebody typed: an address, or `Display Name <address>`, with whitespace round it.
    public init(_ input: String) throws(Invalid) {
        if let plain = PlainEmail.text(of: input) {
            self.text = plain
        } else {
            self.text = try Self.validated(input)
        }
    }

    /// An address that was valid when it was kept.
    package init(stored text: String) {
        self.text = text
    }

    /// What is compared where an address may be used only once.
    public var key: String { text.lowercased() }

    /// Why a text is no e-mail address.
    public struct Invalid: Error, Equatable {
        /// A sentence for the caller, as the Polar dialect words it.
        public let reason: String

        init(_ reason: String) {
            self.reason = reason
        }
    }
}

extension EmailAddress {
    /// The characters of an input, so that no text costs more than its worth.
    static let inputCharactersMax = 2048

    /// The octets of an address (RFC 5321 4.5.3.1.3, less the brackets round a path).
    static let octetsMax = 254

    /// The address in `input`, found the long way.
    static func validated(_ input: String) throws(Invalid) -> String {
        let scalars = Array(input.unicodeScalars)
        guard scalars.count <= inputCharactersMax else {
            throw Invalid("Length must not exceed \(inputCharactersMax) characters")
        }
        let parts = try EmailParts(EmailParts.unwrapped(scalars[...]).trimmed)
        let local = try EmailLocalPart(parts.local, isQuoted: parts.isLocalQuoted).text
        guard let first = parts.domain.first else { throw Invalid("There must be something after the @-sign.") }
        if first == "[", parts.domain.last == "]" {
            throw Invalid("A bracketed IP address after the @-sign is not allowed here.")
        }
        let domain = try EmailDomain(parts.domain)

        let text = local + "@" + domain.text
        try checkLength(String(scalars: parts.local) + "@" + String(scalars: parts.domain))
        try checkLength(text, after: "after normalization")
        try checkLength(
            local + "@" + domain.ascii,
            after: "when the part after the @-sign is converted to IDNA ASCII"
        )
        guard !parts.hasDisplayName else {
            throw Invalid("A display name and angle brackets around the email address are not permitted here.")
        }
        return text
    }

    /// Refuses an address of too many octets, telling how many characters are to go.
    private static func checkLength(_ address: String) throws(Invalid) {
        let octets = address.utf8.count - octetsMax
        guard octets > 0 else { return }
        let widest = address.unicodeScalars.lazy.map { UTF8.width($0) }.max() ?? 1
        let characters = max(1, octets / widest)
        let count = characters == octets ? "\(octets)" : "\(characters)-\(octets)"
        throw Invalid("The email address is too long (\(count) character\(octets > 1 ? "s" : "") too many).")
    }

    /// Refuses a form of the address that nobody typed and that has too many octets.
    private static func checkLength(_ address: String, after change: String) throws(Invalid) {
        let octets = address.utf8.count - octetsMax
        guard octets > 0 else { return }
        throw Invalid("The email address is too long \(change) (\(octets) byte\(octets > 1 ? "s" : "") too many).")
    }
}
