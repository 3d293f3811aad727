extension EmailAddress {
    /// Takes a text that has the form of an address, as it is; nil where it has not.
    ///
    /// For dialects that ask for the form alone: whether there can be such a domain is not asked, and nothing is normalized.
    public init?(plausible text: String) {
        guard text.utf8.count <= Self.octetsMax, let at = text.lastIndex(of: "@") else { return nil }
        let atoms = text[..<at].split(separator: ".", omittingEmptySubsequences: false)
        let labels = text[text.index(after: at)...].split(separator: ".", omittingEmptySubsequences: false)
        let isLocal = atoms.allSatisfy { !$0.isEmpty && $0.unicodeScalars.allSatisfy(\.isInEmailAtom) }
        let isDomain = labels.allSatisfy {
            !$0.isEmpty && $0.first != "-" && $0.last != "-" && $0.unicodeScalars.allSatisfy(\.isInDomainLabel)
        }
        guard isLocal, isDomain, labels.count > 1 else { return nil }
        self.init(stored: text)
    }
}

extension Unicode.Scalar {
    fileprivate var isInDomainLabel: Bool {
        isASCII ? properties.isAlphabetic || "0"..."9" ~= self || self == "-" : isPrintable
    }

    fileprivate var isInEmailAtom: Bool {
        isASCII
            ? properties.isAlphabetic || "0"..."9" ~= self || "!#$%&'*+/=?^_`{|}~-".unicodeScalars.contains(self)
            : isPrintable
    }

    private var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned, .surrogate: false
        default: true
        }
    }
}
