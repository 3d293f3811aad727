import ClienteleCore
import Testing

@Suite struct LanguageTagTests {
    /// What was typed, and what the reference stores for it.
    private static let vectors = [
        ("EN", "en"), ("en_US", "en-US"), ("en-us", "en-US"), ("pt-br", "pt-BR"), ("zh-Hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"), ("de-CH-1901", "de-CH-1901"), ("ca-valencia", "ca-valencia"), ("iw", "he"), ("in", "id"),
        ("ji", "yi"), ("mo", "ro"), ("sh", "sr-Latn"), ("tl", "fil"), ("no", "no"), ("eng", "en"), ("fra", "fr"),
        ("ger", "de"), ("zho", "zh"), ("zh-cmn", "zh"), ("zh-yue", "yue"), ("cmn", "cmn"), ("i-klingon", "tlh"),
        ("i-lux", "lb"), ("art-lojban", "jbo"), ("en-gb-oed", "en-GB-oxendict"), ("en-Latn", "en"),
        ("en-latn-us", "en-US"), ("ru-Cyrl", "ru"), ("ja-jpan", "ja"), ("sr-Cyrl-RS", "sr-Cyrl-RS"),
        ("sr-latn", "sr-Latn"), ("en-UK", "en-GB"), ("en-BU", "en-MM"), ("de-dd", "de-DE"), ("en-ZZ", "en-ZZ"),
        ("mul", "mul"), ("qaa", "qaa"), ("sl-rozaj-biske", "sl-biske-rozaj"),
        ("en-US-u-ca-gregory", "en-US-u-ca-gregory"), ("en-x-priv", "en-x-priv"), ("sgn-BE-FR", "sfb"),
        ("zh-min", "nan-x-zh-min"),
    ]

    @Test(arguments: vectors) func storesWhatTheReferenceStores(text: String, stored: String) {
        #expect(LanguageTag(text)?.text == stored)
    }

    @Test(arguments: [
        "", " en", "en ", "en-", "-en", "en--US", "e", "english", "xx", "zz", "und", "und-US", "root", "x-klingon",
        "en-US-POSIX",
    ])
    func refusesWhatTheReferenceRefuses(text: String) {
        #expect(LanguageTag(text) == nil)
    }

    @Test(arguments: vectors) func storesWhatItHasStoredOnceMore(text: String, stored: String) {
        #expect(LanguageTag(stored)?.text == stored)
    }

    @Test func keepsAStoredTagAsItIs() {
        #expect(LanguageTag(stored: "iw-latn").text == "iw-latn")
        #expect(LanguageTag("EN_us") == LanguageTag(stored: "en-US"))
    }

    @Test(arguments: [
        ("sh-ME", "sr-Latn-ME"), ("sh-cyrl", "sr-Cyrl"), ("prs", "fa-AF"), ("prs-Arab-IR", "fa-IR"), ("zho-yue", "yue"),
        ("zh-yue-hk", "yue-HK"), ("no-bok-NO", "nb-NO"), ("zh-min-TW", "nan-TW-x-zh-min"), ("zh-min-x-a", "nan-x-a"),
    ])
    func letsTheRestOfATagPrevailOverWhatReplacesItsLanguage(text: String, stored: String) {
        #expect(LanguageTag(text)?.text == stored)
    }

    @Test(arguments: [("en-840", "en-US"), ("en-001", "en-001"), ("ru-SU", "ru-RU"), ("sh-QU", "sr-Latn-EU")])
    func replacesRegionsByNumberAndThoseNoMore(text: String, stored: String) {
        #expect(LanguageTag(text)?.text == stored)
    }

    @Test(arguments: ["en-Qaaa", "en-Qabx", "en-QM", "en-XK", "qtz", "de-Latf", "pa-Arab"])
    func acceptsPrivateCodesAndKeepsScriptsThatSaySomething(text: String) {
        #expect(LanguageTag(text)?.text == text)
    }

    @Test(arguments: [
        "en-Xxxx", "en-Qaby", "en-Q1", "en-QL", "en-000", "en-abcde", "qua-x", "qb", "qua-zz-zz", "quaa", "12", "419",
        "en-US-Latn", "en-US-GB", "en-Latn-Cyrl", "en-1901-US", "en-u", "en-x", "en-u-x-a", "en-a-b-cc", "x", "i-none",
        "en-abcdefghi", "en-x-abcdefghi", "en.US", "en-US\n", "\u{212A}at", "en\u{301}", "en-ÜS", "en-aaa-bbb",
    ])
    func refusesWhatIsUnregisteredOrOutOfPlace(text: String) {
        #expect(LanguageTag(text) == nil)
    }

    @Test(arguments: ["de-1901-1901", "en-a-bbb-a-ccc", "en-u-ca-gregory-U-nu-latn"])
    func refusesWhatIsSaidTwice(text: String) {
        #expect(LanguageTag(text) == nil)
    }

    @Test func sortsVariantsButNotExtensions() {
        let tag = LanguageTag("SL-Rozaj-1994-Biske-U-CA-Gregory-A-BB-X-Pig-Latin-u")
        #expect(tag?.text == "sl-1994-biske-rozaj-u-ca-gregory-a-bb-x-pig-latin-u")
    }
}
