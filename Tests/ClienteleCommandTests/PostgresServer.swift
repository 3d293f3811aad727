import ClienteleTestSupport
import Foundation

/// A PostgreSQL server of a test's own, which it may crash and start again.
struct PostgresServer: Sendable {
    /// Of the database that every such server has.
    let address: String
    private let folder: String

    /// Makes and starts a server in a folder that is not there yet.
    fileprivate init(folder: String) async throws {
        self.folder = folder
        self.address = try await run(Self.script, ["start", folder])
    }

    /// Starts it again, and waits until it takes connections.
    func start() async throws { _ = try await run(Self.script, ["start", folder]) }

    /// Stops it as a crash would.
    func crash() async throws { _ = try await run(Self.script, ["stop", folder, "immediate"]) }

    var port: Int {
        get throws {
            guard let port = URL(string: address)?.port else {
                throw CommandError(description: "no port in \(address)")
            }
            return port
        }
    }

    /// Makes an empty database, and gives its address.
    func newDatabase(_ name: String) async throws -> String {
        let programs = #"exec "$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)/psql" "$@""#
        let create = ["--quiet", "--dbname", address, "--command", "CREATE DATABASE \(name)"]
        _ = try await run("/bin/sh", ["-c", programs, "psql"] + create)
        return address.split(separator: "/").dropLast().joined(separator: "/").replacing(
            "postgres:/",
            with: "postgres://"
        )
            + "/" + name
    }

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/postgres").path
}

/// Runs `body` with a PostgreSQL server, and leaves nothing behind.
func withPostgres<Value>(_ body: (PostgresServer) async throws -> Value) async throws -> Value {
    try await withFolder { folder in
        // Its processes are not root's, and must reach what is theirs in it.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        let server = try await PostgresServer(folder: folder + "/postgres")
        do {
            let value = try await body(server)
            try await server.crash()
            return value
        } catch {
            try? await server.crash()
            throw error
        }
    }
}

/// Runs `body` with a server of ours on a database and a free port.
func withServing<Value>(
    database address: String,
    environment: [String: String] = [:],
    _ body: (ServerProcess) async throws -> Value
) async throws -> Value {
    try await withServing(
        "",
        ["--port", "0", "--database", address],
        environment: environment,
        givesDataFolder: false,
        body
    )
}

/// Runs a program until it ends, and gives the last line that it printed.
private func run(_ program: String, _ arguments: [String]) async throws -> String {
    try await withFolder { folder in
        let (output, errors) = (try newFile("output", in: folder), try newFile("errors", in: folder))
        let status = try await onThread {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", keepingNothingOpen, "bash", program] + arguments
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
        guard status == 0 else {
            throw CommandError(description: try String(contentsOfFile: folder + "/errors", encoding: .utf8))
        }
        let lines = try String(contentsOfFile: folder + "/output", encoding: .utf8).split(separator: "\n")
        return lines.last.map(String.init) ?? ""
    }
}

/// Runs its arguments without what this process has open, by one of which `Process` tells whether its child lives: a server
/// that the child leaves behind must not have that.
private let keepingNothingOpen = #"""
    for file in /dev/fd/*; do file=${file##*/}; [ "$file" -le 2 ] || eval "exec $file>&-"; done
    exec "$@"
    """#
