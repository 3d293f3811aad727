import ClienteleTestSupport
import Foundation
import Testing

/// `clientele listen` against a server, both as processes.
@Suite(.timeLimit(.minutes(5)))
struct ListenTests {
    /// It prints what happens, and survives the server; the server stops although it is followed, and both end calmly.
    @Test func printsWhatHappens() async throws {
        try await withFolder { folder in
            try await withServing(folder + "/data") { server in
                let path = folder + "/output"
                let listener = try CommandProcess(
                    ["listen", "--after", "0"],
                    environment: [
                        "CLIENTELE_SERVER": "http://127.0.0.1:\(server.port)", "CLIENTELE_TOKEN": server.token,
                    ],
                    workingFolder: nil,
                    output: try newFile("output", in: folder),
                    errors: try newFile("errors", in: folder)
                )
                defer { listener.send(SIGKILL) }
                func waitFor(_ text: String) async throws {
                    try await waitUntil("it prints \(text)") {
                        try String(contentsOfFile: path, encoding: .utf8).contains(text)
                    }
                }
                let made = try await server.call("POST", "/v1/customers/", body: #"{"email": "ada@example.com"}"#)
                #expect(made.status == 201)
                try await waitFor("customer.created")
                let product = #"{"name": "Free", "recurring_interval": "month", "prices": [{"amount_type": "free"}]}"#
                #expect(try await server.call("POST", "/v1/products/", body: product).status == 201)
                try await waitFor("product.created")
                server.send(SIGTERM)
                #expect(await server.status == 0)
                listener.send(SIGINT)
                #expect(await listener.status == 0)
            }
        }
    }
}
