import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Where the original answers 500, or does something silly; section 0.4 of the specification of the Polar dialect.
struct CustomerDefectTests {
    private static let path = "/v1/customers/"
    private static let words = "Value error, This value contains invalid characters"

    @Test func refusesNULInEveryText() async throws {
        try await withServer { server in
            let nul = #"a\u0000b"#
            let parts = ["line1", "line2", "postal_code", "city", "state"]
            let addresses = parts.map { part in
                (#""billing_address":{"country":"FR","\#(part)":"\#(nul)"}"#, "billing_address.\(part)")
            }
            let fields = [
                (#""name":"\#(nul)""#, "name"), (#""external_id":"\#(nul)""#, "external_id"),
                (#""metadata":{"\#(nul)":1}"#, "metadata"), (#""metadata":{"a":"\#(nul)"}"#, "metadata"),
                (#""tax_id":"\#(nul)""#, "tax_id"), (#""locale":"\#(nul)""#, "locale"),
                (#""owner":{"email":"o@example.com","name":"\#(nul)"}"#, "owner.name"),
                (#""owner":{"email":"o@example.com","external_id":"\#(nul)"}"#, "owner.external_id"),
            ]
            for (field, location) in fields + addresses {
                let body = #"{"email":"a@example.com",\#(field)}"#
                let answer = try await server.call(.post, Self.path, body: body)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == ["value_error body.individual.\(location)"], "\(field)")
                #expect(answer.messages == [Self.words], "\(field)")
            }
            let email = try await server.call(.post, Self.path, body: #"{"email":"a\u0000@example.com"}"#)
            #expect(email.issues == ["value_error body.individual.email"])
            #expect(email.messages.first?.hasSuffix("invalid characters before the @-sign: U+0000.") == true)
            #expect(try await server.emails("").isEmpty)
        }
    }

    @Test func refusesNULInEveryQueryAndPath() async throws {
        try await withServer { server in
            for (query, location) in [
                ("query=a%00", "query.query"), ("email=a%00@b.co", "query.email"),
                ("metadata[k]=%00", "query.metadata[k]"),
            ] {
                let answer = try await server.call(.get, "\(Self.path)?\(query)")
                #expect(answer.status == .unprocessableContent)
                #expect(answer.issues == ["value_error \(location)"])
                #expect(answer.messages == [Self.words])
            }
            #expect(try await server.call(.get, "\(Self.path)?metadata[%00]=1").status == .unprocessableContent)
            for (method, path) in [
                (.get, "a%00"), (.get, "%00/state"), (.get, "%00/payment-methods"), (.patch, "%00"), (.delete, "%00"),
                (.put, "a%00"), (.post, "%00/members"), (.get, "x/members/%00"),
            ] as [(HTTPRequest.Method, String)] {
                let hasBody = method == .patch || method == .put || method == .post
                let body = hasBody ? #"{"email":"a@example.com"}"# : nil
                let answer = try await server.call(method, "/v1/customers/external/\(path)", body: body)
                #expect(answer.status == .unprocessableContent, "\(method) \(path)")
                #expect(answer.messages == [Self.words])
            }
        }
    }

    @Test func refusesWhatIsNoJSON() async throws {
        try await withServer { server in
            for text in [
                #"{"email":"a@example.com","name":"\ud800"}"#, #"{"email":"a@example.com","name":"\udc00x"}"#,
                #"{"email":"a@example.com","metadata":{"a":NaN}}"#,
                #"{"email":"a@example.com","metadata":{"a":Infinity}}"#,
                #"{"email":"a@example.com","metadata":{"a":1e400}}"#,
                #"{"email":"a@example.com","metadata":{"a":-1e400}}"#,
                "{", #"{"email":"a@b.co""#, "{]", "nul", "'a'", #"{"a":1,}"#, #"{"a":01}"#, "1 2", " ", "\u{FEFF}",
            ] {
                let answer = try await server.call(.post, Self.path, body: text)
                #expect(answer.status == .unprocessableContent, "\(text)")
                let item = try #require(answer.json["detail"]?.array?.first)
                #expect(item.text("type") == "json_invalid" && item.text("msg") == "JSON decode error", "\(text)")
                #expect(item["input"] == .object([]))
                #expect(item["loc"]?.array?.first == "body" && item["loc"]?.array?.last?.integer != nil)
            }
        }
    }

    @Test func tellsBytesThatAreNoUTF8Apart() async throws {
        try await withServer { server in
            for bytes: [UInt8] in [
                [0xFF], [0x22, 0xC3, 0x22], [0x7B, 0x22, 0xED, 0xA0, 0x80, 0x22, 0x3A, 0x31, 0x7D],
            ] {
                let answer = try await server.call(.post, Self.path, bytes: bytes)
                #expect(answer.status == .badRequest)
                #expect(answer.text == #"{"detail":"There was an error parsing the body"}"#)
            }
            let marked = [0xEF, 0xBB, 0xBF] + Array(#"{"email":"first@example.com","email":"a@example.com"}"#.utf8)
            let answer = try await server.call(.post, Self.path, bytes: marked)
            #expect(answer.status == .created)
            #expect(answer.json.text("email") == "a@example.com")
        }
    }

    @Test func keepsEveryDigitOfAGreatInteger() async throws {
        try await withServer { server in
            let number = "1" + String(repeating: "0", count: 30)
            let metadata = #"{"a":\#(number),"b":-\#(number),"c":9223372036854775807,"d":1.0,"e":1e2,"f":-0}"#
            let made = try await server.call(
                .post,
                Self.path,
                body: #"{"email":"a@example.com","metadata":\#(metadata)}"#
            )
            #expect(made.status == .created)
            #expect(made.text.contains(#""metadata":{"a":\#(number),"b":-\#(number),"c":9223372036854775807,"d":1.0,"#))
            #expect(try await server.call(.get, Self.path + made.json.id).text == made.text)
            #expect(try await server.emails("metadata[a]=\(number)") == ["a@example.com"])
        }
    }

    @Test func limitsAnExternalID() async throws {
        try await withServer { server in
            func body(_ email: String, _ externalID: String) -> String {
                #"{"email":"\#(email)@example.com","external_id":"\#(externalID)"}"#
            }
            let long = String(repeating: "x", count: 6_000)
            let answer = try await server.call(.post, Self.path, body: body("a", long))
            #expect(answer.status == .unprocessableContent)
            #expect(answer.issues == ["string_too_long body.individual.external_id"])
            let fit = String(repeating: "y", count: 2_000)
            let made = try await server.customer(body("a", fit))
            #expect(made.text("external_id") == fit)
            #expect(try await server.call(.get, "\(Self.path)external/\(fit)").json.id == made.id)
            #expect(try await server.call(.get, "\(Self.path)external/\(long)").status == .notFound)
            let id = try await server.customerID("b@example.com")
            #expect(
                try await server.patch(id, #"{"external_id":"\#(long)"}"#).issues == [
                    "string_too_long body.external_id"
                ]
            )
        }
    }

    @Test func showsNothingOnAPageBeyondAllNumbers() async throws {
        try await withServer { server in
            _ = try await server.customerID("a@example.com")
            for page in [
                "2", "9223372036854775807", "9223372036854775808", "99999999999999999999", "922337203685477581",
            ] {
                for query in ["", "&query=a", "&limit=100", "&organization_id=\(server.organizationA.text)"] {
                    let answer = try await server.call(.get, "\(Self.path)?page=\(page)\(query)")
                    #expect(answer.status == .ok)
                    #expect(answer.text == #"{"items":[],"pagination":{"total_count":1,"max_page":1}}"#)
                }
            }
            for page in ["-9223372036854775808", "-99999999999999999999", "0", "-1"] {
                let answer = try await server.call(.get, "\(Self.path)?page=\(page)")
                #expect(answer.issues == ["greater_than query.page"])
            }
        }
    }

    @Test func takesMetadataForNothingElse() async throws {
        try await withServer { server in
            let metadata = #"{"__external_id":"x","__anonymized_at":"2020-01-01T00:00:00Z","plan":"pro"}"#
            let body = #"{"email":"ada@example.com","name":"Ada","metadata":\#(metadata)}"#
            let made = try await server.customer(body)
            #expect(made["external_id"] == .null)
            #expect(made["metadata"]?.text == metadata)
            #expect(try await server.call(.get, Self.path + made.id).text == made.text)
            #expect(try await server.call(.get, "\(Self.path)external/x").status == .notFound)
            #expect(try await server.call(.delete, "\(Self.path)\(made.id)?anonymize=true").status == .noContent)
            let columns = ["email", "name", "metadata", "former_external_id"]
            let row = try #require(try await server.kept(columns, in: "customers").first)
            #expect(row[0]?.hasSuffix("@anonymized.polar.sh") == true)
            #expect(row[1]?.wholeMatch(of: #/[0-9a-f]{64}/#) != nil)
            #expect(row[2] == metadata)
            #expect(row[3] == nil)
        }
    }

    @Test func survivesDepth() async throws {
        try await withServer { server in
            for depth in [127, 128, 129, 10_000, 1_000_000] {
                let nest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                for body in [nest, #"{"email":"a@example.com","metadata":{"a":\#(nest)}}"#] {
                    let answer = try await server.call(.post, Self.path, body: body)
                    #expect(answer.status == .unprocessableContent)
                    #expect(answer.text.hasPrefix(#"{"error":"RequestValidationError","detail":[{"type":""#))
                }
                let open = try await server.call(
                    .post,
                    Self.path,
                    body: String(repeating: #"{"a":"#, count: depth)
                )
                #expect(open.issues.first?.hasPrefix("json_invalid body.") == true)
            }
        }
    }

    @Test func survivesAHundredThousandPairs() async throws {
        try await withServer { server in
            let pairs = (0..<100_000).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
            let answer = try await server.call(
                .post,
                Self.path,
                body: #"{"email":"a@example.com","metadata":{\#(pairs)}}"#
            )
            #expect(answer.status == .unprocessableContent)
            #expect(answer.issues == ["too_long body.individual.metadata"])
            #expect(
                answer.messages == ["Dictionary should have at most 50 items after validation, not 100000"]
            )
        }
    }
}
