/// A language tag (BCP 47) whose language is registered, such as `pt-BR`; holding one is the proof.
public struct LanguageTag: Sendable, Hashable {
    /// The tag as it is kept: the usual case, outdated codes replaced, no script that goes without saying.
    public let text: String

    /// Reads a tag in any case, with hyphens or underscores between its parts.
    public init?(_ text: String) {
        guard let subtags = Self.subtags(of: text) else { return nil }
        if let replacement = LanguageRegistry.replacement(forTag: subtags.joined(separator: "-")) {
            self.text = replacement
        } else if let parts = LanguageParts(subtags), parts.areRegistered {
            self.text = parts.text
        } else {
            return nil
        }
    }

    /// A tag that was valid when it was kept.
    package init(stored text: String) {
        self.text = text
    }

    private static let subtagCharactersMax = 8

    /// The parts of a tag in lower case, or nil if one of them can be none.
    private static func subtags(of text: String) -> [Substring]? {
        guard text.utf8.allSatisfy(isTagCharacter) else { return nil }
        let subtags = text.lowercased().split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
        return subtags.allSatisfy { 1...subtagCharactersMax ~= $0.utf8.count } ? subtags : nil
    }

    private static func isTagCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
