import Testing

@testable import ClienteleCore

struct IPAddressTests {
    @Test(
        arguments: [
            ("0.0.0.0", "0.0.0.0"),
            ("255.255.255.255", "255.255.255.255"),
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("[::1]", "::1"),
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("::FFFF:127.0.0.1", "::ffff:7f00:1"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
            ("0000:0000:0000:0000:0000:0000:255.255.255.255", "::ffff:ffff"),
        ]
    )
    func readsWhatTheSystemReads(_ input: String, _ text: String) {
        #expect(IPAddress(input)?.text == text)
    }

    @Test(
        arguments: [
            "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "01.2.3.4", "1.2.3.04",
            "0x7f.0.0.1",
            "+1.2.3.4", "1.2.3.-4", "1.2.3.4 ", "１.2.3.4", "[1.2.3.4]", "1.2.3.4%0",
            ":", ":::", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8", ":1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:",
            "12345::", "g::", "+1::", "::1.2.3", "::1.2.3.4:5", "1.2.3.4::", "fe80::1%eth0", "fe80::1%25eth0", "[::1",
            "::1]",
            "[[::1]]", "::\u{301}", "::１",
        ]
    )
    func readsNothingElse(_ input: String) {
        #expect(IPAddress(input) == nil)
    }

    @Test(
        arguments: [
            ("0.255.255.255", "1.0.0.0"),
            ("10.0.0.0", "9.255.255.255"),
            ("10.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.63.255.255"),
            ("100.127.255.255", "100.128.0.0"),
            ("127.0.0.0", "126.255.255.255"),
            ("127.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.253.255.255"),
            ("169.254.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.15.255.255"),
            ("172.31.255.255", "172.32.0.0"),
            ("192.0.0.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.1.255"),
            ("192.0.2.255", "192.0.3.0"),
            ("192.88.99.0", "192.88.98.255"),
            ("192.88.99.255", "192.88.100.0"),
            ("192.168.0.0", "192.167.255.255"),
            ("192.168.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.17.255.255"),
            ("198.19.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.99.255"),
            ("198.51.100.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.112.255"),
            ("203.0.113.255", "203.0.114.0"),
            ("224.0.0.0", "223.255.255.255"),
            ("2001::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
            ("2001:db8::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
            ("3fff::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"),
            ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"),
            ("4000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ]
    )
    func knowsTheEndsOfEachBlock(_ inside: String, _ outside: String) throws {
        #expect(try #require(IPAddress(inside)).isGlobal == false)
        #expect(try #require(IPAddress(outside)).isGlobal)
    }

    @Test(
        arguments: [
            "240.0.0.1", "255.255.255.255", "169.254.169.254", "::", "::1", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1",
            "ff02::1",
            "::fffe:8.8.8.8", "64:ff9b::1:8.8.8.8",
        ]
    )
    func refusesWhatIsNotOfThePublicInternet(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isGlobal == false)
    }

    @Test(arguments: ["::", "::ffff:", "64:ff9b::"])
    func takesAnEmbeddedAddressForTheOneItHolds(_ prefix: String) throws {
        #expect(try #require(IPAddress(prefix + "8.8.8.8")).isGlobal)
        #expect(try #require(IPAddress(prefix + "127.0.0.1")).isGlobal == false)
        #expect(try #require(IPAddress(prefix + "169.254.169.254")).isGlobal == false)
        #expect(try #require(IPAddress(prefix + "10.0.0.1")).isGlobal == false)
    }

    @Test
    func takesATunnelForTheAddressAtItsEnd() throws {
        #expect(try #require(IPAddress("2002:808:808::1")).isGlobal)
        #expect(try #require(IPAddress("2002:7f00:1::1")).isGlobal == false)
        #expect(try #require(IPAddress("2002:c0a8:101::8.8.8.8")).isGlobal == false)
    }
}
