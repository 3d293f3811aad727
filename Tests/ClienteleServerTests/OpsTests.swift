import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What an operator, a load balancer and a collector of metrics ask.
struct OpsTests {
    @Test func saysThatItLives() async throws {
        try await withServer { server in
            let response = try await server.call(.get, "/healthz", token: nil)
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.text == #"{"status":"ok"}"#)
        }
    }

    @Test func isReadyAsLongAsTheStoreAnswers() async throws {
        try await withOpsServer { server in
            let before = try await server.call(.get, "/readyz")
            #expect(before.status == .ok)
            #expect(before.text == #"{"status":"ready"}"#)
            try await server.store.close()
            let after = try await server.call(.get, "/readyz")
            #expect(after.status == .serviceUnavailable)
            #expect(after.text == #"{"status":"unavailable"}"#)
            #expect(try await server.call(.get, "/healthz").status == .ok)
            #expect(try await server.call(.get, "/metrics").status == .ok)
        }
    }

    @Test func asksACallerToTryAgainWhenTheStoreIsClosed() async throws {
        try await withOpsServer { server in
            let token = try await server.token().text
            let made = try await server.call(
                .post,
                "/v1/customers/",
                bearing: token,
                body: #"{"email": "ada@acme.com", "external_id": "ada"}"#
            )
            let id = try #require(made.json["id"]?.string)
            try await server.store.close()
            let calls: [(HTTPRequest.Method, String, String?)] = [
                (.get, "/v1/customers/", nil), (.post, "/v1/customers/", #"{"email": "eve@acme.com"}"#),
                (.get, "/v1/customers/\(id)", nil), (.get, "/v1/customers/\(id)/state", nil),
                (.patch, "/v1/customers/\(id)", #"{"name": "Ada"}"#), (.delete, "/v1/customers/\(id)", nil),
                (.get, "/v1/customers/external/ada", nil), (.put, "/v1/customers/external/ada", #"{"name": "Ada"}"#),
                (.get, "/v1/members/", nil),
            ]
            // Once with a token that the server remembers, and once with one that it has to look up.
            for pause in [0, 10] as [Int64] {
                server.clock.pass(seconds: pause)
                for (method, path, body) in calls {
                    let response = try await server.call(method, path, bearing: token, body: body)
                    #expect(response.status == .serviceUnavailable, "\(method) \(path)")
                    #expect(response.headers[.contentType] == "application/json")
                    #expect(response.headers[.retryAfter].flatMap { Int($0) }.map { $0 > 0 } == true)
                    #expect(response.json["error"]?.string == "ServiceUnavailable")
                    #expect(response.json["detail"]?.string?.isEmpty == false)
                    #expect(!response.text.contains("closed"), "The cause is not the caller's business.")
                }
            }
        }
    }

    @Test func servesFiguresAsPrometheusReadsThem() async throws {
        try await withOpsServer { server in
            _ = try await server.call(.get, "/healthz")
            let response = try await server.call(.get, "/metrics")
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let figures = try PrometheusText(response.text)
            #expect(!figures.samples.isEmpty)
        }
    }

    @Test func countsAndTimesRequestsByRoute() async throws {
        try await withOpsServer { server in
            let token = try await server.token().text
            var ids: [String] = []
            for name in ["ada", "eve"] {
                let body = #"{"email": "\#(name)@acme.com", "external_id": "external-\#(name)"}"#
                let made = try await server.call(.post, "/v1/customers/", bearing: token, body: body)
                ids.append(try #require(made.json["id"]?.string))
            }
            for id in ids { _ = try await server.call(.get, "/v1/customers/\(id)?query=secret", bearing: token) }
            _ = try await server.call(.get, "/v1/customers/external/external-ada", bearing: token)
            _ = try await server.call(.get, "/v1/customers/00000000-0000-4000-8000-000000000000", bearing: token)
            let figures = try await server.figures()
            #expect(figures.types["http_requests_total"] == "counter")
            #expect(figures.types["http_request_duration_seconds"] == "histogram")
            let route = try #require(
                figures.samples.compactMap { $0.labels["route"] }.first { $0.hasPrefix("/v1/customers/{id}") }
            )
            #expect(route == "/v1/customers/{id}")
            let counts = { figures.value("http_requests_total", $0) }
            #expect(counts(["method": "POST", "route": "/v1/customers", "status": "201"]) == 2)
            #expect(counts(["method": "GET", "route": route, "status": "200"]) == 2)
            #expect(counts(["method": "GET", "route": route, "status": "404"]) == 1)
            #expect(figures.value("http_request_duration_seconds_count", ["method": "GET", "route": route]) == 3)
            let sum = figures.value("http_request_duration_seconds_sum", ["method": "GET", "route": route]) ?? 0
            #expect(sum > 0)
        }
    }

    /// There are as many paths as anybody likes to ask for, and they hold what is the customers' own.
    @Test func namesNoPathInAFigure() async throws {
        try await withOpsServer { server in
            let token = try await server.token().text
            let body = #"{"email": "ada@acme.com", "external_id": "external-ada"}"#
            let made = try await server.call(.post, "/v1/customers/", bearing: token, body: body)
            let id = try #require(made.json["id"]?.string)
            let paths = [
                "/v1/customers/\(id)", "/v1/customers/\(id)/state", "/v1/customers/external/external-ada",
                "/v1/customers/?email=ada@acme.com", "/unknown-ada", "/v1/unknown-ada/\(id)", "/v1/customers/not-ada",
                "/api/v1/customers/\(id)",
            ]
            for path in paths {
                for method in [HTTPRequest.Method.get, .options, .init("PROPFIND").unsafelyUnwrapped] {
                    _ = try await server.call(method, path, bearing: token)
                }
            }
            let figures = try await server.figures()
            let values = figures.samples.flatMap(\.labels.values)
            #expect(!values.isEmpty)
            #expect(values.filter { $0.contains("ada") || $0.contains(id) || $0.contains(token) } == [])
        }
    }

    @Test func countsRefusalsToo() async throws {
        try await withOpsServer { server in
            _ = try await server.call(.get, "/v1/customers/")
            _ = try await server.call(.get, "/v1/customers/", bearing: "x")
            _ = try await server.call(.patch, "/v1/customers/")
            _ = try await server.call(.get, "/nowhere")
            let figures = try await server.figures()
            let counts = { (method: String, status: String) in
                figures.value("http_requests_total", ["method": method, "status": status])
            }
            #expect(counts("GET", "401") == 2)
            #expect(counts("PATCH", "405") == 1)
            #expect(counts("GET", "404") == 1)
        }
    }

    @Test func servesWhatTheStoreMeasuresOfItself() async throws {
        try await withOpsServer { server in
            let token = try await server.token().text
            let before = try await server.figures()
            _ = try await server.call(.post, "/v1/customers/", bearing: token, body: #"{"email": "ada@acme.com"}"#)
            _ = try await server.call(.get, "/v1/customers/", bearing: token)
            let after = try await server.figures()
            for name in [
                "store_read_duration_seconds", "store_write_duration_seconds", "store_commit_duration_seconds",
            ] {
                #expect(after.types[name] == "histogram")
                let counts = [before, after].map { $0.value(name + "_count") ?? 0 }
                #expect(counts[1] > counts[0], "\(name)")
            }
            #expect(after.types["store_writes_waiting"] == "gauge")
        }
    }
}
