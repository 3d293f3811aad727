import Testing

@testable import ClienteleCore

/// What section 3.6 of the specification of the Polar dialect says; the texts are what pydantic 2.14 answered to the same input.
struct WebhookURLTests {
    @Test(
        arguments: [
            ("https://h", "https://h/"),
            ("  https://h  ", "https://h/"),
            ("https://EXAMPLE.com", "https://example.com/"),
            ("HTTPS://Example.COM:443/Hook", "https://example.com/Hook"),
            ("https://example.com:8443", "https://example.com:8443/"),
            ("https://example.com:0443/", "https://example.com/"),
            ("https://h:", "https://h/"),
            ("https://h:0", "https://h:0/"),
            ("https://a:65535", "https://a:65535/"),
            ("https://h:443?x", "https://h/?x"),
            ("https:h", "https://h/"),
            ("https:/h", "https://h/"),
            ("https:///h", "https://h/"),
            ("https:\\\\h\\a\\b", "https://h/a/b"),
            ("https://h:80\\x", "https://h:80/x"),
            ("https://a\tb.com/\nx", "https://ab.com/x"),
            ("https://a.", "https://a./"),
            ("https://h/\0", "https://h/"),
        ]
    )
    func writesAURLAsPydanticDoes(_ input: String, _ text: String) throws {
        #expect(try WebhookURL(input, allowsPrivate: false).text == text)
    }

    @Test(
        arguments: [
            ("https://h/a b?c d#e f", "https://h/a%20b?c%20d#e%20f"),
            ("https://h/a/../b/./c/..", "https://h/b/"),
            ("https://h/%2e%2e/x", "https://h/x"),
            ("https://h//a", "https://h//a"),
            ("https://a/..", "https://a/"),
            ("https://a/../..", "https://a/"),
            ("https://a/b/%2E", "https://a/b/"),
            ("https://a/b/.%2e", "https://a/"),
            ("https://h/%zz%", "https://h/%zz%"),
            ("https://h?x", "https://h/?x"),
            ("https://h#x", "https://h/#x"),
            ("https://h/?", "https://h/?"),
            ("https://h/#", "https://h/#"),
            ("https://h/\u{7F}\u{80}", "https://h/%7F%C2%80"),
            ("https://h/?a'b\"c<d>e`f{g}h|i^j[k]l\\m", "https://h/?a%27b%22c%3Cd%3Ee`f{g}h|i^j[k]l\\m"),
            ("https://h/a'b\"c<d>e`f{g}h|i^j[k]l\\m", "https://h/a'b%22c%3Cd%3Ee%60f%7Bg%7Dh|i^j[k]l/m"),
            ("https://h/#a'b\"c<d>e`f{g}h|i^j[k]l\\m", "https://h/#a'b%22c%3Cd%3Ee%60f{g}h|i^j[k]l\\m"),
            ("https://h/~!$&'()*+,;=:", "https://h/~!$&'()*+,;=:"),
        ]
    )
    func writesAPathAsPydanticDoes(_ input: String, _ text: String) throws {
        #expect(try WebhookURL(input, allowsPrivate: false).text == text)
    }

    @Test(
        arguments: [
            ("https://bücher.de/x", "https://xn--bcher-kva.de/x"),
            ("https://BÜCHER.de", "https://xn--bcher-kva.de/"),
            ("https://xn--bcher-kva.de", "https://xn--bcher-kva.de/"),
            ("https://faß.de", "https://xn--fa-hia.de/"),
            ("https://ẞ.de", "https://xn--zca.de/"),
            ("https://例え.jp/路径?q=ü#é", "https://xn--r8jz45g.jp/%E8%B7%AF%E5%BE%84?q=%C3%BC#%C3%A9"),
            ("https://ex%61mple.com", "https://example.com/"),
            ("https://%C3%BC.de", "https://xn--tda.de/"),
            ("https://a%2Eb", "https://a.b/"),
            ("https://h\u{200B}.com", "https://h.com/"),
            ("https://\u{5D0}1.com", "https://xn--1-zhc.com/"),
        ]
    )
    func writesANameInASCII(_ input: String, _ text: String) throws {
        #expect(try WebhookURL(input, allowsPrivate: false).text == text)
    }

