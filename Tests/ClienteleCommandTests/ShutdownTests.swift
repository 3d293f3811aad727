import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ShutdownTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func anIdleServerEndsWellWhenTold(signal: Int32) async throws {
        try await withFolder { folder in
            try await withServing(folder) { server async throws in
                #expect(try await server.call("GET", "/healthz").status == 200)
                server.send(signal)
                #expect(await server.status == 0)
                #expect(try server.log.allSatisfy { !$0.contains(#""level":"error""#) })
            }
        }
    }

    @Test func anUploadUnderWayIsTakenAndAnsweredWhole() async throws {
        try await withFolder { folder in
            // One loop serves all connections in turn, so an answer on one tells that another was read before.
            let token = try await withServing(folder, ["--port", "0", "--threads", "1"]) { server in
                let body = #"{"email":"late@example.com","external_id":"late"}"#
                let request = HTTPRequest("POST", "/v1/customers", token: server.token, body: body).text
                let connection = try HTTPConnection(port: server.port)
                try connection.send(HTTPRequest("GET", "/healthz", token: "").text)
                #expect(try await onThread { try connection.answer() }.status == 200)
                try connection.send(String(request.dropLast(20)))
                for _ in 1...2 { #expect(try await server.call("GET", "/healthz").status == 200) }

                server.send(SIGTERM)
                try await waitUntilRefused(server)
                try connection.send(String(request.suffix(20)))
                let answer = try await onThread { try connection.answer() }
                #expect(answer.status == 201)
                #expect(answer.json["email"] == "late@example.com")
                #expect(await server.status == 0)
                return server.token
            }
            try await withServing(folder) { server async throws in
                #expect(try await server.call("GET", "/v1/customers/external/late", token: token).status == 200)
            }
        }
    }

    @Test func anExportUnderWayIsSentWhole() async throws {
        try await withFolder { folder in
            try await withServing(folder) { server in
                // More than the system takes in between the two, so that the server is still reading when it is told to stop.
                let count = 400
                try await createCustomers(count, metadataBytes: 20_000, on: server)
                let answer = try await stop(server, within: "/v1/customers/export")
                #expect(answer.status == 200)
                #expect(answer.headers["transfer-encoding"] == "chunked")
                let lines = answer.body.components(separatedBy: "\r\n")
                #expect(lines.count == count + 2)
                #expect(lines.dropFirst().dropLast().allSatisfy { $0.utf8.count > 20_000 && $0.hasSuffix("}\"") })
                #expect(lines.last?.isEmpty == true)
                #expect(await server.status == 0)
            }
        }
    }

    /// An answer that is written at once is more than the system takes, and the rest waits in the server.
    @Test func anAnswerThatIsWrittenButNotSentIsSentWhole() async throws {
        try await withFolder { folder in
            try await withServing(folder) { server in
                let count = 100
                try await createCustomers(count, metadataBytes: 80_000, of: "\u{1F600}", on: server)
                let answer = try await stop(server, within: "/v1/customers/?limit=100")
                #expect(answer.status == 200)
                #expect(answer.json["items"]?.array?.count == count)
                #expect(await server.status == 0)
            }
        }
    }

    /// Tells the server to stop once an answer has begun to come, and reads on.
    private func stop(_ server: ServerProcess, within path: String) async throws -> HTTPAnswer {
        let connection = try HTTPConnection(port: server.port, receiveBufferBytes: 4_096)
        try connection.send(HTTPRequest("GET", path, token: server.token).text)
        let first = try await onThread { try connection.bytes() }
        server.send(SIGTERM)
        try await waitUntilRefused(server)
        return try await onThread { try connection.answer(received: first) }
    }

    /// Waits until nobody listens any more: the server heeds the signal.
    private func waitUntilRefused(_ server: ServerProcess) async throws {
        try await waitUntil("the port is closed") {
            do {
                _ = try HTTPConnection(port: server.port)
                return false
            } catch is HTTPConnection.Refused {
                return true
            }
        }
    }

    private func createCustomers(
        _ count: Int,
        metadataBytes: Int,
        of character: String = "x",
        on server: ServerProcess
    ) async throws {
        // A value has 500 characters at the most.
        let value = String(repeating: character, count: 500)
        let pairs = (0..<metadataBytes / value.utf8.count).map { #""key\#($0)":"\#(value)""# }.joined(separator: ",")
        let port = server.port
        let token = server.token
        try await onThread {
            let connection = try HTTPConnection(port: port)
            for number in 0..<count {
                let body = #"{"email":"customer\#(number)@example.com","metadata":{\#(pairs)}}"#
                try connection.send(HTTPRequest("POST", "/v1/customers", token: token, body: body).text)
                let answer = try connection.answer()
                guard answer.status == 201 else { throw CommandError(description: answer.body) }
            }
        }
    }
}
