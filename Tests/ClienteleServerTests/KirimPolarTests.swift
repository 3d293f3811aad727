import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// One customer in two dialects: what the one makes, the other reads, changes and takes away.
struct KirimPolarTests {
    @Test func sharesWhatPolarMade() async throws {
        try await withServer { server in
            let made = try await server.customer(#"{"email":"a@b.co","name":"Ada","metadata":{"x":1}}"#)
            let path = "/v1/customers/\(Spelling.kirimID(made.id))"
            let seen = try await server.kirim(.get, path)
            #expect(try await server.kirim(.get).listed.map(\.id) == [seen.data.id])
            let expected = [
                ("id", Spelling.kirimID(made.id)), ("name", "Ada"), ("email", "a@b.co"), ("status", "active"),
                ("updated_at", seen.data.text("created_at")),
            ]
            for (name, value) in expected { #expect(seen.data.text(name) == value) }
            #expect(seen.data["metadata"]?.text == #"{"x":1}"#)
            server.clock.pass(seconds: 3)
            _ = try await server.kirim(.patch, path, #"{"name":"Eve","email":"e@b.co","metadata":{"y":2}}"#)
            let changed = try await server.call(.get, "/v1/customers/\(made.id)").json
            #expect(changed.text("name") == "Eve" && changed.text("email") == "e@b.co")
            #expect(changed["metadata"]?.text == #"{"y":2}"# && changed["modified_at"] != .null)
            #expect(try await server.members(of: made.id).map { $0.text("email") } == ["e@b.co"])
            _ = try await server.kirim(.delete, path)
            #expect(try await server.call(.get, "/v1/customers/\(made.id)").json.text("name") == "Eve")
            #expect(try await server.call(.get, "/v1/customers/").items.map(\.id) == [made.id])
            #expect(try await server.call(.delete, "/v1/customers/\(made.id)").status == .noContent)
            for method in [HTTPRequest.Method.get, .patch, .delete] {
                let answer = try await server.kirim(method, path, method == .patch ? "{}" : nil)
                #expect(answer.refusal == kirimNotFound)
            }
            #expect(try await server.kirim(.get).listed.isEmpty)
        }
    }

    @Test func sharesWhatKirimMade() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer(#"{"name":"Toko","email":"a@b.co","metadata":{"x":1}}"#)
            let path = "/v1/customers/\(Spelling.uuid(made.id))"
            let seen = try await server.call(.get, path).json
            #expect(seen.text("name") == "Toko" && seen.text("email") == "a@b.co" && seen.text("type") == "team")
            #expect(seen["metadata"]?.text == #"{"x":1}"#)
            server.clock.pass(seconds: 3)
            let body = #"{"name":"Other","email":"c@b.co","external_id":"e","metadata":{"z":true}}"#
            #expect(try await server.call(.patch, path, body: body).status == .ok)
            let changed = try await server.kirim(.get, "/v1/customers/\(made.id)").data
            #expect(changed.text("name") == "Other" && changed.text("email") == "c@b.co")
            #expect(changed["metadata"]?.text == #"{"z":true}"#)
            #expect(changed.text("updated_at") == "2026-01-01T00:00:03.000Z")
            #expect(changed["created_at"] == made["created_at"] && changed["status"] == made["status"])
            _ = try await server.kirim(.delete, "/v1/customers/\(made.id)")
            #expect(try await server.call(.get, "/v1/customers/external/e").json.id == Spelling.uuid(made.id))
            let gone = try await server.call(.delete, "/v1/customers/external/e?anonymize=true")
            #expect(gone.status == .noContent)
            #expect(try await server.kirim(.get, "/v1/customers/\(made.id)").refusal == kirimNotFound)
        }
    }

    /// Kirim's customer must be called something, which Polar does not demand.
    @Test func callsANamelessCustomerByWhatItHas() async throws {
        try await withServer { server in
            let id = try await server.customerID("a@b.co")
            let path = "/v1/customers/\(Spelling.kirimID(id))"
            #expect(try await server.kirim(.get, path).data.text("name") == "a@b.co")
            _ = try await server.kirim(.patch, path, #"{"email":null,"metadata":{"x":1}}"#)
            #expect(try await server.kirim(.get, path).data.text("name") == "a@b.co")
            #expect(try await server.call(.get, "/v1/customers/\(id)").json["name"] == .null)
            for (index, name) in [#""""#, #""  ""#, "null"].enumerated() {
                let id = try await server.customer(#"{"email":"n\#(index)@b.co","name":\#(name)}"#).id
                let seen = try await server.kirim(.get, "/v1/customers/\(Spelling.kirimID(id))").data
                #expect(seen.text("name") == "n\(index)@b.co", "\(name)")
            }
        }
    }

    @Test func losesNoneOfManyChangesAtOnce() async throws {
        try await withServer { server in
            try await server.liftLimits()
            let uuid = try await server.customerID("a@b.co")
            let path = "/v1/customers/\(uuid)"
            func version() async throws -> Int {
                let tag = try await server.call(.get, path).headers[.eTag] ?? ""
                return Int(tag.filter { $0 != "\"" }) ?? 0
            }
            let before = try await version()
            let answers = try await atOnce(60) { index in
                if index % 2 == 0 {
                    let body = #"{"name":"N\#(index)"}"#
                    let answer = try await server.kirim(.patch, "/v1/customers/\(Spelling.kirimID(uuid))", body)
                    return answer.data.text("name") == "N\(index)"
                }
                let answer = try await server.call(.patch, path, body: #"{"billing_name":"B\#(index)"}"#)
                let locale = try await server.call(.patch, path, body: #"{"metadata":{"i":\#(index)}}"#)
                return answer.status == .ok && locale.json["metadata"]?["i"] == .integer(Int64(index))
            }
            #expect(answers == Array(repeating: true, count: 60))
            #expect(try await version() >= before + 60)
            let after = try await server.call(.get, path).json
            #expect(after.text("name").hasPrefix("N") && after["metadata"]?["i"] != nil)
        }
    }

    /// Two fields of each of many customers, one through each dialect: afterwards both have their new values.
    @Test func changesDifferentFieldsAtOnce() async throws {
        try await withServer { server in
            try await server.liftLimits()
            var ids: [String] = []
            for index in 0..<30 { ids.append(try await server.customerID("n\(index)@b.co")) }
            let customers = ids
            let statuses = try await atOnce(60) { index in
                let id = customers[index / 2]
                guard index % 2 == 0 else {
                    let body = #"{"metadata":{"by":"polar"},"locale":"de"}"#
                    return try await server.call(.patch, "/v1/customers/\(id)", body: body).status
                }
                let path = "/v1/customers/\(Spelling.kirimID(id))"
                return try await server.kirim(.patch, path, #"{"name":"K","status":"suspended"}"#).status
            }
            #expect(statuses == Array(repeating: .ok, count: 60))
            for customer in try await server.kirim(.get, "/v1/customers?limit=100").listed {
                #expect(customer.text("name") == "K" && customer.text("status") == "suspended")
                #expect(customer["metadata"]?.text == #"{"by":"polar"}"#)
                #expect(
                    try await server.call(.get, "/v1/customers/\(Spelling.uuid(customer.id))").text.contains(#""de""#)
                )
            }
        }
    }

    @Test func makesATeamOfAnIndividualWithoutAnEmail() async throws {
        try await withServer { server in
            let id = try await server.customer(#"{"email":"a@b.co","name":"Ada","external_id":"e"}"#).id
            let cleared = try await server.kirimPatch(Spelling.kirimID(id), #"{"email":null}"#)
            #expect(cleared["email"] == .null && cleared.text("name") == "Ada")
            for path in ["/v1/customers/\(id)", "/v1/customers/external/e"] {
                let seen = try await server.call(.get, path).json
                #expect(seen.text("type") == "team" && seen["email"] == .null)
                #expect(try await server.call(.get, "\(path)/state").json.text("type") == "team")
            }
            #expect(try await server.members(of: id).map { $0.text("email") + $0.text("role") } == ["a@b.coowner"])
            #expect(try await server.call(.get, "/v1/customers/").items.map(\.id) == [id])
            // The address is free again.
            #expect(try await server.emails("email=a@b.co").isEmpty)
            _ = try await server.customerID("a@b.co")
            let back = try await server.kirimPatch(Spelling.kirimID(id), #"{"email":"a@b.co"}"#)
            #expect(back.text("email") == "a@b.co")
            #expect(try await server.emails("email=a@b.co").count == 2)
        }
    }

    @Test func showsPolarNestedMetadataAsText() async throws {
        try await withServer { server in
            let sent = #"{"a":{"b":[1,2]},"c":[],"d":null,"e":":{","f":1.5,"g":true,"h":"null"}"#
            let shown = #"{"a":"{\"b\":[1,2]}","c":"[]","d":"null","e":":{","f":1.5,"g":true,"h":"null"}"#
            let id = try await server.kirimCustomer(#"{"name":"A","email":"a@b.co","metadata":\#(sent)}"#).id
            let path = "/v1/customers/\(Spelling.uuid(id))"
            for answer in [
                try await server.call(.get, path).json, try await server.call(.get, "\(path)/state").json,
                try await server.call(.get, "/v1/customers/").items.first ?? .null,
                try await server.call(.patch, path, body: #"{"name":"B"}"#).json,
            ] {
                #expect(answer["metadata"]?.text == shown)
            }
            #expect(try await server.kirim(.get, "/v1/customers/\(id)").data["metadata"]?.text == sent)
            #expect(try await server.emails("metadata[f]=1.5").count == 1)
            for none in ["null", "{}"] {
                _ = try await server.kirimPatch(id, #"{"metadata":\#(none)}"#)
                #expect(try await server.call(.get, path).json["metadata"]?.text == "{}")
                #expect(try await server.emails("metadata[f]=1.5").isEmpty)
            }
        }
    }

    /// An address is one customer's alone among Polar's, whoever has it among Kirim's.
    @Test func keepsAddressesUniqueAmongPolarsCustomers() async throws {
        try await withServer { server in
            let body = #"{"name":"A","email":"a@b.co"}"#
            let first = try await server.kirimCustomer(body).id
            let polar = try await server.customerID("a@b.co")
            _ = try await server.kirimCustomer(body)
            for email in ["a@b.co", "A@b.co"] {
                let answer = try await server.call(.post, "/v1/customers/", body: #"{"email":"\#(email)"}"#)
                #expect(answer.issues == ["value_error body.email"])
            }
            let other = try await server.customerID("c@b.co")
            #expect(try await server.patch(other, #"{"email":"a@b.co"}"#).issues == ["value_error body.email"])
            let upsert = try await server.call(.put, "/v1/customers/external/x", body: #"{"email":"a@b.co"}"#)
            #expect(upsert.issues == ["value_error body.email"])
            #expect(try await server.emails("email=a@b.co").count == 3)
            _ = try await server.kirim(.delete, "/v1/customers/\(first)")
            #expect(try await server.call(.delete, "/v1/customers/\(polar)").status == .noContent)
            #expect(try await server.patch(other, #"{"email":"a@b.co"}"#).status == .ok)
        }
    }

    /// To send a customer the address that it has claims none, also where one of Polar's has the same.
    @Test func letsPolarResendAnAddressThatIsShared() async throws {
        try await withServer { server in
            let shared = Spelling.uuid(try await server.kirimCustomer(#"{"name":"A","email":"a@b.co"}"#).id)
            _ = try await server.customerID("a@b.co")
            let answer = try await server.patch(shared, #"{"email":"a@b.co","name":"B"}"#)
            #expect(answer.status == .ok && answer.json.text("name") == "B", "\(answer.text)")
        }
    }

    /// A customer that has neither an address nor an owner is nothing that a route of Polar's stumbles over.
    @Test func servesACustomerWithoutAnOwner() async throws {
        try await withServer { server in
            let id = Spelling.uuid(try await server.kirimCustomer().id)
            let path = "/v1/customers/\(id)"
            let product = try await server.freeProduct()
            for read in [path, "\(path)/state", "\(path)/payment-methods", "/v1/customers/", "/v1/customers/export"] {
                #expect(try await server.call(.get, read).status == .ok, "\(read)")
            }
            #expect(try await server.members(of: id).isEmpty)
            #expect(try await server.patch(id, #"{"external_id":"e","locale":"de"}"#).status == .ok)
            _ = try await server.subscribe(id, to: product)
            let member = #"{"email":"m@b.co","name":"M"}"#
            #expect(try await server.call(.post, "\(path)/members", body: member).status == .created)
            #expect(try await server.members(of: id).map { $0.text("role") } == ["owner"])
            let query = #"{"external_ids":["e"]}"#
            #expect(try await server.call(.post, "/v1/customers/state/query", body: query).items.count == 1)
            #expect(try await server.patch(id, #"{"email":"t@b.co"}"#).json.text("email") == "t@b.co")
            #expect(try await server.call(.delete, "\(path)?anonymize=true").status == .noContent)
            #expect(try await server.call(.get, path).status == .notFound)
        }
    }
}
