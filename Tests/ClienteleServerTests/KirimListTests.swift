import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Kirim's list: `spec/kirim.md` §2.3 and §9.9.
struct KirimListTests {
    /// Makes customers by the other dialect, whose calls are not limited, and gives Kirim's ids, newest first.
    private static func fill(_ server: TestServer, _ count: Int = 60) async throws -> [String] {
        var ids: [String] = []
        for index in 0..<count { ids.append(Spelling.kirimID(try await server.customerID("n\(index)@b.co"))) }
        return ids.reversed()
    }

    private static func ids(_ answer: TestResponse) -> [String] { answer.listed.map(\.id) }

    /// Goes on from piece to piece; `between` is run after each.
    private static func walk(
        _ server: TestServer,
        _ query: String,
        between: (TestResponse) async throws -> Void = { _ in }
    ) async throws -> [[String]] {
        var pieces: [[String]] = []
        var cursor = ""
        while pieces.count < 100 {
            let answer = try await server.kirim(.get, "/v1/customers?\(query)\(cursor)")
            guard answer.status == .ok else { throw Unexpected(answer) }
            pieces.append(ids(answer))
            #expect((answer.json["has_more"] == true) == (answer.json["next_cursor"]?.string != nil))
            guard let next = answer.json["next_cursor"]?.string else {
                #expect(answer.json["next_cursor"] == .null && answer.json["has_more"] == false)
                break
            }
            cursor = "&cursor=\(next)"
            try await between(answer)
        }
        return pieces
    }

    @Test func isEmptyAtFirst() async throws {
        try await withServer { server in
            let answer = try await server.kirim(.get)
            #expect(answer.textButID == #"{"data":[],"has_more":false,"next_cursor":null,"request_id":"req"}"#)
            #expect(answer.json["request_id"]?.string == answer.requestID)
        }
    }

    @Test func givesTwentyFiveOfTheNewestFirst() async throws {
        try await withServer { server in
            let ids = try await Self.fill(server, 26)
            let answer = try await server.kirim(.get)
            #expect(Self.ids(answer) == Array(ids.prefix(25)))
            #expect(answer.json["has_more"] == true)
            for (limit, count) in [("1", 1), ("25", 25), ("26", 26), ("100", 26), ("007", 7)] {
                let answer = try await server.kirim(.get, "/v1/customers?limit=\(limit)")
                #expect(Self.ids(answer) == Array(ids.prefix(count)))
                #expect(answer.json["has_more"] == .bool(count < 26))
            }
        }
    }

    @Test func refusesOtherLimits() async throws {
        try await withServer { server in
            for limit in [
                "0", "101", "abc", "", "-1", "1.5", "1e1", "%2B1", "%201", "99999999999999999999", "%D9%A3",
                "5&limit=x",
            ] {
                let answer = try await server.kirim(.get, "/v1/customers?limit=\(limit)")
                #expect(answer.refusal == "400 invalid_request_error invalid_limit limit", "\(limit)")
            }
        }
    }

    @Test func walksThroughAllOnce() async throws {
        try await withServer { server in
            let ids = try await Self.fill(server)
            for limit in [1, 7, 20, 59, 60, 100] {
                let pieces = try await Self.walk(server, "limit=\(limit)")
                #expect(pieces.flatMap(\.self) == ids, "\(limit)")
                #expect(pieces.count == (60 + limit - 1) / limit)
            }
        }
    }