    @Test(
        arguments: [
            ("https://127.0.0.1", "https://127.0.0.1/"),
            ("https://127.1", "https://127.0.0.1/"),
            ("https://2130706433/", "https://127.0.0.1/"),
            ("https://0x7f.1", "https://127.0.0.1/"),
            ("https://0X7F.1", "https://127.0.0.1/"),
            ("https://0177.0.0.1", "https://127.0.0.1/"),
            ("https://0x7f000001", "https://127.0.0.1/"),
            ("https://127.0.0.1.", "https://127.0.0.1/"),
            ("https://127.0.0.%31", "https://127.0.0.1/"),
            ("https://%31%32%37.1", "https://127.0.0.1/"),
            ("https://１２７.０.０.１", "https://127.0.0.1/"),
            ("https://127。0。0。1", "https://127.0.0.1/"),
            ("https://①②⑦.0.0.1", "https://127.0.0.1/"),
            ("https://0", "https://0.0.0.0/"),
            ("https://0x", "https://0.0.0.0/"),
            ("https://0000000000000000000000000000000000001", "https://0.0.0.1/"),
            ("https://4294967295", "https://255.255.255.255/"),
            ("https://10.0.0.1", "https://10.0.0.1/"),
            ("https://169.254.169.254/latest", "https://169.254.169.254/latest"),
            ("https://[::1]:8443/x", "https://[::1]:8443/x"),
            ("https://[::FFFF:127.0.0.1]", "https://[::ffff:7f00:1]/"),
            ("https://[2001:DB8:0:0:1:0:0:1]", "https://[2001:db8::1:0:0:1]/"),
            ("https://localhost", "https://localhost/"),
            ("https://localhost.", "https://localhost./"),
            ("https://a.localhost", "https://a.localhost/"),
            ("https://LOCALHOST:8443", "https://localhost:8443/"),
            ("https://ⓛocalhost", "https://localhost/"),
            ("https://local\u{AD}host", "https://localhost/"),
        ]
    )
    func refusesAPrivateHostHoweverItIsWritten(_ input: String, _ text: String) throws {
        #expect(throws: WebhookURL.Fault.privateAddress) { try WebhookURL(input, allowsPrivate: false) }
        #expect(try WebhookURL(input, allowsPrivate: true).text == text)
    }

    @Test(arguments: [
        "https://8.8.8.8/", "https://[2606:4700::1111]/", "https://[::ffff:808:808]/", "https://localhosts/",
    ])
    func takesAPublicHost(_ input: String) throws {
        #expect(try WebhookURL(input, allowsPrivate: false).text == input)
    }

    @Test(
        arguments: [
            ("", "input is empty"),
            ("   ", "relative URL without a base"),
            ("h", "relative URL without a base"),
            ("//h/x", "relative URL without a base"),
            ("https//h", "relative URL without a base"),
            ("1https://h", "relative URL without a base"),
            ("ht tps://h", "relative URL without a base"),
            ("https://", "empty host"),
            ("https:///", "empty host"),
            ("https://:443", "empty host"),
            ("https://::1", "empty host"),
            ("https://h:99999", "invalid port number"),
            ("https://h:65536", "invalid port number"),
            ("https://h:x", "invalid port number"),
            ("https://h:-1", "invalid port number"),
            ("https://h:+1", "invalid port number"),
            ("https://h:4 3", "invalid port number"),
            ("https://h:443:443", "invalid port number"),
            ("https://1.2.3.4.5", "invalid IPv4 address"),
            ("https://256.1.1.1", "invalid IPv4 address"),
            ("https://1.2.3.256", "invalid IPv4 address"),
            ("https://09.1.1.1", "invalid IPv4 address"),
            ("https://a.1", "invalid IPv4 address"),
            ("https://a.0x", "invalid IPv4 address"),
            ("https://1..2", "invalid IPv4 address"),
            ("https://4294967296", "invalid IPv4 address"),
            ("https://99999999999999999999999999", "invalid IPv4 address"),
            ("https://1.2.65536", "invalid IPv4 address"),
            ("https://[fe80::1%25eth0]", "invalid IPv6 address"),
            ("https://[::1", "invalid IPv6 address"),
            ("https://[::1]x", "invalid IPv6 address"),
            ("https://[1.2.3.4]", "invalid IPv6 address"),
            ("https://%zz", "invalid international domain name"),
            ("https://%FF.de", "invalid international domain name"),
            ("https://a%2Fb", "invalid international domain name"),
            ("https://a b.com", "invalid international domain name"),
            ("https://exa<mple.com", "invalid international domain name"),
            ("https://h\0/", "invalid international domain name"),
            ("https://xn--a.com", "invalid international domain name"),
            ("https://1\u{5D0}.com", "invalid international domain name"),
            ("https://\u{AD}", "invalid international domain name"),
        ]
    )
    func refusesWhatPydanticRefuses(_ input: String, _ reason: String) {
        #expect(throws: WebhookURL.Fault.syntax(reason: reason)) { try WebhookURL(input, allowsPrivate: true) }
    }

