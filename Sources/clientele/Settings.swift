import ArgumentParser
import Configuration

/// The settings that have no flag in a call, read from the environment.
///
/// A flag goes before the environment, and the environment before the default.
struct Settings {
    private let reader = ConfigReader(provider: EnvironmentVariablesProvider()).scoped(to: "clientele")

    /// One setting: its flag is `--data-dir`, its variable `CLIENTELE_DATA_DIR`, where its key is `data.dir`.
    enum Key: String, CaseIterable {
        case dataDir = "data.dir"
        case host
        case port
        case threads
        case logLevel = "log.level"

        var variable: String { "CLIENTELE_" + rawValue.uppercased().split(separator: ".").joined(separator: "_") }

        var help: String {
            switch self {
            case .dataDir: "the folder that holds everything (default: ./data)"
            case .host: "the address to listen on (default: 127.0.0.1; any other lets other machines in)"
            case .port: "the port to listen on (default: 8080; 0 takes any free one)"
            case .threads: "event loops, each on a thread of its own (default: one a core)"
            case .logLevel: "trace, debug, info, notice, warning, error or critical (default: info)"
            }
        }
    }

    static let discussion =
        "Every setting has a flag and an environment variable; the flag goes first.\n\n"
        + Key.allCases.map { "  \($0.variable): \($0.help)" }.joined(separator: "\n")

    /// The value of a setting as text: the flag's, else the environment's.
    func text(_ key: Key, flag: String?) -> String? { flag ?? reader.string(forKey: ConfigKey(key.rawValue)) }

    /// The value of a setting as a whole number in `range`.
    func number(_ key: Key, flag: Int?, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = text(key, flag: flag.map(String.init)) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw CommandFailure(
                "\(key.variable) is '\(text)', but must be a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound)."
            )
        }
        return number
    }
}

/// The flag that every command takes.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder that holds everything; else CLIENTELE_DATA_DIR. (default: ./data)",
            valueName: "dir"
        )
    )
    var dataDir: String?

    var folder: String {
        let folder = Settings().text(.dataDir, flag: dataDir) ?? "data"
        return folder.isEmpty ? "data" : folder
    }
}

/// The flag of every command that prints data.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON value on standard output, and nothing else.")
    var json = false
}
