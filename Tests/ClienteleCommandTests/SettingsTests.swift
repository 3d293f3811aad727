import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

/// A flag goes before the environment, and the environment before the default.
@Suite(.timeLimit(.minutes(10)))
struct SettingsTests {
    @Test func aPortComesFromTheEnvironment() async throws {
        try await withFolder { folder in
            let port = try FreePort()
            try await withServing(folder, [], environment: ["CLIENTELE_PORT": "\(port.number)"]) {
                server async throws in
                #expect(server.port == port.number)
                #expect(try await server.call("GET", "/healthz").status == 200)
            }
        }
    }

    @Test func aFlagGoesBeforeThePortOfTheEnvironment() async throws {
        try await withFolder { folder in
            let port = try FreePort()
            let environment = ["CLIENTELE_PORT": "no number at all"]
            try await withServing(folder, ["--port", "\(port.number)"], environment: environment) { server in
                #expect(server.port == port.number)
            }
        }
    }

    @Test func aHostComesFromTheEnvironmentUnlessAFlagSaysOtherwise() async throws {
        try await withFolder { folder in
            let environment = ["CLIENTELE_HOST": "localhost"]
            let named = try await withServing(folder, environment: environment) { $0.lines.last }
            #expect(named?.hasPrefix("Serving on http://localhost:") == true)
            let flagged = try await withServing(
                folder,
                ["--port", "0", "--host", "127.0.0.1"],
                environment: environment
            ) {
                $0.lines.last
            }
            #expect(flagged?.hasPrefix("Serving on http://127.0.0.1:") == true)
        }
    }

    @Test func theDataFolderComesFromTheEnvironmentForEveryCommand() async throws {
        try await withFolder { folder in
            let environment = ["CLIENTELE_DATA_DIR": folder + "/from-environment"]
            let made = try await clientele(["organization", "create", "There"], environment: environment)
            #expect(made.status == 0)
            let there = try await clienteleJSON(["organization", "list"], data: folder + "/from-environment")
            #expect(there.array?.map { $0["name"] } == ["There"])
            let flag = ["--data-dir", folder + "/from-flag"]
            let list = try await clientele(["organization", "list", "--json"] + flag, environment: environment)
            #expect(try list.json == [])
            try await withServing(folder, environment: environment, givesDataFolder: false) { server in
                #expect(server.lines.first?.hasSuffix("/from-environment") == true)
                #expect(server.lines.count == 2)
            }
        }
    }

    @Test func theLogLevelComesFromTheEnvironmentUnlessAFlagSaysOtherwise() async throws {
        try await withFolder { folder async throws in
            func answersLogged(_ flags: [String], _ environment: [String: String]) async throws -> Int {
                try await withServing(folder, ["--port", "0"] + flags, environment: environment) { server in
                    #expect(try await server.call("GET", "/healthz").status == 200)
                    return try server.log.count { $0.contains(#""message":"Answered""#) }
                }
            }
            #expect(try await answersLogged([], [:]) == 0)
            #expect(try await answersLogged([], ["CLIENTELE_LOG_LEVEL": "debug"]) == 1)
            #expect(try await answersLogged(["--log-level", "info"], ["CLIENTELE_LOG_LEVEL": "debug"]) == 0)
            #expect(try await answersLogged(["--log-level", "debug"], ["CLIENTELE_LOG_LEVEL": "error"]) == 1)
        }
    }

    #if os(Linux)
    @Test func threadsComeFromTheEnvironmentUnlessAFlagSaysOtherwise() async throws {
        try await withFolder { folder async throws in
            func eventLoops(_ flags: [String]) async throws -> Int {
                let environment = ["CLIENTELE_THREADS": "5"]
                return try await withServing(folder, ["--port", "0"] + flags, environment: environment) { server in
                    let tasks = "/proc/\(server.processID)/task"
                    return try FileManager.default.contentsOfDirectory(atPath: tasks)
                        .map { try String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8) }
                        .count { $0.hasPrefix("NIO-ELT-") }
                }
            }
            #expect(try await eventLoops([]) == 5)
            #expect(try await eventLoops(["--threads", "3"]) == 3)
        }
    }
    #endif

    @Test(
        arguments: [
            ("PORT", "abc", "must be a whole number from 0 to 65535."),
            ("PORT", "70000", "must be a whole number from 0 to 65535."),
            ("PORT", "-1", "must be a whole number from 0 to 65535."),
            ("PORT", "", "must be a whole number from 0 to 65535."),
            ("THREADS", "0", "must be a whole number from 1 to 256."),
            ("THREADS", "257", "must be a whole number from 1 to 256."),
            (
                "LOG_LEVEL", "loud",
                "must be one of trace, debug, info, notice, warning, error, critical."
            ),
        ]
    )
    func refusesASettingThatIsNoneAndMakesNothing(name: String, value: String, rule: String) async throws {
        try await withFolder { folder in
            let data = folder + "/data"
            let result = try await clientele(
                ["serve", "--data-dir", data],
                environment: ["CLIENTELE_\(name)": value]
            )
            #expect(result.status != 0)
            #expect(result.output.isEmpty)
            #expect(result.complaints == ["Error: CLIENTELE_\(name) is '\(value)', but \(rule)"])
            #expect(!FileManager.default.fileExists(atPath: data))
        }
    }

    @Test(
        arguments: [
            ("--port", "abc"), ("--port", "70000"), ("--threads", "0"), ("--threads", "many"), ("--log-level", "loud"),
        ]
    )
    func refusesAFlagThatIsNoneAndMakesNothing(flag: String, value: String) async throws {
        try await withFolder { folder in
            let data = folder + "/data"
            let result = try await clientele(["serve", "--data-dir", data, flag, value])
            #expect(result.status != 0)
            #expect(result.output.isEmpty)
            #expect(result.complaints.count == 1)
            #expect(result.complaints.first?.contains("'\(value)'") == true)
            #expect(!FileManager.default.fileExists(atPath: data))
        }
    }
}
