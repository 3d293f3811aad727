import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.3 of the specification of the Polar dialect says of benefits.
struct BenefitTests {
    private static let path = "/v1/benefits/"
    private static let notFound = namedError("ResourceNotFound", "Benefit not found")

    @Test func answersTheWholeBenefitInThePublishedOrder() async throws {
        try await withServer { server in
            let body = """
                {"type":"custom","description":"A call a week","metadata":{"k":"v","n":2},"properties":{"note":"hi"}}
                """
            let answer = try await server.call(.post, Self.path, body: body)
            #expect(answer.status == .created)
            let (id, at) = (answer.json.id, answer.json.text("created_at"))
            let expected = """
                {"id":"\(id)","created_at":"\(at)","modified_at":null,"type":"custom","description":"A call a week",\
                "selectable":true,"deletable":true,"is_deleted":false,"organization_id":"\(server.organizationA.text)",\
                "metadata":{"k":"v","n":2},"visibility":"public","properties":{"note":"hi"},"is_tax_applicable":true,\
                "visibility_configurable":true}
                """
            #expect(answer.text == expected)
            #expect(try await server.call(.get, Self.path + id).text == expected)
            let list = #"{"items":[\#(expected)],"pagination":{"total_count":1,"max_page":1}}"#
            #expect(try await server.call(.get, Self.path).text == list)
        }
    }

