import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Thousands of odd requests, none of which may be our fault.
struct CustomerFuzzTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func answersEveryRequestWithItsOwnFault(_ seed: UInt64) async throws {
        try await withServer { server in
            var requests = CustomerRequests(seed: seed)
            var statuses: Set<Int> = []
            for number in 0..<1_000 {
                let request = requests.next()
                let answer = try await server.call(
                    request.method,
                    request.path,
                    token: request.token,
                    body: request.body,
                    headers: request.headers
                )
                requests.learn(answer)
                statuses.insert(answer.status.code)
                let context = "\(seed)/\(number): \(request) -> \(answer.status) \(answer.text.prefix(300))"
                #expect(answer.status.code < 500, "\(context)")
                #expect(Self.isWellFormed(answer, to: request.method), "\(context)")
            }
            // The sweep is worth something only while it gets past the door.
            #expect(statuses.isSuperset(of: [200, 201, 204, 401, 403, 404, 405, 422]))
            #expect(try await server.call(.get, "/v1/customers/", token: "PAT_AB").status == .ok)
        }
    }

    /// Whether the body is what its content type says; an answer to HEAD has none.
    private static func isWellFormed(_ answer: TestResponse, to method: HTTPRequest.Method) -> Bool {
        guard method != .head else { return answer.text.isEmpty }
        guard !answer.text.isEmpty else { return answer.headers[.contentType] == nil || answer.status.code < 300 }
        guard answer.headers[.contentType] != "text/csv; charset=utf-8" else {
            return answer.text.hasPrefix("ID,External ID,") && answer.text.utf8.last == 0x0A
        }
        return answer.headers[.contentType] == "application/json" && (try? JSON(parsing: answer.text)) != nil
    }
}

/// Odd requests out of fragments, always the same for a seed.
private struct CustomerRequests {
    struct Request: CustomStringConvertible {
        var method: HTTPRequest.Method
        var path: String
        var token: String?
        var body: String?
        var headers: HTTPFields

        var description: String {
            "\(method) \(path.prefix(200)) \(token ?? "-") \(body?.prefix(400) ?? "-") \(headers)"
        }
    }

    private var chance: Chance
    private var ids: [String] = []

    init(seed: UInt64) { self.chance = Chance(seed: seed) }

    /// Remembers the customers that there are, so that paths lead somewhere.
    mutating func learn(_ answer: TestResponse) {
        if answer.status == .created, ids.count < 40 { ids.append(answer.json.id) }
    }

    mutating func next() -> Request {
        let methods: [HTTPRequest.Method] = [
            .get, .get, .post, .post, .put, .patch, .patch, .delete, .head, .options, .trace,
        ]
        let method = chance.pick(methods)
        let hasBody = method == .post || method == .put || method == .patch || chance.happens(oneIn: 20)
        var headers: HTTPFields = [:]
        if chance.happens(oneIn: 12) { headers[.contentType] = chance.pick(Fragments.contentTypes) }
        if chance.happens(oneIn: 20) { headers[.origin] = "https://example.com" }
        if chance.happens(oneIn: 25), let name = HTTPField.Name("Polar-Version") {
            headers[name] = chance.pick(["2026-04", "2026-10", "1", "", "\u{e9}"])
        }
        let tokens = [
            "A", "A", "A", "A", "A", "A", "B", "PAT_AB", "PAT_AB", "A_read", "A_write", "A_products", "A_expired", nil,
        ]
        return Request(
            method: method,
            path: path(method) + query(),
            token: chance.pick(tokens),
            body: hasBody ? body() : nil,
            headers: headers
        )
    }

    private mutating func path(_ method: HTTPRequest.Method) -> String {
        if method == .post, chance.happens(oneIn: 2) { return "/v1/customers/" }
        let base = chance.happens(oneIn: 20) ? "/api/v1/customers" : "/v1/customers"
        switch chance.below(10) {
        case 0: return base + chance.pick(["", "/", "/export", "//", "/external", "/external/"])
        case 1: return "/v1/members/"
        case 2...4: return base + "/external/" + chance.pick(Fragments.segments) + suffix()
        case 5: return base + "/" + chance.pick(Fragments.segments) + suffix()
        default: return base + "/" + chance.pick(ids + ["00000000-0000-4000-8000-000000000000"]) + suffix()
        }
    }

    private mutating func suffix() -> String {
        guard chance.happens(oneIn: 2) else { return "" }
        let member = chance.pick(Fragments.segments + ids)
        return chance.pick(["/state", "/payment-methods", "/members", "/members/\(member)", "/", "/x", "/state/x"])
    }

    private mutating func query() -> String {
        guard chance.happens(oneIn: 2) else { return "" }
        let pairs = (0..<chance.below(4)).map { _ in
            chance.pick(Fragments.queryNames) + chance.pick(["=", "=", "=", ""]) + chance.pick(Fragments.queryValues)
        }
        return "?" + pairs.joined(separator: "&")
    }