    /// Whatever comes and goes meanwhile, those that stay are seen once, also after the one that the cursor names has gone.
    @Test func walksThroughWhatStaysWhileOthersComeAndGo() async throws {
        try await withServer { server in
            let ids = try await Self.fill(server)
            var gone: [String] = []
            let pieces = try await Self.walk(server, "limit=7") { answer in
                let last = try #require(Self.ids(answer).last)
                let ahead = try #require(ids.last { !gone.contains($0) })
                for id in Set([last, ahead]) {
                    gone.append(id)
                    #expect(try await server.call(.delete, "/v1/customers/\(Spelling.uuid(id))").status == .noContent)
                }
                _ = try await server.customerID("new\(gone.count)@b.co")
                _ = try await server.kirimPatch(try #require(Self.ids(answer).first), #"{"name":"Changed"}"#)
            }
            let seen = pieces.flatMap(\.self)
            #expect(Set(seen).count == seen.count)
            #expect(seen.filter { !gone.contains($0) } == ids.filter { !gone.contains($0) })
            #expect(seen.count < 60)
        }
    }

    @Test func showsOneStatusOrAll() async throws {
        try await withServer { server in
            let ids = try await Self.fill(server, 12)
            let statuses = ["pending", "active", "suspended", "archived"]
            for (index, id) in ids.enumerated() {
                _ = try await server.kirimPatch(id, #"{"status":"\#(statuses[index % 4])"}"#)
            }
            #expect(Self.ids(try await server.kirim(.get)) == ids)
            for (index, status) in statuses.enumerated() {
                let expected = ids.enumerated().filter { $0.offset % 4 == index }.map(\.element)
                #expect(
                    try await Self.walk(server, "status=\(status)&limit=2") == [Array(expected[..<2]), [expected[2]]]
                )
            }
            for other in ["", "Active", "deleted", "active,pending"] {
                let answer = try await server.kirim(.get, "/v1/customers?status=\(other)")
                #expect(answer.refusal == invalid("status"), "\(other)")
            }
        }
    }

    @Test func showsOneTeam() async throws {
        try await withServer { server in
            let ids = try await Self.fill(server, 4)
            let team = try await server.organizations.createTeam(name: "T", in: server.organizationA).id.text
            var own: [String] = []
            for _ in 0..<3 { own.append(try await server.kirimCustomer(#"{"name":"A","team_id":"\#(team)"}"#).id) }
            let standard = try await server.kirim(.get).listed.last?.text("team_id") ?? ""
            #expect(try await Self.walk(server, "team_id=\(team)&limit=2").flatMap(\.self) == own.reversed())
            #expect(try await Self.walk(server, "team_id=\(standard)&limit=3").flatMap(\.self) == ids)
            #expect(try await Self.walk(server, "team_id=\(team)&status=active").flatMap(\.self) == [])
            #expect(try await Self.walk(server, "team_id=\(standard)&status=active").flatMap(\.self) == ids)
            #expect(try await server.kirim(.get, "/v1/customers?team_id=x").refusal == invalid("team_id"))
        }
    }

    private static let invalidCursor = "400 invalid_request_error invalid_cursor cursor"

    @Test func refusesACursorThatWasAltered() async throws {
        try await withServer { server in
            _ = try await Self.fill(server, 3)
            let first = try await server.kirim(.get, "/v1/customers?limit=1")
            let cursor = try #require(first.json["next_cursor"]?.string)
            func answer(_ cursor: String) async throws -> TestResponse {
                try await server.kirim(.get, "/v1/customers?limit=1&cursor=\(cursor)")
            }
            #expect(try await answer(cursor).status == .ok)
            for index in cursor.indices {
                for other in [cursor[index] == "0" ? "1" : "0", cursor[index] == "f" ? "e" : "f"] {
                    let altered = cursor[..<index] + other + cursor[cursor.index(after: index)...]
                    #expect(try await answer(String(altered)).refusal == Self.invalidCursor, "\(altered)")
                }
            }
            let others = [
                "", "x", cursor + "0", cursor + "00", cursor + "=", String(cursor.dropLast()),
                String(cursor.dropFirst(2)),
                cursor.uppercased(), "%20" + cursor, cursor + cursor, String(cursor.reversed()),
            ]
            for other in others where other != cursor {
                #expect(try await answer(other).refusal == Self.invalidCursor, "\(other)")
            }
        }
    }

    @Test func refusesACursorOfAnotherWalk() async throws {
        try await withServer { server in
            for token in ["kirim_A", "kirim_A", "kirim_B", "kirim_B"] {
                let id = try await server.kirimCustomer(token: token).id
                _ = try await server.kirim(.patch, "/v1/customers/\(id)", #"{"status":"active"}"#, token: token)
            }
            let team = try await server.kirim(.get).listed.first?.text("team_id") ?? ""
            let walks = [
                ("kirim_A", ""), ("kirim_A", "&status=active"), ("kirim_A", "&team_id=\(team)"),
                ("kirim_A", "&status=active&team_id=\(team)"), ("kirim_B", ""), ("kirim_B", "&status=active"),
            ]
            for (token, query) in walks {
                let first = try await server.kirim(.get, "/v1/customers?limit=1\(query)", token: token)
                let cursor = try #require(first.json["next_cursor"]?.string, "\(token) \(query)")
                for (otherToken, otherQuery) in walks {
                    let path = "/v1/customers?limit=5\(otherQuery)&cursor=\(cursor)"
                    let answer = try await server.kirim(.get, path, token: otherToken)
                    if token == otherToken, query == otherQuery {
                        #expect(answer.status == .ok && answer.listed.count == 1)
                    } else {
                        #expect(answer.refusal == Self.invalidCursor, "\(query) as \(otherQuery) of \(otherToken)")
                    }
                }
            }
            let other = try await server.kirim(.get, "/v1/customers?limit=1&status=active")
            let cursor = try #require(other.json["next_cursor"]?.string)
            for status in ["pending", "suspended", "archived"] {
                let answer = try await server.kirim(.get, "/v1/customers?status=\(status)&cursor=\(cursor)")
                #expect(answer.refusal == Self.invalidCursor)
            }
        }
    }

    /// Each server takes the cursors of the other.
    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func walksThroughTwoServersInTurn(_ engine: TestEngine) async throws {
        try await withTwoServers(engine) { server in
            let ids = try await Self.fill(server, 10)
            #expect(try await Self.walk(server, "limit=1").flatMap(\.self) == ids)
        }
    }
}
