/// The names and values of a URL's query, in order, decoded.
struct FormQuery {
    private(set) var items: [(name: String, value: String)] = []

    /// Reads `a=1&b=%C3%A9+x`; what is not UTF-8 when decoded becomes U+FFFD.
    init(_ text: some StringProtocol) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { percentDecoded($0, plusIsSpace: true) }
            items.append((name: parts[0], value: parts.count == 2 ? parts[1] : ""))
        }
    }

    /// Every value of that name.
    func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// The value that counts where one is wanted: the last.
    func last(_ name: String) -> String? { items.last { $0.name == name }?.value }
}

/// Undoes percent-encoding; a `%` that no two hexadecimal digits follow stays.
func percentDecoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), let value = UInt8(hexadecimal: rest.prefix(2)) {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
