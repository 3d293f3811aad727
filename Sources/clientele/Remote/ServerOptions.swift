import ArgumentParser
import ClienteleClient
import Foundation

/// The flags of every command that calls a server.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server; else CLIENTELE_SERVER. Its token is in CLIENTELE_TOKEN. (default: http://127.0.0.1:8080)",
            valueName: "url"
        )
    )
    var server: String?

    /// The server's address, as it was given.
    var address: String { Settings().text(.server, flag: server) ?? "http://127.0.0.1:8080" }

    func client(retry: RetryPolicy = RetryPolicy()) throws -> ClienteleClient {
        try Self.client(of: address, token: .token, retry: retry)
    }

    /// A client of a server whose token is in an environment variable: others on the machine can read a call's flags.
    static func client(
        of address: String,
        token: Settings.Key,
        retry: RetryPolicy = RetryPolicy()
    ) throws -> ClienteleClient {
        guard let url = URL(string: address), let scheme = url.scheme, ["http", "https"].contains(scheme),
            url.host() != nil
        else { throw CommandFailure("'\(address)' is no address of a server: it begins with http:// or https://.") }
        guard let secret = Settings().text(token, flag: nil), !secret.isEmpty else {
            throw CommandFailure("\(token.variable) is not set: it has the access token for \(address).")
        }
        return ClienteleClient(.clientele(url), token: secret, configuration: .init(retry: retry))
    }
}

/// Tells what a server refused in one line.
func calling<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as ClienteleError {
        throw CommandFailure("\(error)")
    }
}
