/// What stands after the @-sign, mapped and checked as UTS #46 and IDNA 2008 will have it.
struct EmailDomain {
    /// The domain as it is kept: lower case, in its Unicode form.
    let text: String

    /// The domain as it is looked up.
    let ascii: String

    init(_ input: ArraySlice<Unicode.Scalar>) throws(EmailAddress.Invalid) {
        try input.refuse("The part after the @-sign contains invalid characters") { !$0.isHostText }
        try input.refuseUnsafe()
        try input.refuse("The part after the @-sign contains invalid characters", DomainMapping.hidesPeriod)

        let mapped: [Unicode.Scalar]
        do {
            mapped = try DomainMapping.mapped(input)
        } catch {
            throw EmailAddress.Invalid("The part after the @-sign contains invalid characters (\(error.detail)).")
        }
        try mapped.refuse("The part after the @-sign contains invalid characters after Unicode normalization") {
            !$0.isHostText
        }
        try Self.checkPunctuation(mapped)

        let labels = mapped.split(separator: ".", omittingEmptySubsequences: false).map { Array($0) }
        let asciiLabels = try Self.encoded(labels)
        ascii = asciiLabels.joined(separator: ".")
        try Self.checkLength(ascii, of: asciiLabels, wasMapped: ascii != String(scalars: input))
        try Self.checkTopLevel(asciiLabels)

        let decoded = try Self.decoded(asciiLabels)
        try decoded.refuseUnsafe()
        text = String(scalars: decoded)
    }

    /// The octets of a domain name without the dot at its end (RFC 1035, 2.3.4).
    static let octetsMax = 253

    /// The octets of one label of it (RFC 1035, 2.3.1).
    static let labelOctetsMax = 63

    /// The top-level domains from which no mail can come.
    static let reserved: Set<String> = ["arpa", "invalid", "local", "localhost", "onion", "test"]

    /// The characters of the longest of these.
    static let reservedCharactersMax = 9

    private static func checkPunctuation(_ domain: [Unicode.Scalar]) throws(EmailAddress.Invalid) {
        let pairs = zip(domain, domain.dropFirst())
        if let reason = misplaced(".", "period", in: domain) { throw EmailAddress.Invalid(reason) }
        if pairs.contains(where: { $0 == "." && $1 == "." }) {
            throw EmailAddress.Invalid("An email address cannot have two periods in a row.")
        }
        if let reason = misplaced("-", "hyphen", in: domain) { throw EmailAddress.Invalid(reason) }
        if pairs.contains(where: { ($0 == "." && $1 == "-") || ($0 == "-" && $1 == ".") }) {
            throw EmailAddress.Invalid("An email address cannot have a period and a hyphen next to each other.")
        }
        for label in domain.split(separator: ".").map({ Array($0.prefix(4)) }) {
            guard label.count == 4, label[2...] == ["-", "-"], label[..<2] != ["x", "n"] else { continue }
            throw EmailAddress.Invalid(
                "An email address cannot have two letters followed by two dashes immediately after the @-sign or after"
                    + " a period, except Punycode."
            )
        }
    }

    private static func misplaced(_ mark: Unicode.Scalar, _ name: String, in domain: [Unicode.Scalar]) -> String? {
        if domain.last == mark { return "An email address cannot end with a \(name)." }
        if domain.first == mark { return "An email address cannot have a \(name) immediately after the @-sign." }
        return nil
    }

    /// The labels in ASCII; a domain that is all ASCII is taken as it is.
    private static func encoded(_ labels: [[Unicode.Scalar]]) throws(EmailAddress.Invalid) -> [String] {
        if labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCII) }) { return labels.map { String(scalars: $0) } }
        do throws(DomainFault) {
            return try labels.map { label throws(DomainFault) in try DomainLabel(label).ascii }
        } catch {
            throw EmailAddress.Invalid("The part after the @-sign is invalid (\(error.detail)).")
        }
    }

    private static func decoded(_ labels: [String]) throws(EmailAddress.Invalid) -> [Unicode.Scalar] {
        do throws(DomainFault) {
            let decoded = try labels.map { label throws(DomainFault) in
                try DomainLabel(Array(label.unicodeScalars)).scalars
            }
            return Array(decoded.joined(separator: ["."]))
        } catch {
            throw EmailAddress.Invalid("The part after the @-sign is not valid IDNA (\(error.detail)).")
        }
    }

    private static func checkLength(
        _ domain: String,
        of labels: [String],
        wasMapped: Bool
    ) throws(EmailAddress.Invalid) {
        let excess = domain.utf8.count - octetsMax
        if excess > 0 {
            let count =
                wasMapped
                ? "\(excess) byte\(excess == 1 ? "" : "s") too many after IDNA encoding"
                : "\(excess) character\(excess == 1 ? "" : "s") too many"
            throw EmailAddress.Invalid("The email address is too long after the @-sign (\(count)).")
        }
        for label in labels where label.utf8.count > labelOctetsMax {
            let excess = label.utf8.count - labelOctetsMax
            throw EmailAddress.Invalid(
                "After the @-sign, periods cannot be separated by so many characters"
                    + " (\(excess) character\(excess == 1 ? "" : "s") too many)."
            )
        }
    }

    private static func checkTopLevel(_ labels: [String]) throws(EmailAddress.Invalid) {
        guard labels.count > 1, let topLevel = labels.last else {
            throw EmailAddress.Invalid("The part after the @-sign is not valid. It should have a period.")
        }
        guard topLevel.unicodeScalars.last?.isLetterASCII == true else {
            throw EmailAddress.Invalid(
                "The part after the @-sign is not valid. It is not within a valid top-level domain."
            )
        }
        guard !reserved.contains(topLevel) else {
            throw EmailAddress.Invalid(
                "The part after the @-sign is a special-use or reserved name that cannot be used with email."
            )
        }
    }
}
