import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What the fields of Kirim's customer may be: `spec/kirim.md` §1.3, §1.5 and §9.
struct KirimFieldTests {
    /// Sends values of a field with a create and with an update each: both keep the same, or refuse it alike.
    private static func send(_ field: String, _ cases: [(sent: String, outcome: JSON)]) async throws {
        try await withServer { server in
            try await server.liftLimits()
            for (sent, outcome) in cases {
                let found = try await send(field, sent, to: server)
                #expect(found == outcome, "\(sent.prefix(100))")
            }
        }
    }

    private static func refuse(_ field: String, _ values: [String]) async throws {
        try await send(field, values.map { ($0, .string(invalid(field))) })
    }

    private static func keep(_ field: String, _ values: [String]) async throws {
        try await send(field, try values.map { ($0, try JSON(parsing: $0)) })
    }

    /// What both calls keep; where both refuse, what they say.
    private static func send(_ field: String, _ value: String, to server: TestServer) async throws -> JSON {
        let name = field == "name" ? "" : #""name":"A","#
        let id = try await server.kirimCustomer(#"{"name":"Before","email":"x@y.co","metadata":{"b":1}}"#).id
        let before = try await server.kirim(.get).listed
        let created = try await server.kirim(.post, "/v1/customers", #"{\#(name)"\#(field)":\#(value)}"#)
        let patched = try await server.kirim(.patch, "/v1/customers/\(id)", #"{"\#(field)":\#(value)}"#)
        guard created.status == .created else {
            #expect(created.refusal == patched.refusal)
            #expect(try await server.kirim(.get).listed == before)
            return .string(created.refusal)
        }
        #expect(patched.status == .ok)
        for id in [created.data.id, id] {
            let read = try await server.kirim(.get, "/v1/customers/\(id)")
            #expect(read.data[field] == created.data[field] && read.data[field] == patched.data[field])
        }
        return created.data[field] ?? "absent"
    }

    private static func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

    @Test func makesOneSpaceOfAnyInAName() async throws {
        try await Self.send(
            "name",
            [
                (#"" A \n B ""#, "A B"), (#""\t\u00a0x\u2003\u2028y\r\n""#, "x y"), (#""a""#, "a"),
                ("\"x\(Self.times(300, " "))y\"", "x y"),
                ("\" \(Self.times(100, "e\u{301}"))\\n\"", .string(Self.times(100, "e\u{301}"))),
            ]
        )
    }

    @Test func countsANamesCodePoints() async throws {
        try await Self.keep("name", ["é", "😀", "a"].map { "\"\(Self.times(200, $0))\"" })
        let longer = ["é", "😀", "a"].map { "\"\(Self.times(201, $0))\"" } + ["\"\(Self.times(101, "e\u{301}"))\""]
        try await Self.refuse("name", longer)
    }

    @Test func refusesWhatIsNoName() async throws {
        try await Self.refuse("name", [#""""#, #"" \n\t ""#, "null", "1", "true", "[]", "{}", #""a\u0000""#])
    }

    @Test func keepsAnEmailAsItIsWrittenButTrimmed() async throws {
        try await Self.send(
            "email",
            [
                (#"" Ada@Example.COM ""#, "Ada@Example.COM"), (#""a@b.co""#, "a@b.co"), ("null", .null),
                (#""\ta+b@c-d.co.id\n""#, "a+b@c-d.co.id"), (#""o'hara@exämple.de""#, "o'hara@exämple.de"),
            ]
        )
    }

    @Test func refusesWhatIsNoEmail() async throws {
        let texts = [
            "", "  ", "ada", "ada@", "@b.co", "a b@c.co", "a@b@c.co", "a@b..co", "a.@b.co", "a@b.co\\u0000",
            "a\\nb@c.co",
            "a@\(Self.times(300, "b")).co",
        ]
        try await Self.refuse("email", texts.map { "\"\($0)\"" } + ["1", "[]", "{}", "false"])
    }

    @Test func letsAnEmailRepeat() async throws {
        try await withServer { server in
            let emails = ["ada@example.com", "ada@example.com", "ADA@example.com"]
            for email in emails { _ = try await server.kirimCustomer(#"{"name":"A","email":"\#(email)"}"#) }
            let other = try await server.kirimCustomer(#"{"name":"A","email":"bob@example.com"}"#).id
            let patched = try await server.kirimPatch(other, #"{"email":"ada@example.com"}"#)
            #expect(patched.text("email") == "ada@example.com")
            #expect(try await server.kirim(.get).listed.map { $0.text("email") } == [emails[0]] + emails.reversed())
        }
    }

    @Test func keepsAnyJSONAsMetadata() async throws {
        try await Self.keep(
            "metadata",
            [
                #"{"a":{"b":[1,2.5,null,true,{"c":"d"}],"":{}},"":"x","k":[[],[[]]]}"#, "{}", "null",
                #"{"n":12345678901234567890123,"m":-9223372036854775808,"f":0.1,"z":0,"t":1.0}"#,
                #"{"é":"é","e\u0301":"é","😀":"\"\\\/\b\f\n\r\t\u001f","t":":{","__proto__":{"a":1}}"#,
                #"{"text":"{\"a\":1}","null":"null","object":"customer","id":"cus_x"}"#,
                // Databases have no text for one character.
                #"{"a":"x\u0000y"}"#, #"{"a\u0000b":"x"}"#, #"{"a":{"b\u0000":["\u0000"]}}"#,
            ]
        )
    }

    private static func metadata(keys: Int) -> String {
        "{" + (0..<keys).map { #""k\#($0)":{"a":1,"b":2}"# }.joined(separator: ",") + "}"
    }

    /// So many bytes as compact JSON, however it is spaced; half of them are of letters of two bytes.
    private static func metadata(bytes: Int) -> String {
        let rest = bytes - #"{"k":""}"#.utf8.count
        return "{ \"k\" : \"\(times(rest / 2, "é"))\(times(rest % 2, "a"))\" }"
    }

    @Test func takesMetadataUpToItsLimits() async throws {
        try await Self.keep("metadata", [Self.metadata(keys: 64)] + [16_383, 16_384].map(Self.metadata(bytes:)))
        let more = [Self.metadata(keys: 65), Self.metadata(bytes: 16_385)]
        try await Self.refuse("metadata", more + ["1", "\"{}\"", "[]", "true"])
    }

    @Test func replacesTheWholeMetadata() async throws {
        try await withServer { server in
            let id = try await server.kirimCustomer(#"{"name":"A","metadata":{"a":1,"b":{"c":2}}}"#).id
            #expect(try await server.kirimPatch(id, #"{"metadata":{"d":4}}"#)["metadata"]?.text == #"{"d":4}"#)
            #expect(try await server.kirimPatch(id, #"{"name":"B"}"#)["metadata"]?.text == #"{"d":4}"#)
            #expect(try await server.kirimPatch(id, #"{"metadata":{}}"#)["metadata"]?.text == "{}")
        }
    }

    @Test func refusesWhatIsNoStatus() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer()
            for sent in [#""unknown""#, #""""#, "null", "1", #""ACTIVE""#, #"["active"]"#] {
                let body = #"{"name":"B","status":\#(sent)}"#
                let answer = try await server.kirim(.patch, "/v1/customers/\(made.id)", body)
                #expect(answer.refusal == invalid("status"), "\(sent)")
            }
            #expect(try await server.kirim(.get).listed == [made])
        }
    }

    @Test func ignoresWhatItDoesNotKnow() async throws {
        try await withServer { server in
            let body = #"""
                {"name":"A","status":"active","id":"cus_x","external_id":"e","archived_at":"x","created_at":1,"x":{}}
                """#
            let made = try await server.kirimCustomer(body)
            #expect(made.text("status") == "pending" && made["archived_at"] == .null)
            let rest = body.replacing(#""name":"A","status":"active","#, with: #""team_id":"t_x","object":1,"#)
            #expect(try await server.kirimPatch(made.id, rest) == made)
            #expect(try await server.call(.get, "/v1/customers/").items.first?["external_id"] == .null)
        }
    }

    private static let sameAgain = [
        "{}", #"{"name":" A\n"}"#, #"{"email":" a@b.co"}"#, #"{"metadata":{ "x" : 1 }}"#, #"{"status":"pending"}"#,
        #"{"name":"A","email":"a@b.co","metadata":{"x":1},"status":"pending"}"#,
    ]

    /// Whatever says nothing new is no change: `updated_at` stays.
    @Test func changesNothingByWhatWasThere() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer(#"{"name":"A","email":"a@b.co","metadata":{"x":1}}"#)
            server.clock.pass(seconds: 5)
            for body in Self.sameAgain { #expect(try await server.kirimPatch(made.id, body) == made, "\(body)") }
            #expect(try await server.kirim(.get).listed == [made])
            let changed = try await server.kirimPatch(made.id, #"{"name":"B"}"#)
            #expect(changed.text("updated_at") == "2026-01-01T00:00:05.000Z")
            #expect(changed["created_at"] == made["created_at"])
        }
    }

    @Test func refusesABodyThatIsNoObject() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer()
            for body in [
                "", "{", "[]", "null", "1", #""x""#, #"{"name":}"#, #"{"name":"\ud800"}"#, "{}{}", #"[{"name":"A"}]"#,
            ] {
                #expect(try await server.kirim(.post, "/v1/customers", body).refusal == invalid(), "\(body)")
                let patched = try await server.kirim(.patch, "/v1/customers/\(made.id)", body)
                #expect(patched.refusal == invalid(), "\(body)")
            }
            #expect(try await server.kirim(.get).listed == [made])
        }
    }

    @Test func wantsAName() async throws {
        try await withServer { server in
            let missing = "400 invalid_request_error missing_required_field name"
            for body in ["{}", #"{"email":"a@b.co"}"#] {
                let answer = try await server.kirim(.post, "/v1/customers", body)
                #expect(answer.refusal == missing)
            }
            #expect(try await server.kirim(.get).listed.isEmpty)
        }
    }

    @Test func changesNothingWhenOneFieldIsWrong() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer()
            for wrong in [#""email":"x""#, #""metadata":1"#, #""status":"x""#] {
                let body = #"{"name":"Other",\#(wrong)}"#
                #expect(try await server.kirim(.patch, "/v1/customers/\(made.id)", body).status == .badRequest)
            }
            #expect(try await server.kirim(.get).listed == [made])
        }
    }
}
