/// The host of a URL, read as browsers and pydantic read it (WHATWG URL standard, "host parsing").
///
/// Names must hold to IDNA 2008 besides, without which no delivery would find them (section 3.5 of the specification of the Polar dialect).
struct WebhookHost {
    /// In ASCII and lower case, without brackets and without the dot that may end a name.
    let text: String

    /// The host as a URL has it.
    let written: String

    /// The address, where the host is no name.
    let address: IPAddress?

    /// Reads the host that stands in a URL.
    static func parse(_ text: Substring) throws(WebhookURL.Fault) -> WebhookHost {
        guard !text.isEmpty else { throw .syntax(reason: "empty host") }
        if text.hasPrefix("[") {
            guard let address = IPAddress(String(text)), address.isVersion6 else {
                throw .syntax(reason: "invalid IPv6 address")
            }
            return WebhookHost(address)
        }
        var labels = try Self.labels(text)
        let isRooted = labels.count > 1 && labels.last?.isEmpty == true
        if isRooted { labels.removeLast() }
        if Self.isNumeric(labels.last ?? []) {
            guard let address = Self.shortAddress(labels) else { throw .syntax(reason: "invalid IPv4 address") }
            return WebhookHost(address)
        }
        let name = try Self.name(labels)
        return WebhookHost(text: name, written: isRooted ? name + "." : name, address: nil)
    }

    /// Whether the host says of itself that it is not on the public internet.
    var isPrivate: Bool {
        if let address { return !address.isGlobal }
        return text == "localhost" || text.hasSuffix(".localhost")
    }

    private static let notInternational = WebhookURL.Fault.syntax(reason: "invalid international domain name")

    private static func labels(_ text: Substring) throws(WebhookURL.Fault) -> [[Unicode.Scalar]] {
        guard let decoded = String(validating: percentDecoded(text), as: UTF8.self) else { throw notInternational }
        do {
            return try DomainMapping.mapped(decoded.unicodeScalars)
                .split(separator: ".", omittingEmptySubsequences: false).map { Array($0) }
        } catch {
            throw notInternational
        }
    }

    private static func name(_ labels: [[Unicode.Scalar]]) throws(WebhookURL.Fault) -> String {
        do throws(DomainFault) {
            let name = try labels.map { label throws(DomainFault) in try DomainLabel(label).ascii }
                .joined(separator: ".")
            guard name.utf8.count <= EmailDomain.octetsMax else { throw DomainFault("a name is too long") }
            return name
        } catch {
            throw notInternational
        }
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = rest.leadingHexadecimalPair {
                decoded.append(value)
                rest.removeFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return decoded
    }

    /// Whether a name that ends like this is none, but an address of version 4, in whatever way it is written.
    private static func isNumeric(_ label: [Unicode.Scalar]) -> Bool {
        guard !label.isEmpty else { return false }
        return label.allSatisfy { ("0"..."9").contains($0) } || number(label) != nil
    }

    /// The address that up to four numbers stand for, the last of which fills what the others leave.
    private static func shortAddress(_ labels: [[Unicode.Scalar]]) -> IPAddress? {
        guard labels.count <= 4 else { return nil }
        var address: UInt64 = 0
        for (index, label) in labels.enumerated() {
            guard let number = number(label) else { return nil }
            let isLast = index == labels.count - 1
            let bits = UInt64(isLast ? 8 * (4 - index) : 8)
            guard number < 1 << bits else { return nil }
            address = address << bits | number
        }
        return IPAddress(number: UInt32(truncatingIfNeeded: address))
    }

    /// A number in decimal, `0x` hexadecimal or `0` octal digits; those too large for any address are cut to one that is too large.
    private static func number(_ label: [Unicode.Scalar]) -> UInt64? {
        var digits = label[...]
        var radix: UInt64 = 10
        if digits.starts(with: ["0", "x"]) {
            digits = digits.dropFirst(2)
            radix = 16
        } else if digits.first == "0", digits.count > 1 {
            digits = digits.dropFirst()
            radix = 8
        } else if digits.isEmpty {
            return nil
        }
        var number: UInt64 = 0
        for digit in digits {
            guard digit.isASCII, let value = Character(digit).hexDigitValue, value < radix else { return nil }
            number = min(number * radix + UInt64(value), 1 << 32)
        }
        return number
    }
}

extension WebhookHost {
    private init(_ address: IPAddress) {
        let text = address.text
        self.init(text: text, written: address.isVersion6 ? "[\(text)]" : text, address: address)
    }
}

extension ArraySlice<UInt8> {
    /// The byte that the next two hexadecimal digits stand for.
    var leadingHexadecimalPair: UInt8? {
        let pair = prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        return pair.count == 2 ? UInt8(pair[0] * 16 + pair[1]) : nil
    }
}
