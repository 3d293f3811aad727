import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Bodies as they come, by `spec/polar.md` §0.4 and §6.4.
struct PlumbingBodyTests {
    private static let bytesMax = 10_485_760

    private static let lengthRequired =
        #"{"error":"LengthRequired","detail":"A Content-Length header is required."}"#

    @Test func wantsTheLengthOfABody() async throws {
        try await withServer { server in
            let id = "00000000-0000-4000-8000-000000000000"
            let calls: [(HTTPRequest.Method, String)] = [
                (.post, "/v1/customers/"), (.patch, "/v1/customers/\(id)"), (.put, "/v1/customers/external/x"),
                (.patch, "/v1/customers/external/x"), (.post, "/v1/customers/\(id)/members"),
            ]
            for (method, path) in calls {
                let response = try await server.call(method, path)
                #expect(response.status == .lengthRequired, "\(method) \(path)")
                #expect(response.text == Self.lengthRequired)
                #expect(response.headers[.contentType] == "application/json")
            }
            #expect(try await server.call(.get, "/v1/customers/").status == .ok)
            #expect(try await server.call(.delete, "/v1/customers/\(id)").status == .notFound)
        }
    }

    @Test func takesABodyUpToItsLimit() async throws {
        try await withServer { server in
            let good = body(ofBytes: Self.bytesMax)
            let made = try await server.call(.post, "/v1/customers/", body: good)
            #expect(made.status == .created)
            let tooLarge = try await server.call(.post, "/v1/customers/", body: body(ofBytes: Self.bytesMax + 1))
            #expect(tooLarge.status == .contentTooLarge)
            let detail = "Request body exceeded the maximum allowed size of 10485760 bytes."
            #expect(tooLarge.text == #"{"error":"RequestBodyTooLarge","detail":"\#(detail)"}"#)
            #expect(tooLarge.headers[.contentType] == "application/json")
            let bad = try await server.call(.post, "/v1/customers/", body: String(repeating: " ", count: Self.bytesMax))
            #expect(bad.status == .unprocessableContent)
            #expect(try await server.call(.get, "/v1/customers/").items.count == 1)
        }
    }

    @Test(arguments: ["", "null", " null ", "\n null"])
    func missesABody(_ body: String) async throws {
        try await withServer { server in
            for (method, path) in Self.writes {
                let response = try await server.call(method, path, body: body)
                let expected = #"[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]"#
                #expect(response.status == .unprocessableContent)
                #expect(response.text == #"{"error":"RequestValidationError","detail":\#(expected)}"#)
            }
        }
    }

    @Test(arguments: ["[]", "[{}]", #""text""#, "1", "1.5", "true", "false"])
    func wantsAnObject(_ body: String) async throws {
        try await withServer { server in
            for (method, path) in Self.writes {
                let response = try await server.call(method, path, body: body)
                #expect(response.status == .unprocessableContent)
                let location = method == .post ? #"["body","individual"]"# : #"["body"]"#
                expectNoObject(response, location: location, input: body)
            }
        }
    }

    /// Such a body is a text, and a text is no object, whatever it says.
    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonx", "multipart/form-data",
    ])
    func takesOnlyWhatSaysItIsJSON(_ type: String) async throws {
        try await withServer { server in
            for (method, path) in Self.writes {
                let body = #"{"email":"ada@acme.com"}"#
                let response = try await server.call(method, path, body: body, headers: [.contentType: type])
                #expect(response.status == .unprocessableContent)
                let location = method == .post ? #"["body","individual"]"# : #"["body"]"#
                expectNoObject(response, location: location, input: #""{\"email\":\"ada@acme.com\"}""#)
            }
        }
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "application/json;charset=utf-8", "APPLICATION/JSON",
        "application/merge-patch+json", "application/vnd.api+json", "application/problem+json; x=y",
    ])
    func takesEveryTypeOfJSON(_ type: String) async throws {
        try await withServer { server in
            let body = #"{"email": "ada@acme.com"}"#
            let response = try await server.call(.post, "/v1/customers/", body: body, headers: [.contentType: type])
            #expect(response.status == .created)
        }
    }

