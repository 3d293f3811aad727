import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// The customer of `spec/kirim.md` §1 and its envelopes (§2).
struct KirimCustomerTests {
    static let members = [
        "id", "object", "name", "email", "status", "metadata", "archived_at", "team_id", "created_at", "updated_at",
    ]

    @Test func writesEveryMemberInOrderAndNoOther() async throws {
        try await withServer { server in
            let created = try await server.kirim(.post, "/v1/customers", #"{"name":"Toko","email":"a@b.co"}"#)
            let path = "/v1/customers/\(created.data.id)"
            let answers = [
                (created, Self.members), (try await server.kirim(.patch, path, "{}"), Self.members),
                (try await server.kirim(.get, path), Self.members + ["whatsapp_accounts"]),
                (try await server.kirim(.delete, path), Self.members + ["archived"]),
            ]
            for (answer, members) in answers {
                #expect(answer.names == ["data", "request_id"])
                #expect(answer.data.object?.map(\.name) == members)
                #expect(answer.headers[.contentType] == "application/json")
            }
            let list = try await server.kirim(.get)
            #expect(list.names == ["data", "has_more", "next_cursor", "request_id"])
            #expect(list.listed.map { $0.object?.map(\.name) } == [Self.members])
        }
    }

    @Test func createsAPendingCustomer() async throws {
        try await withServer { server in
            let answer = try await server.kirim(
                .post,
                "/v1/customers",
                #"{"name":"Toko Maju","metadata":{"crm":"C-1"}}"#
            )
            let team = try await server.kirim(.get, "/v1/me").data["teams"]?.array?.first?.id ?? ""
            let moment = "2026-01-01T00:00:00.000Z"
            #expect(answer.status == .created)
            #expect(
                answer.data.text == """
                    {"id":"\(answer.data.id)","object":"customer","name":"Toko Maju","email":null,"status":"pending",\
                    "metadata":{"crm":"C-1"},"archived_at":null,"team_id":"\(team)","created_at":"\(moment)",\
                    "updated_at":"\(moment)"}
                    """
            )
            let one = try await server.kirim(.get, "/v1/customers/\(answer.data.id)")
            #expect(one.data.text == answer.data.text.dropLast() + #","whatsapp_accounts":[]}"#)
            #expect(try await server.kirim(.get).listed == [answer.data])
        }
    }

