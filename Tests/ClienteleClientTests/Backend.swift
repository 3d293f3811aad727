import ClienteleClient
import ClienteleTestSupport
import Foundation
import HummingbirdTesting
import Testing

/// The servers that the SDK's suite runs against.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    /// A server of ours, over a socket.
    case clientele
    /// What a real Polar server answered.
    case recordedPolar

    var testDescription: String { rawValue }

    /// Runs `body` with what makes a client for each of the tokens that recordings name.
    func run(_ body: @escaping @Sendable (Clients) async throws -> Void) async throws {
        switch self {
        case .clientele:
            try await withLiveServer { server, tokens in
                try await body(
                    Clients { ClienteleClient(server, token: tokens[$0] ?? $0, configuration: .quick) }
                )
            }
        case .recordedPolar:
            let polar = try RecordedPolar()
            try await body(
                Clients { ClienteleClient(.polar, token: $0, configuration: .quick, transport: polar) }
            )
        }
    }
}

/// Runs `body` with a server of ours, on a socket, and the tokens that it takes, by name.
func withLiveServer(_ body: @escaping @Sendable (Server, [String: String]) async throws -> Void) async throws {
    try await withServer(.standard, over: .live) { server in
        let port = try #require(server.client.port)
        try await body(.clientele(try #require(URL(string: "http://127.0.0.1:\(port)"))), server.tokens)
    }
}

/// A client for each token.
struct Clients: Sendable {
    let make: @Sendable (String) -> ClienteleClient

    /// The client that may do everything in organization A.
    var a: ClienteleClient { make("A") }
}

extension ClienteleClient.Configuration {
    /// One attempt, so that a test sees the first failure.
    static let quick = ClienteleClient.Configuration(retry: .none)
}

/// What a call throws; fails the test where it throws nothing.
func failure<Value>(
    of call: () async throws(ClienteleError) -> Value,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> ClienteleError? {
    do throws(ClienteleError) {
        _ = try await call()
        Issue.record("The call should have failed.", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

extension ClienteleError {
    /// The items of a refusal, as `type path`.
    var issues: [String] {
        guard case .validation(let items, _) = self else { return ["\(self)"] }
        return items.map { "\($0.type) \($0.path)" }
    }

    /// The status of the answer.
    var status: Int? { response?.status }
}
