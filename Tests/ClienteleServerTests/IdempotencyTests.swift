import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What an `Idempotency-Key` promises: `spec/kirim.md` §4 and §9.13, and the same in Polar's dialect.
struct IdempotencyTests {
    /// Sends a create of a dialect: what is made differs by name alone.
    static func create(
        _ server: TestServer,
        _ key: String?,
        token: String = "kirim_A",
        name: String = "Ada"
    ) async throws -> TestResponse {
        let email = name.lowercased().replacing(" ", with: "") + "@b.co"
        let body = token.hasPrefix("kirim") ? #"{"name":"\#(name)"}"# : #"{"email":"\#(email)","name":"\#(name)"}"#
        return try await server.call(.post, "/v1/customers/", token: token, body: body, headers: keyed(key))
    }

    /// What is refused for a key that another call had.
    private static func isReuse(_ answer: TestResponse) -> Bool {
        answer.refusal == "422 invalid_request_error idempotency_key_reuse Idempotency-Key"
            || answer.status == .unprocessableContent && answer.json.text("error") == "IdempotencyKeyReused"
    }

    private static func count(_ server: TestServer, token: String = "A") async throws -> Int {
        try await server.call(.get, "/v1/customers/?limit=100", token: token).items.count
    }

    @Test(arguments: ["kirim_A", "A"])
    func answersTheSameCallTheSame(_ token: String) async throws {
        try await withServer { server in
            let first = try await Self.create(server, "k", token: token)
            #expect(first.status == .created && first.replayed == "false")
            server.clock.pass(seconds: 3_600)
            for _ in 0..<3 {
                let again = try await Self.create(server, "k", token: token)
                #expect(again.status == .created && again.replayed == "true")
                #expect(again.text == first.text)
                #expect(again.headers[.eTag] == first.headers[.eTag])
                #expect(again.headers[.contentType] == first.headers[.contentType])
                if token == "kirim_A" { #expect(again.requestID == again.json["request_id"]?.string) }
            }
            #expect(try await Self.count(server) == 1)
            let other = try await Self.create(server, "other", token: token, name: "Bob")
            #expect(other.status == .created && other.replayed == "false")
            #expect(try await Self.create(server, nil, token: token, name: "Cyd").replayed == nil)
            #expect(try await Self.count(server) == 3)
        }
    }

    @Test(arguments: ["kirim_A", "A"])
    func refusesAnotherCallOfTheKey(_ token: String) async throws {
        try await withServer { server in
            let first = try await Self.create(server, "k", token: token)
            for name in ["Bob", "ada", "Ada "] {
                #expect(Self.isReuse(try await Self.create(server, "k", token: token, name: name)), "\(name)")
            }
            let invalid = try await server.call(.post, "/v1/customers", token: token, body: "{}", headers: keyed("k"))
            #expect(Self.isReuse(invalid))
            #expect(try await Self.create(server, "k", token: token).text == first.text)
            #expect(try await Self.create(server, "K", token: token, name: "Cyd").status == .created)
            #expect(try await Self.count(server) == 2)
        }
    }

    /// How JSON is written does not matter, but what it says.
    @Test(arguments: ["kirim_A", "A"])
    func knowsACallByWhatItSays(_ token: String) async throws {
        try await withServer { server in
            func call(_ body: String) async throws -> TestResponse {
                try await server.call(.post, "/v1/customers/", token: token, body: body, headers: keyed("k"))
            }
            let first = try await call(#"{"name":"Ada","email":"a@b.co","metadata":{"x":1,"y":"é","z":true}}"#)
            #expect(first.status == .created)
            for same in [
                #"{"email":"a@b.co","metadata":{"z":true,"y":"é","x":1},"name":"Ada"}"#,
                "\n{ \"name\" : \"Ada\",\t\"email\":\"a@b.co\", \"metadata\":{\"x\":1 ,\"y\":\"\\u00e9\",\"z\":true}}\r\n",
            ] {
                let again = try await call(same)
                #expect(again.replayed == "true" && again.text == first.text)
            }
            for other in [
                #"{"name":"Ada","email":"a@b.co","metadata":{"x":"1","y":"é","z":true}}"#,
                #"{"name":"Ada","email":"a@b.co","metadata":{"x":1,"y":"é"}}"#, #"{"name":"Ada","email":"a@b.co"}"#,
                #"{"name":"Ada","email":"a@b.co","metadata":{"x":1,"y":"é","z":true},"more":null}"#,
                #"{"name":"Ada","email":"a@b.co","metadata":{"x":1,"y":"e\u0301","z":true}}"#,
            ] {
                #expect(Self.isReuse(try await call(other)), "\(other)")
            }
        }
    }

    @Test func tellsPathsAndMethodsApart() async throws {
        try await withServer { server in
            let id = try await server.customerID("a@b.co")
            let path = "/v1/customers/\(id)"
            #expect(try await server.call(.delete, path, headers: keyed("k")).status == .noContent)
            #expect(Self.isReuse(try await server.call(.delete, "\(path)?anonymize=true", headers: keyed("k"))))
            #expect(Self.isReuse(try await server.call(.delete, "/v1/customers/\(unknownID)", headers: keyed("k"))))
            #expect(Self.isReuse(try await server.call(.patch, path, body: "{}", headers: keyed("k"))))
            #expect(Self.isReuse(try await Self.create(server, "k", token: "A")))
            #expect(try await server.call(.delete, path, headers: keyed("k")).replayed == "true")
            #expect(try await server.call(.delete, path, headers: keyed("k2")).status == .notFound)
        }
    }

    @Test(arguments: [("kirim_A", "A"), ("A", "kirim_A")])
    func givesNoDialectTheOthersAnswer(_ first: String, _ second: String) async throws {
        try await withServer { server in
            let body = #"{"name":"Ada","email":"a@b.co"}"#
            func call(_ token: String) async throws -> TestResponse {
                try await server.call(.post, "/v1/customers", token: token, body: body, headers: keyed("k"))
            }
            let made = try await call(first)
            let other = try await call(second)
            #expect(made.status == .created && Self.isReuse(other))
            #expect(other.names == (second == "A" ? ["error", "detail"] : ["error"]))
            #expect(try await call(first).text == made.text)
            #expect(try await Self.count(server) == 1)
        }
    }

    @Test func letsEveryOrganizationUseTheKey() async throws {
        try await withServer { server in
            var ids: Set<String> = []
            for token in ["kirim_A", "kirim_B"] {
                let first = try await Self.create(server, "k", token: token)
                #expect(first.replayed == "false" && first.status == .created)
                #expect(ids.insert(first.data.id).inserted)
                #expect(try await Self.create(server, "k", token: token).data == first.data)
            }
            for token in ["A", "B"] {
                let first = try await Self.create(server, "p", token: token, name: "Bob")
                #expect(first.replayed == "false" && ids.insert(first.json.id).inserted)
            }
        }
    }

    /// A refusal that would come again is an answer like any other, also after its cause has gone.
    @Test func repeatsARefusalOfPolars() async throws {
        try await withServer { server in
            let taken = try await server.customerID("ada@b.co")
            let first = try await Self.create(server, "k", token: "A")
            #expect(first.issues == ["value_error body.email"] && first.replayed == "false")
            let unknown = try await server.call(.delete, "/v1/customers/\(unknownID)", headers: keyed("d"))
            #expect(unknown.status == .notFound && unknown.replayed == "false")
            _ = try await server.call(.delete, "/v1/customers/\(taken)")
            let again = try await Self.create(server, "k", token: "A")
            #expect(again.status == first.status && again.text == first.text && again.replayed == "true")
            let gone = try await server.call(.delete, "/v1/customers/\(unknownID)", headers: keyed("d"))
            #expect(gone.text == unknown.text && gone.replayed == "true")
            #expect(try await Self.count(server) == 0)
            #expect(try await Self.create(server, "new", token: "A").status == .created)
        }
    }

    @Test func repeatsARefusalOfKirims() async throws {
        try await withServer { server in
            let team = try await server.organizations.createTeam(name: "T", in: server.organizationA)
            let first = try await Self.create(server, "k")
            #expect(first.refusal == "400 invalid_request_error missing_required_field team_id")
            #expect(first.replayed == "false")
            let again = try await Self.create(server, "k")
            #expect(again.text == first.text && again.refusal == first.refusal && again.replayed == "true")
            let body = #"{"name":"Ada","team_id":"\#(team.id.text)"}"#
            let other = try await server.kirim(.post, "/v1/customers", body, key: "k")
            #expect(Self.isReuse(other))
            #expect(try await Self.count(server) == 0)
        }
    }

    /// What may be answered otherwise soon is not kept: no plan's room, no bucket's token, no usable key.
    @Test(arguments: ["kirim_A", "A"])
    func keepsNoRefusalThatPasses(_ token: String) async throws {
        try await withServer { server in
            try await server.setPlan(Plan(customersMax: 0))
            #expect(try await Self.create(server, "k", token: token).status.code == 402)
            try await server.setPlan(Plan(withheld: [.customers]))
            #expect(try await Self.create(server, "k", token: token).status.code == 402)
            try await server.setPlan(nil)
            try await server.setLimits(writes: 1)
            #expect(try await Self.create(server, "other", token: token, name: "Bob").status == .created)
            #expect(try await Self.create(server, "k", token: token).status == .tooManyRequests)
            try await server.liftLimits()
            #expect(try await Self.create(server, "k", token: token + "_expired").status == .unauthorized)
            let first = try await Self.create(server, "k", token: token)
            #expect(first.status == .created && first.replayed == "false")
            try await server.setPlan(Plan(customersMax: 0))
            let again = try await Self.create(server, "k", token: token)
            #expect(again.text == first.text && again.replayed == "true")
        }
    }

    @Test(arguments: ["kirim_A", "A"])
    func takesKeysOfUpTo255Characters(_ token: String) async throws {
        try await withServer { server in
            for key in ["", String(repeating: "k", count: 256), String(repeating: "k", count: 1_000)] {
                let answer = try await Self.create(server, key, token: token)
                if token == "A" {
                    #expect(answer.issues.map { $0.hasSuffix("header.Idempotency-Key") } == [true])
                    #expect(answer.status == .unprocessableContent)
                } else {
                    #expect(answer.refusal == invalid("Idempotency-Key"))
                }
                #expect(answer.replayed == nil)
            }
            #expect(try await Self.count(server) == 0)
            for (index, key) in [String(repeating: "k", count: 255), "k", "a b;\"c\"", "%00"].enumerated() {
                for replayed in ["false", "true"] {
                    let answer = try await Self.create(server, key, token: token, name: "N\(index)")
                    #expect(answer.status == .created && answer.replayed == replayed, "\(key)")
                }
            }
        }
    }

    @Test(arguments: ["kirim_A", "A"])
    func forgetsAKeyAfterADay(_ token: String) async throws {
        try await withServer { server in
            let first = try await Self.create(server, "k", token: token)
            server.clock.pass(seconds: 86_399)
            #expect(try await Self.create(server, "k", token: token).text == first.text)
            server.clock.pass(seconds: 1)
            let second = try await Self.create(server, "k", token: token, name: "Bob")
            #expect(second.status == .created && second.replayed == "false" && second.text != first.text)
            server.clock.pass(seconds: 86_399)
            #expect(try await Self.create(server, "k", token: token, name: "Bob").text == second.text)
            #expect(try await Self.count(server) == 2)
        }
    }

    @Test func isIgnoredByKirimsOtherMethods() async throws {
        try await withServer { server in
            let path = "/v1/customers/\(try await Self.create(server, "k").data.id)"
            for name in ["Bob", "Cyd"] {
                for key in ["k", "own", "", String(repeating: "k", count: 300)] {
                    let answer = try await server.kirim(.patch, path, #"{"name":"\#(name)\#(key.count)"}"#, key: key)
                    #expect(answer.data.text("name") == "\(name)\(key.count)" && answer.replayed == nil)
                }
            }
            let deleted = try await server.kirim(.delete, path, key: "own")
            #expect(deleted.data.text("status") == "archived" && deleted.replayed == nil)
            _ = try await server.kirim(.patch, path, #"{"status":"active"}"#)
            #expect(try await server.kirim(.delete, path, key: "own").data.text("status") == "archived")
            #expect(try await server.kirim(.get, path, key: "k").replayed == nil)
            #expect(try await server.kirim(.post, "/v1/customers", #"{"name":"Own"}"#, key: "own").replayed == "false")
        }
    }

    /// Reading changes nothing, so it is never answered from memory.
    @Test func isIgnoredByPolarsReads() async throws {
        try await withServer { server in
            let query = #"{"external_ids":["e"]}"#
            for count in 0..<2 {
                let list = try await server.call(.get, "/v1/customers/", headers: keyed("k"))
                let states = try await server.call(.post, "/v1/customers/state/query", body: query, headers: keyed("k"))
                #expect(list.items.count == count && list.replayed == nil)
                #expect(states.items.count == count && states.replayed == nil)
                if count == 0 { _ = try await server.customer(#"{"email":"a@b.co","external_id":"e"}"#) }
            }
        }
    }

    @Test(arguments: ["kirim_A", "A"])
    func givesTheFirstAnswerWhateverBecameOfTheCustomer(_ token: String) async throws {
        try await withServer { server in
            let first = try await Self.create(server, "k", token: token)
            let id = token == "A" ? first.json.id : Spelling.uuid(first.data.id)
            #expect(try await server.patch(id, #"{"name":"Changed"}"#).status == .ok)
            #expect(try await Self.create(server, "k", token: token).text == first.text)
            _ = try await server.kirim(.delete, "/v1/customers/\(Spelling.kirimID(id))")
            #expect(try await Self.create(server, "k", token: token).text == first.text)
            #expect(try await server.call(.delete, "/v1/customers/\(id)").status == .noContent)
            let last = try await Self.create(server, "k", token: token)
            #expect(last.text == first.text && last.replayed == "true" && last.headers[.eTag] == first.headers[.eTag])
            #expect(try await Self.count(server) == 0)
        }
    }

    /// The background takes away what was kept for a day, and nothing before.
    @Test func keepsNothingForEver() async throws {
        try await withServer { server in
            let calls = KeyedCalls(store: server.store, surroundings: server.clock.surroundings)
            func kept() async throws -> Int {
                try await server.store.engine.read { try $0.rows("SELECT key FROM answers") { _ in }.count }
            }
            _ = try await Self.create(server, "k1")
            server.clock.pass(seconds: 43_200)
            _ = try await Self.create(server, "k2", token: "A", name: "Bob")
            for expected in [2, 1, 0] {
                #expect(try await calls.forgetSome() == false)
                #expect(try await kept() == expected)
                server.clock.pass(seconds: 43_201)
            }
        }
    }
}
