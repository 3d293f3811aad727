import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LogTests {
    @Test func everyLineIsAnObjectOfJSONWithTheRequestsID() async throws {
        try await withFolder { folder in
            try await withServing(folder, ["--port", "0", "--log-level", "debug"]) { server in
                let headers = ["X-Request-Id": "abc-123"]
                let answer = try await server.call("GET", "/v1/customers?limit=1", headers: headers)
                #expect(answer.headers["x-request-id"] == "abc-123")
                let lines = try server.log.map { try JSON(parsing: Array($0.utf8)) }
                for line in lines {
                    #expect(line.object?.prefix(3).map(\.name) == ["time", "level", "message"])
                    #expect(line["time"]?.string?.wholeMatch(of: /[-0-9]{10}T[:0-9]{8}\.\d{6}Z/) != nil)
                }
                let line = try #require(lines.first { $0["message"] == "Answered" })
                #expect(line["level"] == "debug")
                #expect(line["hb.request.id"] == "abc-123")
                #expect(line["http.method"] == "GET")
                #expect(line["http.route"] == "/v1/customers")
                #expect(line["http.status"] == "200")
                #expect(line["duration"]?.string != nil)
            }
        }
    }

    @Test func aRequestWithoutAnIDGetsOneOfItsOwn() async throws {
        try await withFolder { folder in
            try await withServing(folder, ["--port", "0", "--log-level", "debug"]) { server in
                var ids: Set<String> = []
                for _ in 1...3 { ids.insert(try await server.call("GET", "/healthz").headers["x-request-id"] ?? "") }
                #expect(ids.count == 3)
                let logged = try server.log.map { try JSON(parsing: Array($0.utf8)) }.compactMap {
                    $0["hb.request.id"]?.string
                }
                #expect(ids.isSubset(of: logged))
            }
        }
    }

    @Test func tellsNeitherTokensNorAddressesNorBodiesAtAnyLevel() async throws {
        try await withFolder { folder in
            try await withServing(folder, ["--port", "0", "--log-level", "trace"]) { server in
                let body = #"{"email":"ada@example.com","name":"Countess","metadata":{"secret":"hush"}}"#
                #expect(try await server.call("POST", "/v1/customers", body: body).status == 201)
                #expect(try await server.call("POST", "/v1/customers", body: body).status == 422)
                #expect(try await server.call("GET", "/v1/customers?email=ada@example.com").status == 200)
                let log = try server.log.joined(separator: "\n")
                #expect(log.contains(#""http.status":"422""#))
                for secret in [server.token, "ada@example.com", "Countess", "hush"] {
                    #expect(!log.contains(secret), "the log tells \(secret)")
                }
            }
        }
    }
}