    @Test(
        arguments: [
            [0xFF], Array(#"{"email": "ada@acme.com", "name": ""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8),
            Array(#"{"email": "ada@acme.com", "name": ""#.utf8) + [0xED, 0xA0, 0x80] + Array(#""}"#.utf8),
        ] as [[UInt8]]
    )
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) async throws {
        try await withServer { server in
            let token = try #require(server.tokens["A"])
            let response = try await server.client.execute(
                uri: "/v1/customers/",
                method: .post,
                headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
                body: ByteBuffer(bytes: bytes)
            )
            #expect(response.status == .badRequest)
            #expect(response.text == #"{"detail":"There was an error parsing the body"}"#)
            #expect(response.headers[.contentType] == "application/json")
            #expect(try await server.call(.get, "/v1/customers/").items.isEmpty)
        }
    }

    @Test func takesAMarkOfTheByteOrder() async throws {
        try await withServer { server in
            let response = try await server.call(
                .post,
                "/v1/customers/",
                body: "\u{FEFF}" + #"{"email": "ada@acme.com"}"#
            )
            #expect(response.status == .created)
            #expect(response.json["email"]?.string == "ada@acme.com")
        }
    }

    @Test func takesTheLastOfAKeyThatIsThereTwice() async throws {
        try await withServer { server in
            let body = #"{"email": 1, "name": "x", "email": "ada@acme.com", "name": "Ada"}"#
            let response = try await server.call(.post, "/v1/customers/", body: body)
            #expect(response.status == .created)
            #expect(response.json["email"]?.string == "ada@acme.com")
            #expect(response.json["name"]?.string == "Ada")
        }
    }

    @Test(arguments: [
        "{", "}", #"{"email": "ada@acme.com""#, #"{"email": "ada@acme.com"} x"#, #"{'email': "ada@acme.com"}"#,
        #"{"email": "ada@acme.com",}"#, " ", #"{"email": "\x"}"#, "nul", #"{"a" 1}"#,
    ])
    func refusesWhatIsNotJSON(_ body: String) async throws {
        try await withServer { server in
            let response = try await server.call(.post, "/v1/customers/", body: body)
            #expect(response.status == .unprocessableContent)
            #expect(response.json["error"] == "RequestValidationError")
            let item = try #require(response.json["detail"]?.array?.first)
            #expect(response.json["detail"]?.array?.count == 1)
            #expect(item["type"] == "json_invalid")
            #expect(item["loc"]?.array?.first == "body")
            #expect(item["loc"]?.array?.last?.integer.map { 0...Int64(body.utf8.count) ~= $0 } == true)
            #expect(item["msg"] == "JSON decode error")
            #expect(item["input"] == [:])
            #expect(item["ctx"]?["error"]?.string?.isEmpty == false)
        }
    }

    private static let writes: [(HTTPRequest.Method, String)] = [
        (.post, "/v1/customers/"), (.patch, "/v1/customers/00000000-0000-4000-8000-000000000000"),
        (.put, "/v1/customers/external/x"),
    ]

    /// A good body with a field that nobody knows, which fills it up.
    private func body(ofBytes count: Int) -> String {
        let start = #"{"email": "ada@acme.com", "filler": ""#
        return start + String(repeating: "x", count: count - start.utf8.count - 2) + #""}"#
    }

    private func expectNoObject(
        _ response: TestResponse,
        location: String,
        input: String,
        _ at: SourceLocation = #_sourceLocation
    ) {
        let message = "Input should be a valid dictionary or object to extract fields from"
        let item = #"{"type":"model_attributes_type","loc":\#(location),"msg":"\#(message)","input":\#(input)}"#
        #expect(response.text == #"{"error":"RequestValidationError","detail":[\#(item)]}"#, sourceLocation: at)
    }
}
