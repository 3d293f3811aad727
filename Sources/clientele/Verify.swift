import ArgumentParser
import ClienteleJSON
import ClienteleStore

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that the database is sound and keeps every rule, while servers go on.",
        discussion: "It ends with status 1 if a check fails. Nothing is changed."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let isJSON = output.json
        let results = try await verify(try data.location()) { if !isJSON { printLine($0.line) } }
        let isSound = results.allSatisfy { $0.broken == 0 }
        if isJSON {
            printLine((["ok": .bool(isSound), "checks": .array(results.map(\.json))] as JSON).text)
        }
        if !isSound { throw ExitCode(1) }
    }
}

extension CheckResult {
    fileprivate var line: String {
        guard broken > 0 else { return "ok  \(name): \(rule)" }
        let examples = examples.joined(separator: ", ") + (broken > examples.count ? ", …" : "")
        return "\(broken) broken  \(name): \(rule): \(examples)"
    }

    fileprivate var json: JSON {
        [
            "name": .string(name), "rule": .string(rule), "broken": .integer(Int64(broken)),
            "examples": .array(examples.map { .string($0) }),
        ]
    }
}
