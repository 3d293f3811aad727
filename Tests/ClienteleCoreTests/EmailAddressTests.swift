import Testing

@testable import ClienteleCore

/// What section 1.6 of the specification of the Polar dialect says, and the exchanges named `create/email/…`.
struct EmailAddressTests {
    @Test(
        arguments: [
            "a!#$%&*/=?^_`{|}~-.run@acme-peer.com",
            "a.run@aonly-peer.com",
            "a.run@bücher.com",
            "a.run@mail.eu.acme-peer.com",
            "a.run@servfail-peer.com",
            "a@acme-peer.c",
            "a@foo.example",
            "josé.run@acme-peer.com",
            "o'brien.run@acme-peer.com",
            "plus.run+tag2@acme-peer.com",
            "plus.run+tag@acme-peer.com",
            "邮箱@例え.jp",
            String(repeating: "l", count: 56) + "-runx@acme-peer.com",
            String(repeating: "x", count: 65) + "@acme-peer.com",
        ]
    )
    func keepsAsItIs(_ input: String) throws {
        #expect(try EmailAddress(input).text == input)
    }

    @Test(
        arguments: [
            ("  spaces.run@acme-peer.com  ", "spaces.run@acme-peer.com"),
            ("\n\t\u{3000}a@b.com\u{85}\r\n", "a@b.com"),
            ("Name <a@acme-peer.com>", "a@acme-peer.com"),
            ("José van 't Hoff < a@acme-peer.com >\n", "a@acme-peer.com"),
            ("\"Dr. <Who>\" <a@acme-peer.com>", "a@acme-peer.com"),
            ("<a@acme-peer.com>", "a@acme-peer.com"),
            ("UPPER.run@ACME-PEER.COM", "UPPER.run@acme-peer.com"),
            ("Name <UPPER@ACME-PEER.COM>", "UPPER@acme-peer.com"),
            ("jose\u{301}@acme-peer.com", "jos\u{E9}@acme-peer.com"),
            ("Jose\u{301}@ACME-PEER.com", "Jos\u{E9}@acme-peer.com"),
        ]
    )
    func tidiesUpWithoutTouchingTheCaseOfTheLocalPart(_ input: String, _ text: String) throws {
        let address = try EmailAddress(input)
        #expect(Array(address.text.unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test(arguments: ["info", "Sales", "SUPPORT", "wWw", "Postmaster"])
    func lowersTheCaseOfTheMailboxesThatEveryDomainHas(_ local: String) throws {
        #expect(try EmailAddress("\(local)@Acme.com").text == "\(local.lowercased())@acme.com")
        #expect(try EmailAddress("\(local)@bücher.com").text == "\(local.lowercased())@bücher.com")
        #expect(try EmailAddress("\(local)1@acme.com").text == "\(local)1@acme.com")
    }

    @Test(
        arguments: [
            ("p@xn--bcher-kva.com", "p@bücher.com"),
            ("p@XN--BCHER-KVA.COM", "p@bücher.com"),
            ("p@xn--mnchen-3ya.de", "p@münchen.de"),
            ("p@BÜCHER.com", "p@bücher.com"),
            ("p@bu\u{308}cher.com", "p@bücher.com"),
            ("fw@ａcme-peer.com", "fw@acme-peer.com"),
            ("fw@ＡＣＭＥ．com", "fw@acme.com"),
            ("p@日本。jp", "p@日本.jp"),
            ("p@faß.de", "p@faß.de"),
            ("p@FAẞ.de", "p@faß.de"),
            ("p@ΒΌΛΟς.com", "p@βόλος.com"),
            ("p@ᾀ.gr", "p@ἀι.gr"),
            ("p@ﬁ①ʰ.com", "p@fi1h.com"),
            ("p@ꭰᎠ.com", "p@ᎠᎠ.com"),
            ("p@so\u{FE0F}ft.com", "p@soft.com"),
            ("p@col·lecció.cat", "p@col·lecció.cat"),
            ("p@אב1.com", "p@אב1.com"),
            ("p@xn--mgbh0fb.xn--kgbechtv", "p@مثال.إختبار"),
            ("p@xn--ihqwcrb4cv8a8dqg056pqjye.example", "p@他们为什么不说中文.example"),
            ("p@xn--proprostnemluvesky-uyb24dma41a.example", "p@pročprostěnemluvíčesky.example"),
            ("p@xn--b1abfaaepdrnnbgefbadotcwatmq2g4l.example", "p@почемужеонинеговорятпорусски.example"),
            ("p@xn--4dbcagdahymbxekheh6e0a7fei0b.example", "p@למההםפשוטלאמדבריםעברית.example"),
            ("p@xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa.com", "p@なぜみんな日本語を話してくれないのか.com"),
            ("p@xn--i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd.com", "p@यहलोगहिन्दीक्योंनहींबोलसकतेहैं.com"),
            ("p@xn--3b-ww4c5e180e575a65lsy2b.com", "p@3年b組金八先生.com"),
        ]
    )
    func keepsTheUnicodeFormOfADomain(_ input: String, _ text: String) throws {
        let address = try EmailAddress(input)
        #expect(Array(address.text.unicodeScalars) == Array(text.unicodeScalars))
        #expect(try EmailAddress(text).text == text)
    }

    @Test(arguments: refusedLocals + refusedDomains + refusedForms)
    func refusesWithTheReasonOfTheDialect(_ input: String, _ reason: String) {
        #expect(throws: EmailAddress.Invalid(reason)) { try EmailAddress(input) }
    }

    @Test(
        arguments: [
            ("U+0080", "xn--a.com"),
            ("U+200C", "xn--mgba3gch31f060k.com"),
            ("U+2603", "snow☃.com"),
            ("normal form C", "xn--e-xbb.com"),
            ("not Punycode", "xn---7lz.com"),
            ("not Punycode", "xn--99999999.com"),
            ("not Punycode", "xn--9999999999999999999999999999999999999.com"),
            ("not Punycode", "xn--99999999999a.com"),
            ("combining character", "xn--a-wbb.com"),
            ("mixes writing directions", "1אב.com"),
            ("mixes writing directions", "אa.com"),
            ("mixes writing directions", "א١1.com"),
            ("too long", String(repeating: "ü", count: 60) + ".com"),
            ("U+00B7", "a·b.com"),
            ("U+30FB", "a・.com"),
            ("U+FFFD", "a\u{FFFD}.com"),
        ]
    )
    func refusesADomainThatIDNADoesNotAllow(_ detail: String, _ domain: String) throws {
        let invalid = #expect(throws: EmailAddress.Invalid.self) { try EmailAddress("a@" + domain) }
        let reason = try #require(invalid?.reason)
        #expect(reason.hasPrefix("The part after the @-sign "))
        #expect(reason.contains(detail))
    }

    @Test func refusesWhatIsTooLong() {
        let domain = Array(repeating: String(repeating: "d", count: 50), count: 6).joined(separator: ".") + ".c"
        let tooLong = "The email address is too long after the @-sign (54 characters too many)."
        #expect(throws: EmailAddress.Invalid(tooLong)) { try EmailAddress("a@" + domain) }
        #expect(throws: EmailAddress.Invalid("The email address is too long (73 characters too many).")) {
            try EmailAddress(String(repeating: "a", count: 321) + "@bc.de")
        }
        #expect(throws: EmailAddress.Invalid("The email address is too long (1 character too many).")) {
            try EmailAddress(String(repeating: "a", count: 250) + "@b.de")
        }
        #expect(throws: EmailAddress.Invalid("The email address is too long (1-2 characters too many).")) {
            try EmailAddress(String(repeating: "é", count: 125) + "@bb.de")
        }
        #expect(throws: EmailAddress.Invalid("Length must not exceed 2048 characters")) {
            try EmailAddress(String(repeating: " ", count: 2048) + "a")
        }
    }

    @Test func acceptsTheLongestAddress() throws {
        let longest = String(repeating: "a", count: 248) + "@b.com"
        #expect(try EmailAddress(longest).text == longest)
        let label = String(repeating: "d", count: 63)
        #expect(try EmailAddress("a@\(label).com").text == "a@\(label).com")
        #expect(try EmailAddress(String(repeating: " ", count: 2041) + "a@b.com").text == "a@b.com")
    }

    @Test func refusesEveryControlCharacterAndNeverTraps() {
        for value in Array(0..<0x20) + Array(0x7F..<0xA0) as [UInt32] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for input in ["a\(scalar)b@c.com", "ab@c\(scalar)d.com", "\"\(scalar)\"@c.com", "\(scalar)"] {
                #expect(throws: EmailAddress.Invalid.self) { try EmailAddress(input) }
            }
        }
    }

    @Test func comparesWithoutCase() throws {
        #expect(try EmailAddress("MINIMAL.run@Acme-Peer.com").key == EmailAddress("minimal.run@acme-peer.com").key)
        #expect(try EmailAddress("JOSÉ@Bücher.com").key == "josé@bücher.com")
        #expect(try EmailAddress("a+1@b.com").key != EmailAddress("a@b.com").key)
    }

    @Test func takesAStoredAddressOnTrust() {
        #expect(EmailAddress(stored: "Nobody@localhost").text == "Nobody@localhost")
    }

    @Test(
        arguments: [
            "a@b.com", "A.b+c@D-e.CO", "info@b.com", "a@b.c0m", "a@b.test", "a@b.TEST", "a@xn--p1ai.com", "a@b--c.com",
            "a@bc--d.com", "a@b-.com", "a@-b.com", "a@b..com", "a..b@c.com", ".a@b.com", "a.@b.com", "a@b", "a@b.1",
            "a@.com", "a@b.com.", "a@b@c.com", "a@a-b-c.d-e", "@b.com", "a@", "",
        ]
    )
    func theQuickWayAgreesWithTheLongOne(_ input: String) {
        let quick = PlainEmail.text(of: input)
        #expect(quick == nil || quick == (try? EmailAddress.validated(input)))
    }

    @Test func theQuickWayTakesTheCommonCase() {
        #expect(PlainEmail.text(of: "First.Last+tag@mail.ACME-peer.com") == "First.Last+tag@mail.acme-peer.com")
    }

    private static let refusedLocals: [(String, String)] = [
        ("@no-local.com", "There must be something before the @-sign."),
        ("\"\"@acme-peer.com", "There must be something before the @-sign."),
        ("a b@acme-peer.com", "The email address contains invalid characters before the @-sign: SPACE."),
        ("a,b@acme-peer.com", "The email address contains invalid characters before the @-sign: ','."),
        ("a\u{0}@acme-peer.com", "The email address contains invalid characters before the @-sign: U+0000."),
        ("a\n@acme-peer.com", "The email address contains invalid characters before the @-sign: U+000A."),
        ("a\r\n@acme-peer.com", "The email address contains invalid characters before the @-sign: U+000A, U+000D."),
        ("a(\\)@acme-peer.com", "The email address contains invalid characters before the @-sign: \"\\\", '(', ')'."),
        ("a..b@acme-peer.com", "An email address cannot have two periods in a row."),
        (".a@acme-peer.com", "An email address cannot start with a period."),
        ("a.@acme-peer.com", "An email address cannot have a period immediately before the @-sign."),
        ("\"quoted\"@acme-peer.com", "Quoting the part before the @-sign is not allowed here."),
        ("\"a b\"@acme-peer.com", "Quoting the part before the @-sign is not allowed here."),
        ("a\u{200B}b@acme-peer.com", "The email address contains unsafe characters: ZERO WIDTH SPACE."),
        (
            "a\u{202E}\u{A0}@b.com",
            "The email address contains unsafe characters: NO-BREAK SPACE, RIGHT-TO-LEFT OVERRIDE."
        ),
        ("\u{301}a@b.com", "The email address contains unsafe characters: COMBINING ACUTE ACCENT."),
        ("a\u{E000}@b.com", "The email address contains unsafe characters: U+E000."),
        ("a\u{10FFFD}@b.com", "The email address contains unsafe characters: U+0010FFFD."),
        (
            "a\u{37E}b@c.com",
            "After Unicode normalization: The email address contains invalid characters before the @-sign: ';'."
        ),
    ]

    private static let refusedDomains: [(String, String)] = [
        ("a@", "There must be something after the @-sign."),
        ("a@localhost", "The part after the @-sign is not valid. It should have a period."),
        ("a@test", "The part after the @-sign is not valid. It should have a period."),
        ("a@bücher", "The part after the @-sign is not valid. It should have a period."),
        ("a@127.0.0.1", "The part after the @-sign is not valid. It is not within a valid top-level domain."),
        ("a@foo.arpa", reserved),
        ("a@foo.invalid", reserved),
        ("a@foo.LOCAL", reserved),
        ("a@foo.localhost", reserved),
        ("a@foo.onion", reserved),
        ("a@foo.test", reserved),
        ("a@bücher.test", reserved),
        ("a@@acme-peer.com", "The part after the @-sign contains invalid characters: '@'."),
        ("a@acme_peer.com", "The part after the @-sign contains invalid characters: '_'."),
        ("a@acme'peer_.com", "The part after the @-sign contains invalid characters: \"'\", '_'."),
        ("a@⒈com", "The part after the @-sign contains invalid characters: '⒈'."),
        ("a@㏂com", "The part after the @-sign contains invalid characters: '㏂'."),
        ("a@acme\u{0}.com", "The part after the @-sign contains invalid characters: U+0000."),
        ("a@ﷺ.com", "The part after the @-sign contains invalid characters after Unicode normalization: SPACE."),
        ("a@acme-peer.com\u{200B}", "The email address contains unsafe characters: ZERO WIDTH SPACE."),
        ("a@\u{301}b.com", "The email address contains unsafe characters: COMBINING ACUTE ACCENT."),
        ("a@xn--11b2ezcw70k.com", "The email address contains unsafe characters: ZERO WIDTH JOINER."),
        ("a@acme-peer..com", "An email address cannot have two periods in a row."),
        ("a@.acme-peer.com", "An email address cannot have a period immediately after the @-sign."),
        ("a@acme-peer.com.", "An email address cannot end with a period."),
        ("a@-acme-peer.com", "An email address cannot have a hyphen immediately after the @-sign."),
        ("a@acme-peer.com-", "An email address cannot end with a hyphen."),
        ("a@acme-.com", "An email address cannot have a period and a hyphen next to each other."),
        (
            "a@ab--c.com",
            "An email address cannot have two letters followed by two dashes immediately after the @-sign or after"
                + " a period, except Punycode."
        ),
        (
            "a@\(String(repeating: "d", count: 64)).com",
            "After the @-sign, periods cannot be separated by so many characters (1 character too many)."
        ),
        ("a@[127.0.0.1]", "A bracketed IP address after the @-sign is not allowed here."),
        ("a@[IPv6:::1]", "A bracketed IP address after the @-sign is not allowed here."),
    ]

    private static let refusedForms: [(String, String)] = [
        ("", "An email address must have an @-sign."),
        ("plainaddress", "An email address must have an @-sign."),
        ("no-at.com", "An email address must have an @-sign."),
        ("\"a@acme-peer.com", "An email address must have an @-sign."),
        (
            "a\u{FF20}b.com",
            "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign."
        ),
        ("\"a\"b@c.com", "Extra character(s) found after close quote: 'b'"),
        (
            "John.Doe <a@acme-peer.com>",
            "The display name contains invalid characters when not quoted: '.'."
        ),
        ("Name <a@acme-peer.com> x", "There can't be anything after the email address."),
        (
            "Name <a@acme-peer.com",
            "An open angle bracket at the start of the email address has to be followed by a close angle bracket"
                + " at the end."
        ),
        (
            "<<a@acme-peer.com>>",
            "A display name and angle brackets around the email address are not permitted here."
        ),
    ]

    private static let reserved =
        "The part after the @-sign is a special-use or reserved name that cannot be used with email."
}
