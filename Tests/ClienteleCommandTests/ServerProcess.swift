import ClienteleTestSupport
import Foundation
import Synchronization

/// A running `clientele serve`.
struct ServerProcess: Sendable {
    let port: Int
    /// The lines of standard output up to the one that says where it serves.
    let lines: [String]
    /// The token that it printed, if it did.
    let token: String
    fileprivate let process: CommandProcess
    fileprivate let errorsPath: String

    var processID: Int32 { process.id }

    /// The status it ended with, or the signal that ended it, once it has.
    var status: Int32 { get async { await process.status } }

    /// What it has logged so far.
    var log: [String] {
        get throws { try String(contentsOfFile: errorsPath, encoding: .utf8).split(separator: "\n").map(String.init) }
    }

    func send(_ signal: Int32) { process.send(signal) }

    /// Sends a request on a connection of its own.
    func call(
        _ method: String,
        _ path: String,
        token: String? = nil,
        body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> HTTPAnswer {
        let request = HTTPRequest(method, path, token: token ?? self.token, body: body, headers: headers)
        let port = port
        return try await onThread {
            let connection = try HTTPConnection(port: port)
            try connection.send(request.text)
            return try connection.answer()
        }
    }
}

/// Runs `body` with a server on a data folder and a free port, and ends the server after it.
func withServing<Value>(
    _ folder: String,
    _ arguments: [String] = ["--port", "0"],
    environment: [String: String] = [:],
    workingFolder: String? = nil,
    givesDataFolder: Bool = true,
    _ body: (ServerProcess) async throws -> Value
) async throws -> Value {
    try await withFolder { outputs in
        let pipe = Pipe()
        let process = try CommandProcess(
            ["serve"] + arguments + (givesDataFolder ? ["--data-dir", folder] : []),
            environment: environment,
            workingFolder: workingFolder,
            output: pipe,
            errors: try newFile("errors", in: outputs)
        )
        defer { process.send(SIGKILL) }
        let lines = try await linesUntilServing(pipe, errorsPath: outputs + "/errors")
        let port = lines.last.flatMap { $0.split(separator: ":").last?.split(separator: ";").first }.flatMap { Int($0) }
        guard let port else { throw CommandError(description: "no port in \(lines)") }
        let token = lines.firstMatch(after: "Access token with all scopes, shown only now: ") ?? ""
        return try await body(
            ServerProcess(port: port, lines: lines, token: token, process: process, errorsPath: outputs + "/errors")
        )
    }
}

private func linesUntilServing(_ pipe: Pipe, errorsPath: String) async throws -> [String] {
    let (pieces, continuation) = AsyncStream<Data>.makeStream()
    pipe.fileHandleForReading.readabilityHandler = { handle in
        let piece = handle.availableData
        if piece.isEmpty {
            handle.readabilityHandler = nil
            continuation.finish()
        } else {
            continuation.yield(piece)
        }
    }
    var output = Data()
    for await piece in pieces {
        output += piece
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        if let last = lines.last, last.hasPrefix("Serving on http"), output.last == UInt8(ascii: "\n") { return lines }
    }
    throw CommandError(description: try String(contentsOfFile: errorsPath, encoding: .utf8))
}

extension [String] {
    /// The rest of the first line that begins with `prefix`.
    func firstMatch(after prefix: String) -> String? {
        first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
}
