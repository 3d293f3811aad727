import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Synchronization

/// What a command that ended left behind.
struct CommandResult: Sendable {
    let status: Int32
    let output: String
    let errors: String

    var outputLines: [String] { output.split(separator: "\n").map(String.init) }

    /// The lines that tell the person at the terminal what is wrong.
    var complaints: [String] { errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("Error: ") } }

    /// Standard output as the one JSON value that it must be, on a line of its own.
    var json: JSON {
        get throws {
            guard output.hasSuffix("\n"), outputLines.count == 1, !output.hasPrefix("\n") else {
                throw CommandError(description: "no single line: \(output)\(errors)")
            }
            return try JSON(parsing: Array(output.utf8))
        }
    }
}

/// Why a test cannot go on.
struct CommandError: Error, CustomStringConvertible {
    let description: String
}

/// Runs the built executable until it ends.
///
/// Its environment is this process's own without any `CLIENTELE_` variable, and `environment`.
func clientele(
    _ arguments: [String],
    environment: [String: String] = [:],
    workingFolder: String? = nil
) async throws -> CommandResult {
    try await withFolder { folder in
        let process = try CommandProcess(
            arguments,
            environment: environment,
            workingFolder: workingFolder,
            output: try newFile("output", in: folder),
            errors: try newFile("errors", in: folder)
        )
        return CommandResult(
            status: await process.status,
            output: try String(contentsOfFile: folder + "/output", encoding: .utf8),
            errors: try String(contentsOfFile: folder + "/errors", encoding: .utf8)
        )
    }
}

/// Runs a command on a data folder, and takes its standard output for the one JSON value that it must be.
func clienteleJSON(_ arguments: [String], data folder: String) async throws -> JSON {
    let result = try await clientele(arguments + ["--json", "--data-dir", folder])
    guard result.status == 0 else { throw CommandError(description: result.errors) }
    return try result.json
}

/// A running `clientele`.
final class CommandProcess: Sendable {
    private let process = Process()
    private let exit: Task<Int32, Never>

    /// One at a time: what one process opens for its child must not leak into the child of another.
    private static let spawning = Mutex(())

    init(
        _ arguments: [String],
        environment: [String: String],
        workingFolder: String?,
        output: any Sendable,
        errors: FileHandle
    ) throws {
        let own = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CLIENTELE_") }
        process.environment = own.merging(environment) { _, new in new }
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments =
            ["-c", #"cd "$1" && shift && exec "$@""#, "sh", workingFolder ?? ".", try executablePath()] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let (statuses, continuation) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            continuation.yield(process.terminationStatus)
            continuation.finish()
        }
        self.exit = Task { await statuses.first { _ in true } ?? -1 }
        try Self.spawning.withLock { _ in try process.run() }
    }

    /// The status it ended with, or the signal that ended it, once it has.
    var status: Int32 { get async { await exit.value } }

    var id: Int32 { process.processIdentifier }

    func send(_ signal: Int32) { if process.isRunning { kill(id, signal) } }
}

/// Makes an empty file for a process to write to.
func newFile(_ name: String, in folder: String) throws -> FileHandle {
    let path = folder + "/" + name
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { throw CommandError(description: "cannot write \(path)") }
    return file
}

/// The executable, which is built beside the bundle of the tests.
private func executablePath() throws -> String {
    for argument in CommandLine.arguments {
        var folder = URL(filePath: argument)
        while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
        if !argument.contains(".xctest") { folder.deleteLastPathComponent() }
        let path = folder.appending(path: "clientele").path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw CommandError(description: "no executable beside \(CommandLine.arguments[0])")
}

/// Waits until `condition` holds, and fails when it does not within `seconds`.
func waitUntil(_ what: String, seconds: Int = 15, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw CommandError(description: "waited in vain until \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