    @Test func showsTheTaxOfCustomBenefitsAlone() async throws {
        try await withServer { server in
            let made = try await server.newBenefit(
                #"{"type":"feature_flag","description":"Beta","properties":{"unknown":1},"visibility":null,"x":1}"#
            )
            #expect(
                made.object?.map(\.name) == [
                    "id", "created_at", "modified_at", "type", "description", "selectable", "deletable", "is_deleted",
                    "organization_id", "metadata", "visibility", "properties", "visibility_configurable",
                ]
            )
            #expect(made["properties"] == [:] && made.text("visibility") == "private")
        }
    }

    @Test func letsACallerSayWhoSeesSomeKinds() async throws {
        try await withServer { server in
            let meter = try await server.countingMeter()
            for (kind, properties) in BenefitBodyTests.shortest(meter: meter) {
                let body = """
                    {"type":"\(kind)","description":"Some","properties":\(properties),"visibility":"private"}
                    """
                let isOpen = ["custom", "feature_flag", "license_keys", "meter_credit"].contains(kind)
                let made = try await server.newBenefit(body)
                #expect(made["visibility_configurable"] == .bool(isOpen), "\(kind)")
                #expect(made.text("visibility") == (isOpen ? "private" : "public"), "\(kind)")
                let shown = #"{"type":"\#(kind)","visibility":"public"}"#
                let answer = try await server.call(.patch, Self.path + made.id, body: shown)
                #expect(answer.status == .ok && answer.json.text("visibility") == "public", "\(kind)")
                // A kind that leaves it closed does not know the member, so that nothing about it can be wrong.
                let wrong = #"{"type":"\#(kind)","visibility":"x"}"#
                let refused = try await server.call(.patch, Self.path + made.id, body: wrong)
                #expect(refused.issues == (isOpen ? ["enum body.\(kind).visibility"] : []), "\(kind)")
            }
        }
    }

    @Test func changesWhatAnUpdateNamesAndNothingElse() async throws {
        try await withServer { server in
            let made = try await server.newBenefit(
                #"{"type":"custom","description":"Old","metadata":{"a":1},"properties":{"note":"n"}}"#
            )
            let path = Self.path + made.id
            for same in ["", #","description":null,"visibility":null,"properties":null,"unknown":1"#] {
                let answer = try await server.call(.patch, path, body: #"{"type":"custom"\#(same)}"#)
                #expect(answer.status == .ok && answer.json == made)
            }
            let body = """
                {"type":"custom","description":"New","metadata":{"b":2},"visibility":"private",\
                "properties":{"note":null}}
                """
            let changed = try await server.call(.patch, path, body: body)
            #expect(changed.json.text("description") == "New" && changed.json.text("visibility") == "private")
            #expect(changed.json["metadata"] == ["b": 2] && changed.json["properties"] == ["note": nil])
            #expect(changed.json.text("modified_at") > made.text("created_at"))
            #expect(try await server.call(.get, path).text == changed.text)
        }
    }

    @Test func keepsTheTypeForLife() async throws {
        try await withServer { server in
            let made = try await server.newBenefit(#"{"type":"custom","description":"Old","properties":{}}"#)
            let body = #"{"type":"feature_flag","description":"New"}"#
            let answer = try await server.call(.patch, Self.path + made.id, body: body)
            #expect(answer.status == .unprocessableContent)
            let words = "The type of a benefit cannot be changed."
            #expect(answer.text == serviceError(item("value_error", #"["body","type"]"#, words, #""feature_flag""#)))
            #expect(try await server.call(.get, Self.path + made.id).json == made)
        }
    }

    @Test func refusesMetersThatItDoesNotHave() async throws {
        try await withServer { server in
            let foreign = try await server.countingMeter(token: "B")
            let own = try await server.countingMeter()
            func body(_ meter: String) -> String {
                """
                {"type":"meter_credit","description":"Credit",\
                "properties":{"units":1,"rollover":false,"meter_id":"\(meter)"}}
                """
            }
            let made = try await server.newBenefit(body(own.uppercased()))
            #expect(made["properties"] == ["units": 1, "rollover": false, "meter_id": .string(own)])
            for meter in [unknownID, foreign] {
                let place = #"["body","properties","meter_id"]"#
                let issue = item("value_error", place, "This meter does not exist.", "\"\(meter)\"")
                let expected = #"{"error":"BenefitPropertiesValidationError","detail":[\#(issue)]}"#
                let create = try await server.call(.post, Self.path, body: body(meter))
                #expect(create.status == .unprocessableContent && create.text == expected)
                let update = try await server.call(.patch, Self.path + made.id, body: body(meter))
                #expect(update.status == .unprocessableContent && update.text == expected)
            }
            #expect(try await server.call(.get, Self.path).items == [made])
        }
    }

    @Test func deletesABenefitAndTakesItOutOfProducts() async throws {
        try await withServer { server in
            let (flag, other) = (try await server.flag("Flag"), try await server.flag("Other"))
            let product = try await server.freeProduct()
            try await server.give([flag, other], with: product)
            let answer = try await server.call(.delete, Self.path + flag)
            #expect(answer.status == .noContent && answer.text.isEmpty)
            #expect(try await server.names(of: Self.path, "description") == ["Other"])
            let shown = try await server.call(.get, "/v1/products/\(product)").json
            #expect(shown["benefits"]?.array?.map(\.id) == [other])
            for (method, body) in [
                (.get, nil), (.patch, #"{"type":"feature_flag"}"#), (.delete, nil),
            ] as [(HTTPRequest.Method, String?)] {
                let gone = try await server.call(method, Self.path + flag, body: body)
                #expect(gone.status == .notFound && gone.text == Self.notFound, "\(method)")
            }
            let body = #"{"benefits":["\#(flag)"]}"#
            let again = try await server.call(.post, "/v1/products/\(product)/benefits", body: body)
            #expect(again.issues == ["value_error body.benefits.0"])
        }
    }

    @Test func hidesABenefitFromOtherOrganizations() async throws {
        try await withServer { server in
            let flag = try await server.flag()
            let before = try await server.call(.get, Self.path + flag).text
            for (id, token) in [(flag, "B"), (unknownID, "A")] {
                for (method, path, body) in [
                    (.get, id, nil), (.patch, id, #"{"type":"feature_flag","description":"Mine"}"#),
                    (.patch, id, #"{"type":"custom"}"#), (.delete, id, nil), (.get, id + "/grants", nil),
                ] as [(HTTPRequest.Method, String, String?)] {
                    let answer = try await server.call(method, Self.path + path, token: token, body: body)
                    #expect(answer.status == .notFound && answer.text == Self.notFound, "\(method) \(path)")
                }
            }
            #expect(try await server.call(.get, Self.path, token: "B").items.isEmpty)
            #expect(try await server.call(.get, Self.path + flag).text == before)
            for (method, path, body) in [
                (.get, "nope", nil), (.patch, "nope", #"{"type":"feature_flag"}"#), (.delete, "nope", nil),
                (.get, "nope/grants", nil),
            ] as [(HTTPRequest.Method, String, String?)] {
                let answer = try await server.call(method, Self.path + path, body: body)
                #expect(answer.issues == ["uuid_parsing path.id"], "\(method) \(path)")
            }
        }
    }

    @Test func letsAReaderReadAndNeverWrite() async throws {
        try await withServer { server in
            let flag = try await server.flag()
            let reader = try await server.bearer([.benefitsRead])
            for (method, path, body) in [
                (.get, "benefits/", nil), (.get, "benefits/\(flag)", nil), (.get, "benefits/\(flag)/grants", nil),
                (.get, "benefit-grants/", nil), (.post, "benefits/", "{}"), (.patch, "benefits/\(flag)", "{}"),
                (.delete, "benefits/\(flag)", nil),
            ] as [(HTTPRequest.Method, String, String?)] {
                let answer = try await server.call(method, "/v1/\(path)", token: nil, body: body, headers: reader)
                #expect(answer.status == (method == .get ? .ok : .forbidden), "\(method) \(path)")
                let other = try await server.call(method, "/v1/\(path)", token: "A_products", body: body)
                #expect(other.status == .forbidden, "\(method) \(path)")
            }
            #expect(try await server.call(.get, Self.path + flag).status == .ok)
        }
    }

    @Test func filtersAndSortsAndPages() async throws {
        try await withServer { server in
            let ids = try await fill(server)
            for (query, names) in [
                ("", ["Cup 50%", "beta", "Alpha"]), ("type=custom", ["Cup 50%", "Alpha"]),
                ("type=custom&type=feature_flag", ["Cup 50%", "beta", "Alpha"]), ("type=discord", []),
                ("id=\(ids[0])&id=\(unknownID)", ["Alpha"]), ("exclude_id=\(ids[0])", ["Cup 50%", "beta"]),
                ("exclude_id=\(ids[0])&exclude_id=\(ids[2])&query=B", ["beta"]), ("query=%25", ["Cup 50%"]),
                ("query=ALPHA", ["Alpha"]), ("metadata[k]=true", ["beta"]), ("metadata[k]=true&metadata[k]=v", nil),
                ("organization_id=\(server.organizationB.text)", []),
                ("sorting=created_at", ["Alpha", "beta", "Cup 50%"]),
                ("sorting=description", ["Alpha", "beta", "Cup 50%"]),
                ("sorting=-description", ["Cup 50%", "beta", "Alpha"]),
                ("sorting=-type&sorting=created_at", ["beta", "Alpha", "Cup 50%"]),
                ("limit=1&page=2", ["beta"]), ("page=4", []),
            ] as [(String, [String]?)] {
                let found = try await server.names(of: Self.path + "?" + query, "description")
                #expect(found == names ?? ["beta", "Alpha"], "\(query)")
            }
            let order = try await server.call(.get, Self.path + "?sorting=user_order&sorting=-user_order")
            #expect(order.status == .ok && order.items.count == 3)
            let wrong = try await server.call(.get, Self.path + "?type=x&id=x&exclude_id=x&query=%00&sorting=x")
            #expect(wrong.status == .unprocessableContent)
            let first = wrong.issues.filter { !$0.contains("json-or-python") }
            #expect(
                first == [
                    "enum query.sorting.0", "enum query.type", "uuid_type query.id.uuid",
                    "uuid_type query.exclude_id.uuid", "value_error query.query",
                ]
            )
        }
    }

    /// Three benefits, the oldest first.
    private func fill(_ server: TestServer) async throws -> [String] {
        var ids: [String] = []
        for body in [
            #"{"type":"custom","description":"Alpha","properties":{},"metadata":{"k":"v"}}"#,
            #"{"type":"feature_flag","description":"beta","properties":{},"metadata":{"k":true}}"#,
            #"{"type":"custom","description":"Cup 50%","properties":{}}"#,
        ] {
            ids.append(try await server.newBenefit(body).id)
        }
        return ids
    }
}
