import ArgumentParser
import ClienteleCore
import ClienteleJSON

struct LimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Say how many calls a minute an organization may make.",
        discussion: """
            Where nothing is set, calls with Kirim's keys may be 600 reads and 60 writes a minute, and those with Polar's \
            tokens as many as come.
            """,
        subcommands: [Set.self, Show.self, Remove.self]
    )

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace an organization's limits; when this ends, every running server heeds them."
        )

        @OptionGroup var options: PolicyOptions

        @Option(help: ArgumentHelp("Reads a minute, 1 to 1000000. (default: any number)", valueName: "n"))
        var reads: Int?

        @Option(help: ArgumentHelp("Writes a minute, 1 to 1000000. (default: any number)", valueName: "n"))
        var writes: Int?

        func run() async throws {
            let limits = CallLimits(readsPerMinute: reads, writesPerMinute: writes)
            try await options.change { try await $0.setLimits(limits, of: $1) }
            printLimits(limits, json: options.output.json)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an organization's limits.")

        @OptionGroup var options: PolicyOptions

        func run() async throws { printLimits(try await options.policy().limits, json: options.output.json) }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Leave the limits to each dialect again.")

        @OptionGroup var options: PolicyOptions

        func run() async throws {
            try await options.change { try await $0.setLimits(nil, of: $1) }
            printLimits(nil, json: options.output.json)
        }
    }
}

private func printLimits(_ limits: CallLimits?, json: Bool) {
    guard let limits else { return printLine(json ? JSON.null.text : "No limits of its own: each dialect has its.") }
    func value(_ limit: Int?) -> JSON { limit.map { .integer(Int64($0)) } ?? .null }
    guard !json else {
        let both: JSON = [
            "reads_per_minute": value(limits.readsPerMinute), "writes_per_minute": value(limits.writesPerMinute),
        ]
        return printLine(both.text)
    }
    printLine("reads   \(limits.readsPerMinute.map { "\($0) a minute" } ?? "any number")")
    printLine("writes  \(limits.writesPerMinute.map { "\($0) a minute" } ?? "any number")")
}
