import Testing

@testable import ClienteleServer

struct FormQueryTests {
    @Test(arguments: [
        ("", []),
        ("a=1", ["a=1"]),
        ("a=1&b=2", ["a=1", "b=2"]),
        ("b=2&a=1&b=3", ["b=2", "a=1", "b=3"]),
        ("a", ["a="]),
        ("a=", ["a="]),
        ("=1", ["=1"]),
        ("&&a=1&&b=2&", ["a=1", "b=2"]),
        ("a=1=2", ["a=1=2"]),
        ("a=b+c", ["a=b c"]),
        ("a+b=c", ["a b=c"]),
        ("a=b%2Bc", ["a=b+c"]),
        ("a=%26%3D", ["a=&="]),
        ("%61%5B%5D=x", ["a[]=x"]),
        ("a=caf%C3%A9", ["a=café"]),
        ("a=caf%c3%a9", ["a=café"]),
        ("a=café", ["a=café"]),
        ("a=%", ["a=%"]),
        ("a=%2", ["a=%2"]),
        ("a=%zz", ["a=%zz"]),
        ("a=%+1", ["a=% 1"]),
        ("a=%252F", ["a=%2F"]),
        ("a=%00b", ["a=\u{0}b"]),
        ("a=%FF", ["a=\u{FFFD}"]),
    ])
    func readsNamesAndValues(_ text: String, _ pairs: [String]) {
        #expect(FormQuery(text).items.map { "\($0.name)=\($0.value)" } == pairs)
    }

    @Test func givesEveryValueInOrder() {
        let query = FormQuery("a=2&b=0&a=1&A=3")
        #expect(query.values("a") == ["2", "1"])
        #expect(query.values("A") == ["3"])
        #expect(query.values("c") == [])
    }

    @Test func takesTheLastWhereOneIsWanted() {
        let query = FormQuery("a=2&b=0&a=1&c")
        #expect(query.last("a") == "1")
        #expect(query.last("c")?.isEmpty == true)
        #expect(query.last("d") == nil)
    }

    @Test func leavesAPlusInAPathAlone() {
        #expect(percentDecoded("a+b%20c%2Fd") == "a+b c/d")
    }
}
