import ArgumentParser
import ClienteleStore
import Configuration

/// The settings that have no flag in a call, read from the environment.
///
/// A flag goes before the environment, and the environment before the default.
struct Settings {
    private let reader = ConfigReader(provider: EnvironmentVariablesProvider()).scoped(to: "clientele")

    /// One setting: its flag is `--data-dir`, its variable `CLIENTELE_DATA_DIR`, where its key is `data.dir`.
    enum Key: String, CaseIterable {
        case dataDir = "data.dir"
        case database
        case databaseConnections = "database.connections"
        case databaseConnectTimeout = "database.connect.timeout"
        case databaseStatementTimeout = "database.statement.timeout"
        case host
        case port
        case threads
        case logLevel = "log.level"
        case privateWebhooks = "private.webhooks"
        case changesDays = "changes.days"
        case server
        case token
        case sourceToken = "source.token"

        var variable: String { "CLIENTELE_" + rawValue.uppercased().split(separator: ".").joined(separator: "_") }

        var help: String {
            switch self {
            case .dataDir: "the folder that holds everything (default: ./data)"
            case .database: "a PostgreSQL database instead of the folder: postgres://user:password@host:5432/name"
            case .databaseConnections: "connections to it that are open at once at the most (default: 10)"
            case .databaseConnectTimeout: "seconds that a connection to it may take to be made (default: 2)"
            case .databaseStatementTimeout: "seconds that one statement may take in it (default: 10)"
            case .host: "the address to listen on (default: 127.0.0.1; any other lets other machines in)"
            case .port: "the port to listen on (default: 8080; 0 takes any free one)"
            case .threads: "event loops, each on a thread of its own (default: one a core)"
            case .server: "the server that customers, import and listen call (default: http://127.0.0.1:8080)"
            case .token: "the access token for that server"
            case .sourceToken: "the access token for the server that import polar reads"
            case .privateWebhooks:
                "true lets webhooks go to http, loopback and private addresses (default: false)"
            case .changesDays: "days that changes and the bodies of webhooks are kept (default: 90)"
            case .logLevel: "trace, debug, info, notice, warning, error or critical (default: info)"
            }
        }
    }

    static let discussion =
        "Every setting has an environment variable, and most have a flag, which goes first.\n\n"
        + Key.allCases.map { "  \($0.variable): \($0.help)" }.joined(separator: "\n")

    /// The value of a setting as text: the flag's, else the environment's.
    func text(_ key: Key, flag: String?) -> String? { flag ?? reader.string(forKey: ConfigKey(key.rawValue)) }

    /// The value of a setting that is on or off.
    func truth(_ key: Key, flag: Bool) throws -> Bool {
        guard !flag, let text = text(key, flag: nil) else { return flag }
        switch text {
        case "true", "1": return true
        case "false", "0", "": return false
        default: throw CommandFailure("\(key.variable) is '\(text)', but must be true or false.")
        }
    }

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

/// The flag of every command that works on a data folder.
struct FolderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder that holds everything; else CLIENTELE_DATA_DIR. (default: ./data)",
            valueName: "dir"
        )
    )
    var dataDir: String?

    var path: String {
        let folder = Settings().text(.dataDir, flag: dataDir) ?? "data"
        return folder.isEmpty ? "data" : folder
    }
}

/// The flags of every command that works on the data, wherever it is.
struct DataOptions: ParsableArguments {
    @OptionGroup var folder: FolderOptions

    @Option(
        help: ArgumentHelp(
            "A PostgreSQL database that holds everything instead; else CLIENTELE_DATABASE, which other users of the "
                + "machine cannot read as they can a call's flags.",
            valueName: "address"
        )
    )
    var database: String?

    /// Where the data is.
    ///
    /// A flag goes before the environment, so that `--data-dir` alone means the folder.
    func location() throws -> StoreLocation {
        let settings = Settings()
        guard folder.dataDir == nil || database == nil else {
            throw CommandFailure("Give --data-dir or --database, not both.")
        }
        let isFolder = folder.dataDir != nil
        guard let address = isFolder ? nil : settings.text(.database, flag: database), !address.isEmpty else {
            return .folder(folder.path)
        }
        return .postgres(try settings.postgres(at: address))
    }
}

extension Settings {
    /// A PostgreSQL database, as the settings have it used.
    func postgres(at address: String) throws -> PostgresConfiguration {
        try PostgresConfiguration(
            address: address,
            connections: try number(.databaseConnections, flag: nil, in: 1...1_000)
                ?? PostgresConfiguration.defaultConnections,
            connectTimeoutSeconds: try number(.databaseConnectTimeout, flag: nil, in: 1...600)
                ?? PostgresConfiguration.defaultConnectTimeoutSeconds,
            statementTimeoutSeconds: try number(.databaseStatementTimeout, flag: nil, in: 1...3_600)
                ?? PostgresConfiguration.defaultStatementTimeoutSeconds
        )
    }
}

/// The flag of every command that prints data.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON value on standard output, and nothing else.")
    var json = false
}
