import ClienteleTestSupport
import Foundation
import Testing

/// The README's own calls, made against a new server as a reader would.
@Suite(.timeLimit(.minutes(10)))
struct ReadmeTests {
    @Test func printsWhatTheReadmeSays() async throws {
        let calls = try readmeCalls()
        #expect(calls.count == 3)
        try await withFolder { folder in
            try await withServing(folder) { server in
                for call in calls {
                    let printed = try await run(call.command, server)
                    #expect(normalized(printed) == normalized(call.answer), "\(call.command)")
                }
            }
        }
    }

    @Test func namesOnlyCommandsThatThereAre() async throws {
        let help = try await clientele(["--help"]).output
        let commands = try lines(of: "sh").compactMap { line -> String? in
            let words = line.split(separator: " ")
            return words.first == "clientele" ? words.dropFirst().first.map(String.init) : nil
        }
        #expect(!commands.isEmpty)
        for command in commands { #expect(help.contains("\n  \(command) "), "\(command)") }
    }

    @Test func namesOnlyTargetsThatTheMakefileHas() throws {
        let makefile = try text("Makefile")
        let targets = try lines(of: "sh").compactMap { line -> String? in
            let words = line.split(separator: " ")
            return words.first == "make" ? words.dropFirst().first.map(String.init) : nil
        }
        #expect(targets.contains("serve"))
        for target in targets { #expect(makefile.contains("\n\(target):"), "\(target)") }
    }
}

/// A call that the README shows, and the answer below it.
private struct ReadmeCall {
    let command: String
    let answer: String
}

private func readmeCalls() throws -> [ReadmeCall] {
    var calls: [ReadmeCall] = []
    var command: String?
    for line in try lines(of: "console") {
        if line.hasPrefix("$ ") {
            command = String(line.dropFirst(2))
        } else if let asked = command {
            calls.append(ReadmeCall(command: asked, answer: line))
            command = nil
        }
    }
    return calls
}

/// The lines of the README's blocks of code of that language.
private func lines(of language: String) throws -> [String] {
    var isInside = false
    return try text("README.md").split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
        if line.hasPrefix("```") {
            isInside = line == "```\(language)"
            return nil
        }
        return isInside ? String(line) : nil
    }
}

/// A file of the project's root.
private func text(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: name), encoding: .utf8)
}

/// Runs a line of the README in a shell, on this test's server.
private func run(_ command: String, _ server: ServerProcess) async throws -> String {
    try await withFolder { folder in
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [
            "-c", command.replacing("127.0.0.1:8080", with: "127.0.0.1:\(server.port)") + " > '\(folder)/answer'",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["TOKEN": server.token]) { _, new in new }
        let (ends, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        for await _ in ends {}
        #expect(process.terminationStatus == 0)
        return try String(contentsOfFile: folder + "/answer", encoding: .utf8)
    }
}

/// An answer with what differs from run to run put aside: identifiers and times.
private func normalized(_ answer: String) -> String {
    answer
        .replacing(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/, with: "ID")
        .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/, with: "TIME")
        .trimmingCharacters(in: .whitespacesAndNewlines)
}