    private mutating func body() -> String {
        let text = chance.happens(oneIn: 12) ? value(depth: 0) : object(Fragments.fields, depth: 0)
        switch chance.below(14) {
        case 0:
            return String(text.unicodeScalars.prefix(chance.below(text.unicodeScalars.count + 1)).map(Character.init))
        case 1: return text + chance.pick(["}", " 1", "\u{0}", ","])
        case 2: return text.replacing("\"", with: chance.pick(["'", "", "\\"]), maxReplacements: 1)
        default: return text
        }
    }

    private mutating func object(_ names: [String], depth: Int) -> String {
        var members: [String] = []
        if depth == 0, !chance.happens(oneIn: 4) {
            members.append(#""email":"a\#(chance.below(60))@example.com""#)
        }
        for _ in 0..<chance.below(4) { members.append(#""\#(chance.pick(names))":\#(value(depth: depth + 1))"#) }
        return "{\(members.joined(separator: ","))}"
    }

    private mutating func value(depth: Int) -> String {
        guard depth < 4 else { return "1" }
        switch chance.below(8) {
        case 0: return object(Fragments.fields, depth: depth)
        case 1: return "[\((0..<chance.below(3)).map { _ in value(depth: depth + 1) }.joined(separator: ","))]"
        case 2: return object(Fragments.addressFields, depth: depth)
        default: return chance.pick(Fragments.values)
        }
    }
}

private enum Fragments {
    static let contentTypes = [
        "text/plain", "", "application/json;", "application/x+json", ";", "application/", "multipart/form-data",
    ]
    static let segments = [
        "one", "two", "%00", "%2F", "%", "%zz", "%ff", "%F0%9F%92%A9", "..", ".", "a%2Fb", "+", "null", "export",
        "external",
        "00000000-0000-1000-8000-000000000000", "urn:uuid:00000000-0000-4000-8000-000000000000",
        "%7B00000000-0000-4000-8000-000000000000%7D", String(repeating: "x", count: 3_000), "-1", "%E2%80%8B", ":id",
        "*", "**",
    ]
    static let queryNames = [
        "page", "limit", "query", "email", "active", "sorting", "organization_id", "metadata[a]", "metadata[",
        "metadata[]",
        "metadata]a[", "metadata[%00]", "metadata[a][b]", "anonymize", "customer_id", "external_customer_id", "role",
        "%ff", "",
    ]
    static let queryValues = [
        "1", "0", "-1", "99999999999999999999", "9223372036854775807", "-9223372036854775808", "1.0", "1e3", "true",
        "FALSE", "",
        "%00", "%ff%fe", "%22", "'", "%25", "_", "%5C", "*", "a", "ab", "abc%22", "%22%22%22", "NEAR(", "a+OR+b",
        "%E2%80%8B",
        "%F0%9F%92%A9", "%CC%81", "name", "-email", "owner", "00000000-0000-4000-8000-000000000000", "one", "%0A",
        "%1F",
        "%F4%8F%BF%BF%F4%8F%BF%BF",
    ]
    static let fields = [
        "email", "name", "external_id", "metadata", "billing_address", "tax_id", "locale", "organization_id", "owner",
        "type",
        "role", "country", "a", "", "\\u0000", "\\ud83d\\ude00", "__proto__",
    ]
    static let addressFields = ["country", "line1", "line2", "postal_code", "city", "state", "country", "country"]
    static let values = [
        "null", "true", "false", "0", "-0", "1.5", "1e308", "1e400", "-1e-400", "123456789012345678901234567890", "NaN",
        #""""#, #"" ""#, #""one""#, #""two""#, #""a@example.com""#, #""A1@Example.com""#, #""team""#, #""individual""#,
        #""FR""#,
        #""US""#, #""US-CA""#, #""en-US""#, #""FR61954506077""#, #"["FR61954506077","eu_vat"]"#, #"["x","y"]"#,
        #"[1,"y"]"#,
        #""a\u0000b""#, #""\ud800""#, #""\ud83d\ude00""#, #""é\u0301\u200b\u202e""#, #""\\\"\/\b""#, #""=1+1""#, "[]",
        "{}",
        #""00000000-0000-4000-8000-000000000000""#, #"{"email":"o@example.com"}"#, #"{"country":"FR"}"#, #""owner""#,
        #""member""#,
        #""\#(String(repeating: "x", count: 300))""#, #""\#(String(repeating: "é", count: 3_000))""#,
        "1" + String(repeating: "0", count: 4_400), #"{"a":1,"b":"x","c":1.5}"#, "0x10", "+1", ".5", "1.", "tru",
    ]
}

/// SplitMix64: chance that repeats itself.
private struct Chance {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }

    mutating func happens(oneIn count: Int) -> Bool { below(count) == 0 }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
