extension String {
    /// Whether the texts are the same byte for byte, as a database compares them; `==` takes "é" in one or two scalars for one.
    package func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// The text without whitespace at its ends.
    ///
    /// Whitespace is what the Polar dialect takes for it: every Unicode space and line break, and the four separators
    /// U+001C to U+001F.
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return self }
        guard first.isTrimmed || last.isTrimmed else { return self }
        guard let end = scalars.lastIndex(where: { !$0.isTrimmed }) else { return "" }
        return String(scalars[...end].drop(while: \.isTrimmed))
    }

    /// The text, or nil when there is none.
    package var nilIfEmpty: String? { isEmpty ? nil : self }
}

extension Unicode.Scalar {
    /// Whether the ends of a text lose this character.
    var isTrimmed: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0: true
        case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}

extension ArraySlice<Unicode.Scalar> {
    /// The characters without whitespace at their ends.
    var trimmed: Self {
        guard let end = lastIndex(where: { !$0.isTrimmed }) else { return [] }
        return self[...end].drop(while: \.isTrimmed)
    }
}

extension String {
    /// The text made of `scalars`.
    init(scalars: some Sequence<Unicode.Scalar>) {
        self.init(String.UnicodeScalarView(scalars))
    }
}