    @Test func idsAreTheBitsOfTheOtherDialects() async throws {
        try await withServer { server in
            for index in 0..<20 {
                let id = try await server.kirimCustomer(#"{"name":"\#(index)"}"#).id
                #expect(id.wholeMatch(of: /cus_[0-7][0-9A-HJKMNP-TV-Z]{25}/) != nil)
                let polar = try await server.call(.get, "/v1/customers/?limit=1").items.first?.id ?? ""
                #expect(Spelling.uuid(id) == polar)
                #expect(Spelling.kirimID(polar) == id)
                #expect(try await server.kirim(.get, "/v1/customers/\(Spelling.kirimID(polar))").status == .ok)
            }
        }
    }

    @Test func givesEveryRequestAnIDOfItsOwn() async throws {
        try await withServer { server in
            let name = try #require(HTTPField.Name("X-Request-Id"))
            let id = try await server.kirimCustomer().id
            var seen: Set<String> = []
            for (method, path) in [
                (HTTPRequest.Method.get, "/v1/customers"), (.get, "/v1/me"), (.get, "/v1/customers/\(id)"),
                (.delete, "/v1/customers/\(id)"), (.get, "/v1/customers/\(unknownKirimID)"), (.get, "/v1/nothing"),
                (.put, "/v1/me"), (.post, "/v1/customers"), (.get, "/v1/customers?limit=0"),
            ] {
                let body = method == .post ? #"{"name":"A"}"# : nil
                let answer = try await server.call(method, path, token: "kirim_A", body: body, headers: [name: "mine"])
                let inBody = answer.json["request_id"]?.string ?? answer.json["error"]?["request_id"]?.string
                let id = try #require(answer.requestID, "\(method) \(path)")
                #expect(id == inBody, "\(method) \(path)")
                #expect(seen.insert(id).inserted)
            }
        }
    }

    /// Every status may follow every other; `archived_at` is there exactly while the customer is archived.
    @Test func goesFromEveryStatusToEveryOther() async throws {
        try await withServer { server in
            try await server.liftLimits()
            let id = try await server.kirimCustomer().id
            let statuses = ["pending", "active", "suspended", "archived"]
            for (from, to) in statuses.flatMap({ from in statuses.map { (from, $0) } }) {
                let before = try await server.kirimPatch(id, #"{"status":"\#(from)"}"#)
                server.clock.pass(seconds: 1)
                let after = try await server.kirimPatch(id, #"{"status":"\#(to)"}"#)
                #expect(after.text("status") == to)
                #expect((after["archived_at"]?.isNull == false) == (to == "archived"), "\(from) to \(to)")
                #expect((after == before) == (from == to), "\(from) to \(to)")
                if to == "archived", from != to { #expect(after["archived_at"] == after["updated_at"]) }
            }
        }
    }

    @Test func archivesOnDeletionAndKeepsTheCustomerReadable() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer(#"{"name":"A","email":"a@b.co","metadata":{"x":1}}"#)
            server.clock.pass(seconds: 90)
            let archived = try await server.kirim(.delete, "/v1/customers/\(made.id)")
            let moment = #""2026-01-01T00:01:30.000Z""#
            let expected = made.text.replacing(#""pending""#, with: #""archived""#)
                .replacing(#""archived_at":null"#, with: #""archived_at":\#(moment)"#)
                .replacing(/"updated_at":.*}/, with: #""updated_at":\#(moment)}"#)
            #expect(archived.status == .ok)
            #expect(archived.data.text == expected.dropLast() + #","archived":true}"#)
            server.clock.pass(seconds: 90)
            let again = try await server.kirim(.delete, "/v1/customers/\(made.id)")
            #expect(again.status == .ok && again.data == archived.data)
            #expect(try await server.kirim(.get).listed.map(\.text) == [expected])
        }
    }

    @Test func comesBackFromTheArchiveByAPatch() async throws {
        try await withServer { server in
            let id = try await server.kirimCustomer().id
            let archived = try await server.kirimPatch(id, #"{"status":"archived"}"#)
            server.clock.pass(seconds: 5)
            let deleted = try await server.kirim(.delete, "/v1/customers/\(id)").data
            #expect(deleted["archived_at"] == archived["archived_at"])
            let renamed = try await server.kirimPatch(id, #"{"name":"Other"}"#)
            #expect(renamed["archived_at"] == archived["archived_at"] && renamed.text("status") == "archived")
            let back = try await server.kirimPatch(id, #"{"status":"active"}"#)
            #expect(back["archived_at"] == .null && back.text("status") == "active")
            #expect(
                try await server.kirim(.delete, "/v1/customers/\(id)").data["archived_at"] != archived["archived_at"]
            )
        }
    }

    @Test(arguments: [HTTPRequest.Method.get, .patch, .delete])
    func refusesWhatIsNoID(_ method: HTTPRequest.Method) async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer().id
            let endings = ["I", "L", "O", "U", "%20", "%C3%A9"].map { "\(made.dropLast())\($0)" }
            let bodies = ["CUS_", "org_", "cus-", ""].map { "\($0)\(made.dropFirst(4))" }
            let others = [
                "x", "cus_", made.lowercased(), "\(made.dropLast())", made + "0", Spelling.uuid(made), "external",
            ]
            let malformed = endings + bodies + others
            for id in malformed {
                let answer = try await server.kirim(method, "/v1/customers/\(id)", method == .patch ? "{}" : nil)
                #expect(answer.refusal == invalid("id"), "\(id)")
            }
            let digit = try #require(made.dropFirst(4).first.flatMap { Int("\($0)") })
            // The same 128 bits with one more before them.
            let longer = "cus_" + "89ABCDEF".dropFirst(digit).prefix(1) + made.dropFirst(5)
            for id in [unknownKirimID, longer, "cus_Z" + made.dropFirst(5), "cus_8" + made.dropFirst(5)] {
                let answer = try await server.kirim(method, "/v1/customers/\(id)", method == .patch ? "{}" : nil)
                #expect(answer.refusal == kirimNotFound, "\(id)")
            }
            #expect(try await server.kirim(.get, "/v1/customers/\(made)").data.text("status") == "pending")
        }
    }
}
