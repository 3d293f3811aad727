import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@Suite("States over HTTP")
struct StateTests {
    @Test func writesEveryMemberInOrder() async throws {
        try await withHolder { server, holder in
            _ = try await holder.subscribe(on: server)
            try await ingest(12, holder, server)
            let state = try await server.call(.get, "/v1/customers/\(holder.customer)/state")
            let byExternalID = try await server.call(.get, "/v1/customers/external/holder/state")
            #expect(byExternalID.text == state.text)
            let lists = ["active_subscriptions", "granted_benefits", "active_meters"]
            let names = try #require(state.json.object).map(\.name)
            let customer = try await server.call(.get, "/v1/customers/\(holder.customer)").json
            #expect(names == (customer.object ?? []).map(\.name) + lists)
            let expected = [
                """
                id created_at modified_at custom_field_data metadata status amount currency recurring_interval \
                current_period_start current_period_end trial_start trial_end cancel_at_period_end canceled_at started_at ends_at \
                product_id discount_id price_id meters
                """,
                "id created_at modified_at granted_at benefit_id benefit_type benefit_metadata properties",
                "id created_at modified_at meter_id consumed_units credited_units balance",
            ]
            for (list, members) in zip(lists, expected) {
                for item in state.json[list]?.array ?? [] {
                    #expect((item.object ?? []).map(\.name).joined(separator: " ") == members, "\(list)")
                }
            }
            #expect(state.text.hasSuffix(#""consumed_units":12.0,"credited_units":10,"balance":-2.0}]}"#))
            #expect(state.json["granted_benefits"]?.array?.count == 2)
            #expect(state.json["granted_benefits"]?.array?.map { $0["properties"] } == [[:], [:]])
        }
    }

    /// What clients that name a version of the API demand beside it.
    @Test func tellsVersionedClientsMore() async throws {
        try await withHolder { server, holder in
            _ = try await holder.subscribe(on: server)
            let path = "/v1/customers/\(holder.customer)/state"
            let version = try #require(HTTPField.Name("Polar-Version"))
            let plain = try await server.call(.get, path).json["active_subscriptions"]?.array?.first
            let more = try await server.call(.get, path, headers: [version: "2026-04"])
            let names = more.json["active_subscriptions"]?.array?.first?.object?.map(\.name)
            #expect(names == (plain?.object ?? []).map(\.name) + ["seats", "units"])
            let product = try await server.call(.get, "/v1/products/\(holder.product)", headers: [version: "2026-04"])
            #expect(product.json["is_deletable"] == false)
            #expect(try await server.call(.get, "/v1/products/\(holder.product)").json["is_deletable"] == nil)
        }
    }

    @Test func tellsItsVersionAndAnswersOnlyWhatIsNew() async throws {
        try await withHolder { server, holder in
            for path in ["/v1/customers/\(holder.customer)", "/v1/customers/external/holder/state"] {
                let first = try await server.call(.get, path)
                let tag = try #require(first.headers[.eTag])
                #expect(tag.wholeMatch(of: /"[0-9]+"/) != nil)
                for known in [tag, "W/\(tag)", "\"1\", \(tag)", "*"] {
                    let same = try await server.call(.get, path, headers: [.ifNoneMatch: known])
                    #expect(same.status == .notModified && same.text.isEmpty && same.headers[.eTag] == tag, "\(known)")
                }
                for other in ["\"1\"", "1", "\"x\"", ""] {
                    let whole = try await server.call(.get, path, headers: [.ifNoneMatch: other])
                    #expect(whole.text == first.text, "\(other)")
                }
                let changed = try await server.call(
                    .patch,
                    "/v1/customers/\(holder.customer)",
                    body: #"{"name": "N\#(path.utf8.count)"}"#
                )
                let next = try #require(changed.headers[.eTag])
                #expect(next != tag)
                let again = try await server.call(.get, path, headers: [.ifNoneMatch: tag])
                #expect(again.status == .ok && again.headers[.eTag] == next)
            }
        }
    }

