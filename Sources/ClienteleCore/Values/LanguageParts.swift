/// The parts of a language tag (RFC 5646, section 2.1), the outdated ones replaced.
struct LanguageParts {
    private var language: Substring = ""
    private var extendedLanguages: [Substring] = []
    private var script: String?
    private var region: String?
    private var variants: [Substring] = []
    private var extensions: [ArraySlice<Substring>] = []
    private var privateUse: ArraySlice<Substring> = []

    /// Takes a tag in lower case apart, or gives up when a part is not where it may be.
    init?(_ subtags: [Substring]) {
        var rest = subtags[...]
        guard let language = rest.popFirst(), 2...3 ~= language.utf8.count, language.isLetters else { return nil }
        self.language = language
        replace(language)
        takeExtendedLanguages(from: &rest)
        takeScript(from: &rest)
        takeRegion(from: &rest)
        takeVariants(from: &rest)
        takeExtensions(from: &rest)
        takePrivateUse(from: &rest)
        guard rest.isEmpty else { return nil }
    }

    /// The tag in canonical form: the usual case, the variants in alphabetical order, no script that is implied.
    var text: String {
        var subtags = [language] + extendedLanguages
        if let script, !LanguageRegistry.isScript(script, impliedBy: language) { subtags.append(script[...]) }
        if let region { subtags.append(region[...]) }
        subtags += variants.sorted() + extensions.joined() + privateUse
        return subtags.joined(separator: "-")
    }

    /// Whether every code is registered, the language is a determined one, and nothing is said twice.
    ///
    /// Of extended languages the Polar dialect asks only that there is one at most; and what extensions say is for
    /// others to judge.
    var areRegistered: Bool {
        guard language != "und", LanguageRegistry.isLanguage(language), extendedLanguages.count <= 1 else {
            return false
        }
        guard script.map(LanguageRegistry.isScript) ?? true, region.map(LanguageRegistry.isRegion) ?? true else {
            return false
        }
        guard variants.allSatisfy(LanguageRegistry.isVariant), Set(variants).count == variants.count else {
            return false
        }
        return Set(extensions.map(\.first)).count == extensions.count
    }

    /// Lets another tag speak for the language, if `tag` is outdated.
    @discardableResult
    private mutating func replace(_ tag: Substring) -> Bool {
        guard
            let replacement = LanguageRegistry.replacement(forTag: String(tag)),
            let parts = LanguageParts(replacement.lowercased().split(separator: "-"))
        else { return false }
        language = parts.language
        script = parts.script ?? script
        region = parts.region ?? region
        if !parts.privateUse.isEmpty { privateUse = parts.privateUse }
        return true
    }

    /// Takes up to three parts of three characters, the first of them letters, and replaces those that are outdated.
    private mutating func takeExtendedLanguages(from rest: inout ArraySlice<Substring>) {
        guard let first = rest.first, first.utf8.count == 3, first.isLetters else { return }
        for subtag in rest.prefix(3).prefix(while: { $0.utf8.count == 3 }) {
            rest.removeFirst()
            if !replace("\(language)-\(subtag)") { extendedLanguages.append(subtag) }
        }
    }

    private mutating func takeScript(from rest: inout ArraySlice<Substring>) {
        guard let subtag = rest.first, subtag.utf8.count == 4, subtag.isLetters else { return }
        rest.removeFirst()
        script = subtag.prefix(1).uppercased() + subtag.dropFirst()
    }

    private mutating func takeRegion(from rest: inout ArraySlice<Substring>) {
        guard let subtag = rest.first else { return }
        let (count, isLetters, isDigits) = (subtag.utf8.count, subtag.isLetters, subtag.isDigits)
        guard count == 2 && isLetters || count == 3 && isDigits else { return }
        rest.removeFirst()
        let code = subtag.uppercased()
        region = LanguageRegistry.replacement(forRegion: code) ?? code
    }

    private mutating func takeVariants(from rest: inout ArraySlice<Substring>) {
        while let subtag = rest.first, subtag.utf8.count > 4 || subtag.utf8.count == 4 && subtag.prefix(1).isDigits {
            rest.removeFirst()
            variants.append(subtag)
        }
    }

    /// Takes every one-character part but `x`, each with the longer ones after it, of which there must be one.
    private mutating func takeExtensions(from rest: inout ArraySlice<Substring>) {
        while let singleton = rest.first, singleton.utf8.count == 1, singleton != "x" {
            let values = rest.dropFirst().prefix { $0.utf8.count > 1 }
            guard !values.isEmpty else { return }
            extensions.append(rest[rest.startIndex..<values.endIndex])
            rest = rest[values.endIndex...]
        }
    }

    private mutating func takePrivateUse(from rest: inout ArraySlice<Substring>) {
        guard rest.first == "x", rest.count > 1 else { return }
        privateUse = rest
        rest = []
    }
}

extension Substring {
    fileprivate var isLetters: Bool { utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 } }

    fileprivate var isDigits: Bool { utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } }
}
