import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Many connections at once; section 1.3 of the specification of the Polar dialect: a loser gets 422, never 500.
struct CustomerRaceTests {
    private static let clients = 64

    /// What a client sends.
    private struct Call: Sendable {
        let method: HTTPRequest.Method
        let path: String
        let body: String
    }

    private struct Answer: Sendable {
        let status: Int
        let text: String
    }

    /// Sends each call over a connection of its own, all at once, and gives the answers in the order of the calls.
    private static func race(_ server: TestServer, _ calls: [Call]) async throws -> [Answer] {
        let port = try #require(server.client.port)
        let token = try #require(server.tokens["A"])
        let headers: HTTPFields = [.authorization: "Bearer \(token)", .contentType: "application/json"]
        return try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (index, call) in calls.enumerated() {
                group.addTask {
                    try await TestClient.withClient(host: "localhost", port: port) { client in
                        let request = TestClient.Request(
                            call.path,
                            method: call.method,
                            headers: headers,
                            body: ByteBuffer(string: call.body)
                        )
                        let response = try await client.execute(request)
                        let text = response.body.map { String(buffer: $0) } ?? ""
                        return (index, Answer(status: response.status.code, text: text))
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The losers' items.
    private static func issues(_ answers: [Answer]) -> Set<String> {
        Set(
            answers.filter { $0.status == 422 }.map { answer in
                (try? JSON(parsing: answer.text))?["detail"]?.array?.map { $0["loc"]?.text ?? "" }.joined()
                    ?? answer.text
            }
        )
    }

    @Test(arguments: [TestEngine.sqliteInMemory, .sqliteOnDisk])
    func createsOneCustomerOfAnAddress(_ engine: TestEngine) async throws {
        try await withServer(engine, over: .live) { server in
            let calls = (0..<Self.clients).map { index in
                Call(
                    method: .post,
                    path: "/v1/customers/",
                    body: #"{"email":"\#(index % 2 == 0 ? "ada" : "ADA")@example.com","name":"\#(index)"}"#
                )
            }
            let answers = try await Self.race(server, calls)
            #expect(answers.filter { $0.status == 201 }.count == 1)
            #expect(answers.filter { $0.status == 422 }.count == Self.clients - 1)
            #expect(Self.issues(answers) == [#"["body","email"]"#])
            let list = try await server.call(.get, "/v1/customers/")
            #expect(list.items.map(\.text) == answers.filter { $0.status == 201 }.map(\.text))
            #expect(try await server.call(.get, "/v1/members/").items.count == 1)
        }
    }

    @Test func createsOneCustomerOfAnExternalID() async throws {
        try await withServer(over: .live) { server in
            let calls = (0..<Self.clients).map { index in
                Call(
                    method: .post,
                    path: "/v1/customers/",
                    body: #"{"email":"a\#(index)@example.com","external_id":"one"}"#
                )
            }
            let answers = try await Self.race(server, calls)
            #expect(answers.filter { $0.status == 201 }.count == 1)
            #expect(answers.filter { $0.status == 422 }.count == Self.clients - 1)
            #expect(Self.issues(answers) == [#"["body","external_id"]"#])
            #expect(try await server.emails("").count == 1)
        }
    }

    @Test func letsOneOfManyHaveAnAddress() async throws {
        try await withServer(over: .live) { server in
            var calls: [Call] = []
            for index in 0..<Self.clients {
                let id = try await server.customerID("a\(index)@example.com")
                let body = #"{"email":"one@example.com"}"#
                calls.append(Call(method: .patch, path: "/v1/customers/\(id)", body: body))
            }
            let answers = try await Self.race(server, calls)
            #expect(answers.filter { $0.status == 200 }.count == 1)
            #expect(answers.filter { $0.status == 422 }.count == Self.clients - 1)
            #expect(Self.issues(answers) == [#"["body","email"]"#])
            #expect(try await server.emails("email=one@example.com").count == 1)
        }
    }

    @Test func letsOneOfManyHaveAnExternalID() async throws {
        try await withServer(over: .live) { server in
            var calls: [Call] = []
            for index in 0..<32 {
                let id = try await server.customerID("a\(index)@example.com")
                calls.append(Call(method: .patch, path: "/v1/customers/\(id)", body: #"{"external_id":"one"}"#))
            }
            let answers = try await Self.race(server, calls)
            #expect(answers.filter { $0.status == 200 }.count == 1)
            #expect(answers.filter { $0.status == 422 }.count == 31)
            #expect(try await server.emails("query=one").count == 1)
        }
    }

    @Test(arguments: [TestEngine.sqliteInMemory, .sqliteOnDisk])
    func upsertsOneCustomer(_ engine: TestEngine) async throws {
        try await withServer(engine, over: .live) { server in
            let calls = (0..<32).map { index in
                Call(
                    method: .put,
                    path: "/v1/customers/external/one",
                    body: #"{"email":"ada@example.com","name":"N\#(index)"}"#
                )
            }
            let answers = try await Self.race(server, calls)
            #expect(answers.filter { $0.status == 201 }.count == 1)
            #expect(answers.filter { $0.status == 200 }.count == 31)
            let ids = Set(try answers.map { try JSON(parsing: $0.text).id })
            #expect(ids.count == 1)
            for (index, answer) in answers.enumerated() {
                #expect(answer.text.contains(#""name":"N\#(index)""#))
            }
            let list = try await server.call(.get, "/v1/customers/")
            #expect(list.items.map(\.id) == Array(ids))
            #expect(answers.map(\.text).contains(list.items.first?.text ?? ""))
        }
    }

    @Test func deletesOnce() async throws {
        try await withServer(over: .live) { server in
            let id = try await server.customerID("ada@example.com")
            let call = Call(method: .delete, path: "/v1/customers/\(id)", body: "")
            let answers = try await Self.race(server, Array(repeating: call, count: 32))
            #expect(answers.filter { $0.status == 204 }.count == 1)
            #expect(answers.filter { $0.status == 404 }.count == 31)
        }
    }

    @Test func promotesToOneOwner() async throws {
        try await withServer(over: .live) { server in
            let team = try await server.teamID()
            var calls: [Call] = []
            for index in 0..<16 {
                let path = "/v1/customers/\(team)/members"
                let id = try await server.call(.post, path, body: #"{"email":"m\#(index)@example.com"}"#).json.id
                calls.append(Call(method: .patch, path: "\(path)/\(id)", body: #"{"role":"owner"}"#))
            }
            let answers = try await Self.race(server, calls)
            #expect(answers.map(\.status) == Array(repeating: 200, count: 16))
            let roles = try await server.members(of: team).map { $0.text("role") }
            #expect(roles.filter { $0 == "owner" }.count == 1)
            #expect(roles.filter { $0 == "billing_manager" }.count == 16)
        }
    }
}