    @Test func changesOnlyTheVersionThatIsMeant() async throws {
        try await withHolder { server, holder in
            let path = "/v1/customers/\(holder.customer)"
            let tag = try #require(try await server.call(.get, path).headers[.eTag])
            let stale = "\"1\""
            for (method, body) in [(HTTPRequest.Method.patch, #"{"name": "New"}"#), (.delete, nil)] {
                let refused = try await server.call(method, path, body: body, headers: [.ifMatch: stale])
                #expect(refused.status == .preconditionFailed && refused.json["error"] == "PreconditionFailed")
            }
            #expect(try await server.call(.get, path).headers[.eTag] == tag)
            // What no version of ours looks like is not compared, as in Polar.
            for loose in ["*", "\"nope\"", "W/\"x\""] {
                let done = try await server.call(
                    .patch,
                    path,
                    body: #"{"name": "\#(loose.utf8.count)"}"#,
                    headers: [.ifMatch: loose]
                )
                #expect(done.status == .ok, "\(loose)")
            }
            let now = try #require(try await server.call(.get, path).headers[.eTag])
            let done = try await server.call(.delete, path, headers: [.ifMatch: "\(stale), \(now)"])
            #expect(done.status == .noContent)
        }
    }

    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func waitsForAVersion(_ engine: TestEngine) async throws {
        try await withHolder(engine, over: .ahc(.http)) { server, holder in
            let path = "/v1/customers/\(holder.customer)"
            let tag = try #require(try await server.call(.get, path).headers[.eTag])
            let version = try #require(Int64(tag.dropFirst().dropLast()))
            let prefer = try #require(HTTPField.Name("Prefer"))
            let have = try await server.call(.get, "\(path)/state?min_version=\(version)")
            #expect(have.status == .ok)
            let tooOld = try await server.call(.get, "\(path)/state?min_version=\(version + 1)")
            #expect(tooOld.status == .preconditionFailed && tooOld.json["error"] == "StateTooOld")
            let odd = try await server.call(.get, "\(path)/state?min_version=new")
            #expect(odd.issues == ["int_parsing query.min_version"])
            let bounded = try await server.call(
                .get,
                "\(path)/state?min_version=\(version + 1)",
                headers: [prefer: "wait=1"]
            )
            #expect(bounded.status == .preconditionFailed)
            async let waited = server.call(
                .get,
                "\(path)/state?min_version=\(version + 1)",
                headers: [prefer: "respond-async, wait=30"]
            )
            _ = try await holder.subscribe(on: server)
            let state = try await waited
            #expect(state.status == .ok && state.json["active_subscriptions"]?.array?.count == 1)
        }
    }

    @Test func answersForManyAtOnce() async throws {
        try await withHolder { server, holder in
            _ = try await holder.subscribe(on: server)
            let other = try await server.made(
                "/v1/customers/",
                #"{"email": "other@example.com", "external_id": "other"}"#
            ).id
            let unknown = "11111111-1111-4111-8111-111111111111"
            let body = #"{"ids": ["\#(other)", "\#(unknown)"], "external_ids": ["holder", "nobody", "other"]}"#
            let found = try await server.call(.post, "/v1/customers/state/query", token: "A_read", body: body)
            #expect(found.items.map { $0["id"]?.string } == [other, holder.customer])
            let alone = try await server.call(.get, "/v1/customers/\(holder.customer)/state")
            let version = try #require(alone.headers[.eTag])
            #expect(
                found.text.contains(alone.text.dropLast() + #","state_version":\#(version.dropFirst().dropLast())}"#)
            )
            let many = (0...1_000).map { _ in "\"x\"" }.joined(separator: ",")
            for (body, issues) in [
                (#"{"ids": 1}"#, ["list_type body.ids"]), (#"{"ids": ["x"]}"#, ["uuid_parsing body.ids.0"]),
                (#"{"external_ids": [1]}"#, ["string_type body.external_ids.0"]),
                (#"{"external_ids": [\#(many)]}"#, ["too_long body"]), ("[]", ["model_attributes_type body"]),
            ] {
                let refused = try await server.call(.post, "/v1/customers/state/query", body: body)
                #expect(refused.issues == issues)
            }
            #expect(try await server.call(.post, "/v1/customers/state/query", body: "{}").text == #"{"items":[]}"#)
        }
    }

    @Test func tellsWhetherSomethingMayBeUsed() async throws {
        try await withHolder { server, holder in
            func check(_ key: String) async throws -> JSON {
                try await server.call(.get, "/v1/customers/external/holder/benefits/\(key)").json
            }
            #expect(try await check("flag")["reason"] == "not_granted")
            #expect(try await check("calls")["reason"] == "no_credit")
            _ = try await holder.subscribe(on: server)
            let flag = try await check("flag")
            #expect(flag["allowed"] == true && flag["reason"] == "granted" && flag["type"] == "feature_flag")
            #expect(flag["limit"]?.isNull == true && flag["remaining"]?.isNull == true)
            try await ingest(4, holder, server)
            let calls = try await check("calls")
            #expect(calls["allowed"] == true && calls["limit"] == 10 && calls["remaining"] == 6.0)
            #expect(calls["reason"] == "within_limit" && calls["meter_id"]?.string == holder.meter)
            try await ingest(6, holder, server)
            let used = try await check(holder.meter)
            #expect(used["allowed"] == false && used["remaining"] == 0.0 && used["reason"] == "limit_reached")
            let unknown = try await server.call(.get, "/v1/customers/\(holder.customer)/benefits/nothing")
            #expect(unknown.status == .notFound && unknown.json["error"] == "ResourceNotFound")
        }
    }

    /// 16 clients write and read in turn, through two servers: none reads less than it wrote.
    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func isNeverStale(_ engine: TestEngine) async throws {
        try await withTwoServers(engine) { server in
            let holder = try await makeHolder(on: server)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<16 {
                    group.addTask {
                        let id = try await server.made("/v1/customers/", #"{"email": "c\#(client)@example.com"}"#).id
                        let subscription = try await server.made(
                            "/v1/subscriptions/",
                            #"{"product_id": "\#(holder.product)", "customer_id": "\#(id)"}"#
                        ).id
                        for turn in 1...8 {
                            let event = #"{"events": [{"name": "x", "customer_id": "\#(id)", "metadata": {"n": 1}}]}"#
                            _ = try await server.call(.post, "/v1/events/ingest", body: event)
                            let state = try await server.call(.get, "/v1/customers/\(id)/state").json
                            let balance = state["active_meters"]?.array?.first?["balance"]
                            #expect(balance == .number(10 - Double(turn)))
                        }
                        _ = try await server.call(.delete, "/v1/subscriptions/\(subscription)")
                        let state = try await server.call(.get, "/v1/customers/\(id)/state").json
                        #expect(state["active_subscriptions"] == [] && state["granted_benefits"] == [])
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func ingest(_ n: Int, _ holder: Holder, _ server: TestServer) async throws {
        let body = #"{"events": [{"name": "call", "customer_id": "\#(holder.customer)", "metadata": {"n": \#(n)}}]}"#
        #expect(try await server.call(.post, "/v1/events/ingest", body: body).status == .ok)
    }
}
