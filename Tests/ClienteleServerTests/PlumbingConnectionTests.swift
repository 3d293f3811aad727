import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What no HTTP client would send, and what happens to the connection.
struct PlumbingConnectionTests {
    private static let lengthRequired =
        #"{"error":"LengthRequired","detail":"A Content-Length header is required."}"#

    @Test(arguments: ["POST", "PUT", "PATCH"])
    func refusesABodyInChunks(_ method: String) async throws {
        try await withSocket { socket, token in
            let path = method == "POST" ? "/v1/customers/" : "/v1/customers/external/x"
            await socket.send(
                head("\(method) \(path)", token, "Transfer-Encoding: chunked", "Content-Type: application/json")
                    + "18\r\n{\"email\":\"ada@acme.com\"}\r\n0\r\n\r\n"
            )
            let refusal = try await socket.answer()
            #expect(refusal.status == 411)
            #expect(refusal.body == Self.lengthRequired)
        }
    }

    @Test func refusesABodyWithoutALength() async throws {
        try await withSocket { socket, token in
            await socket.send(head("POST /v1/customers/", token))
            let refusal = try await socket.answer()
            #expect(refusal.status == 411)
            #expect(refusal.body == Self.lengthRequired)
        }
    }

    /// The answer comes before the body, which is not read, and so the connection cannot go on.
    @Test func refusesABodyThatIsTooLargeBeforeItComes() async throws {
        try await withSocket { socket, token in
            await socket.send(head("POST /v1/customers/", token, "Content-Length: 10485761"))
            let refusal = try await socket.answer()
            #expect(refusal.status == 413)
            let detail = "Request body exceeded the maximum allowed size of 10485760 bytes."
            #expect(refusal.body == #"{"error":"RequestBodyTooLarge","detail":"\#(detail)"}"#)
            #expect(refusal.headers["connection"] == "close")
            #expect(
                try await socket.isClosed(),
                "A server that says it closes the connection closes it (RFC 9112, 9.6)."
            )
        }
    }

    @Test(arguments: ["-1", "x", "1, 2", "99999999999999999999999"])
    func refusesALengthThatIsNone(_ length: String) async throws {
        try await withSocket { socket, token in
            await socket.send(head("POST /v1/customers/", token, "Content-Length: \(length)"))
            let status = try await socket.answer().status
            #expect([400, 413].contains(status))
        }
    }

    @Test func answersTwoRequestsOnOneConnection() async throws {
        try await withSocket { socket, token in
            await socket.send(post(token, "ada@acme.com"))
            let made = try await socket.answer()
            #expect(made.status == 201)
            #expect(made.headers["connection"] != "close")
            await socket.send(head("GET /v1/customers/", token))
            let list = try await socket.answer()
            #expect(list.status == 200)
            #expect(list.body.contains("ada@acme.com"))
        }
    }

    /// A body that was refused is passed over, and the next request is found behind it.
    @Test func goesOnAfterARefusal() async throws {
        try await withSocket { socket, token in
            let body = #"{"email":"ada@acme.com"}"#
            await socket.send(head("POST /v1/customers/", "x", "Content-Length: \(body.utf8.count)") + body)
            let refused = try await socket.answer()
            await socket.send(head("POST /v1/nowhere", token, "Content-Length: \(body.utf8.count)") + body)
            let lost = try await socket.answer()
            await socket.send(head("GET /v1/customers/", token))
            let list = try await socket.answer()
            #expect([refused.status, lost.status, list.status] == [401, 404, 200])
        }
    }

    @Test func answersRequestsInTheOrderInWhichTheyCame() async throws {
        try await withSocket { socket, token in
            let many = (0..<20).map { post(token, "ada\($0)@acme.com") + head("GET /v1/customers/?limit=1", token) }
            await socket.send(many.joined())
            for number in 0..<20 {
                let made = try await socket.answer()
                #expect(made.status == 201)
                #expect(made.body.contains("ada\(number)@acme.com"))
                let list = try await socket.answer()
                #expect(list.status == 200)
                #expect(list.body.contains(#""total_count":\#(number + 1),"#))
            }
        }
    }

    @Test func closesAConnectionWhenItIsAskedTo() async throws {
        try await withSocket { socket, token in
            await socket.send(head("GET /v1/customers/", token, "Connection: close"))
            let answer = try await socket.answer()
            #expect(answer.status == 200)
            #expect(try await socket.isClosed())
        }
    }

    /// An answer to HEAD has no body, or else the client takes it for the next answer's head (RFC 9110, 9.3.2).
    @Test(arguments: ["/v1/customers/", "/healthz", "/nowhere"])
    func sendsNoBodyInAnswerToHEAD(_ path: String) async throws {
        try await withSocket { socket, token in
            await socket.send(head("HEAD \(path)", token))
            #expect(try await socket.answer(hasBody: false).status == (path == "/nowhere" ? 404 : 405))
            await socket.send(head("GET /healthz", token))
            let next = try await socket.answer()
            #expect(next.status == 200)
            #expect(next.body == #"{"status":"ok"}"#)
        }
    }

    @Test func sendsNoBodyWithNoContent() async throws {
        try await withSocket { socket, token in
            await socket.send(post(token, "ada@acme.com"))
            let made = try JSON(parsing: Array(try await socket.answer().body.utf8))
            let id = try #require(made["id"]?.string)
            await socket.send(head("DELETE /v1/customers/\(id)", token) + head("GET /healthz", token))
            #expect(try await socket.answer(hasBody: false).status == 204)
            #expect(try await socket.answer().body == #"{"status":"ok"}"#)
        }
    }

    @Test(arguments: [
        "\u{1}\u{2}\u{3}\r\n\r\n", "GET\r\n\r\n", "GET /healthz\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nno colon\r\n\r\n", "GET /healthz HTTP/1.1\r\nA: \u{0}\r\n\r\n",
        "POST /v1/customers/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "POST /v1/customers/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    ])
    func answersGarbageAndLivesOn(_ garbage: String) async throws {
        try await withServer(over: .live) { server in
            let port = try #require(server.client.port)
            let socket = try PlumbingSocket(port: port)
            await socket.send(garbage)
            #expect(try await socket.answer().status == 400)
            #expect(try await server.call(.get, "/v1/customers/").status == .ok)
        }
    }

    /// Callers that hang up in the midst of things are no harm to the others.
    @Test func livesOnWhenCallersHangUp() async throws {
        try await withServer(over: .live) { server in
            let port = try #require(server.client.port)
            let token = try #require(server.tokens["A"])
            for part in [
                "", "GET /v1", head("GET /v1/customers/", token),
                head("POST /v1/customers/", token, "Content-Length: 99"),
            ] {
                for _ in 0..<5 { await (try PlumbingSocket(port: port)).send(part) }
            }
            #expect(try await server.call(.get, "/v1/customers/").status == .ok)
        }
    }

    /// Runs `body` with a connection to a server of its own and the token of organization A.
    private func withSocket(_ body: @escaping @Sendable (PlumbingSocket, String) async throws -> Void) async throws {
        try await withServer(over: .live) { server in
            let port = try #require(server.client.port)
            let token = try #require(server.tokens["A"])
            try await body(try PlumbingSocket(port: port), token)
            #expect(try await server.call(.get, "/healthz", token: nil).status == .ok)
        }
    }
}

/// The head of a request, up to the line that ends it.
private func head(_ start: String, _ token: String, _ headers: String...) -> String {
    (["\(start) HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)"] + headers + ["", ""])
        .joined(separator: "\r\n")
}

private func post(_ token: String, _ email: String) -> String {
    let body = #"{"email":"\#(email)"}"#
    return head("POST /v1/customers/", token, "Content-Length: \(body.utf8.count)") + body
}
