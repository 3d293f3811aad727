import Testing

@Suite(.timeLimit(.minutes(10)))
struct HelpTests {
    @Test(arguments: [["--help"], ["serve", "--help"], ["help", "serve"]])
    func namesTheVariableOfEverySetting(arguments: [String]) async throws {
        let result = try await clientele(arguments)
        #expect(result.status == 0)
        for name in ["DATA_DIR", "HOST", "LOG_LEVEL", "PORT", "THREADS"] {
            #expect(result.output.contains("\n  CLIENTELE_\(name): "))
        }
        #expect(result.errors.isEmpty)
    }

    @Test(
        arguments: [
            ["serve"], ["organization", "create"], ["organization", "list"], ["token", "create"], ["token", "list"],
            ["token", "revoke"], ["seed"],
        ]
    )
    func everyCommandTellsWhereItsDataIs(command: [String]) async throws {
        let result = try await clientele(command + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: clientele \(command.joined(separator: " ")) "))
        #expect(result.output.contains("--data-dir <dir>"))
        #expect(result.output.contains("--json") == (command != ["serve"]))
    }

    @Test func tellsItsVersion() async throws {
        let result = try await clientele(["--version"])
        #expect(result.status == 0)
        #expect(result.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }

    @Test func refusesAnUnknownCommand() async throws {
        let result = try await clientele(["server"])
        #expect(result.status != 0)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("server"))
    }
}