    @Test(
        arguments: [
            "https://a_b.com", "https://-a.com", "https://a-.com", "https://ab--cd.com", "https://☕.com",
            "https://a..b", "https://.a",
            "https://a..", "https://h!$&'()*+,;=.com", "https://\(String(repeating: "a", count: 64)).com",
            "https://\(Array(repeating: String(repeating: "a", count: 60), count: 5).joined(separator: "."))",
        ]
    )
    func refusesANameThatIsNotOneOfIDNA(_ input: String) {
        let fault = WebhookURL.Fault.syntax(reason: "invalid international domain name")
        #expect(throws: fault) { try WebhookURL(input, allowsPrivate: true) }
    }

    @Test(arguments: [
        "https://user:pass@h/", "https://user@h", "https://@h/", "https://a@b@h/", "https://8.8.8.8@127.0.0.1/",
    ])
    func refusesAUserName(_ input: String) {
        let fault = WebhookURL.Fault.syntax(reason: "user names and passwords are not allowed")
        #expect(throws: fault) { try WebhookURL(input, allowsPrivate: true) }
    }

    @Test
    func takesHTTPOnlyWherePrivateHostsAreAllowed() throws {
        #expect(throws: WebhookURL.Fault.scheme) { try WebhookURL("http://h", allowsPrivate: false) }
        #expect(throws: WebhookURL.Fault.scheme) { try WebhookURL("ftp://h", allowsPrivate: true) }
        #expect(throws: WebhookURL.Fault.scheme) { try WebhookURL("javascript:alert(1)", allowsPrivate: true) }
        let url = try WebhookURL("HTTP://h:80/x", allowsPrivate: true)
        #expect(url.text == "http://h/x")
        #expect(url.port == 80)
    }

    @Test
    func countsItsLengthInBytes() throws {
        let longest = "https://h/" + String(repeating: "a", count: 2073)
        #expect(try WebhookURL(longest, allowsPrivate: false).text == longest)
        #expect(throws: WebhookURL.Fault.tooLong) { try WebhookURL(longest + "a", allowsPrivate: false) }
        let umlauts = "https://h/" + String(repeating: "ü", count: 1037)
        #expect(throws: WebhookURL.Fault.tooLong) { try WebhookURL(umlauts, allowsPrivate: false) }
        let ftp = "ftp://" + String(repeating: "a", count: 3000)
        #expect(throws: WebhookURL.Fault.tooLong) { try WebhookURL(ftp, allowsPrivate: false) }
    }

    @Test
    func tellsItsParts() throws {
        let url = try WebhookURL("https://Bücher.de.:8443/a|b/%zz?c=[d]#e", allowsPrivate: false)
        #expect(url.scheme == "https")
        #expect(url.host == "xn--bcher-kva.de")
        #expect(url.port == 8443)
        #expect(url.target == "/a%7Cb/%25zz?c=%5Bd%5D")
        let address = try WebhookURL("http://[::1]", allowsPrivate: true)
        #expect(address.host == "::1")
        #expect(address.port == 80)
        #expect(address.target == "/")
    }

    @Test
    func takesBackWhatWasKept() throws {
        let kept = "http://127.0.0.1:8080/x"
        #expect(try WebhookURL(stored: kept) == WebhookURL(kept, allowsPrivate: true))
        let odd = WebhookURL(stored: "not a URL")
        #expect(odd.text == "not a URL")
        #expect(odd.host.isEmpty)
        #expect(odd.scheme.isEmpty)
    }

    /// What is written once is not changed by being read again.
    @Test(arguments: ["https://h/a b?c'd#e`f", "https://bücher.de:8443/%2e%2e//x|y", "https://8.8.8.8:1/?"])
    func isFinal(_ input: String) throws {
        let url = try WebhookURL(input, allowsPrivate: false)
        #expect(try WebhookURL(url.text, allowsPrivate: false) == url)
    }
}
