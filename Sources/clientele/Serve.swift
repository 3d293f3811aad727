import ArgumentParser
import ClienteleCore
import ClienteleServer
import ClienteleStore
import ClienteleWebhooks
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the API.",
        discussion:
            "Where there is no data yet, an organization and a token are made first, and the token is printed once.\n\n"
            + Settings.discussion
    )

    @OptionGroup var data: DataOptions

    @Option(help: "The address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "The port to listen on; 0 takes any free one. (default: 8080)")
    var port: Int?

    @Option(help: "Event loops, each on a thread of its own. (default: one a core)")
    var threads: Int?

    @Option(help: "The least grave messages that are logged. (default: info)")
    var logLevel: String?

    @Flag(help: "Let webhooks go to http, loopback and private addresses.")
    var allowPrivateWebhooks = false

    @Option(help: "Days that changes and the bodies of webhooks are kept. (default: 90)")
    var changesDays: Int?

    func run() async throws {
        let settings = Settings()
        let standard = ServerConfiguration()
        let configuration = ServerConfiguration(
            host: settings.text(.host, flag: host) ?? standard.host,
            port: try settings.number(.port, flag: port, in: 0...65_535) ?? standard.port,
            threads: try settings.number(.threads, flag: threads, in: 1...256)
        )
        let logger = try logger(settings.text(.logLevel, flag: logLevel) ?? "info")
        let allowsPrivate = try settings.truth(.privateWebhooks, flag: allowPrivateWebhooks)
        let days = try settings.number(.changesDays, flag: changesDays, in: 1...36_500) ?? Retention.daysStandard
        let metrics = PrometheusMetrics()
        let location = try data.location()
        let store = try await openStore(location, metrics: metrics)
        do {
            try await runServer(
                services: Services(
                    store: store,
                    allowsPrivateWebhooks: allowsPrivate,
                    daysKept: days,
                    isReady: { await store.isReady() }
                ),
                configuration: configuration,
                metrics: metrics,
                logger: logger,
                beside: [
                    WebhookDeliverer(
                        store: store,
                        dialects: webhookDialects,
                        allowsPrivate: allowsPrivate,
                        logger: logger
                    )
                ],
                onServerRunning: { port in
                    await bootstrap(store, location)
                    printLine("Serving on http://\(configuration.host):\(port); stop with Ctrl-C.")
                }
            )
        } catch {
            try? await store.close()
            throw error
        }
        try await store.close()
    }

    private func logger(_ level: String) throws -> Logger {
        guard let level = Logger.Level(rawValue: level) else {
            throw CommandFailure("\(Settings.Key.logLevel.variable) is '\(level)', but must be one of \(levels).")
        }
        var logger = Logger(label: "clientele") { _ in JSONLogHandler() }
        logger.logLevel = level
        return logger
    }

    private var levels: String { Logger.Level.allCases.map(\.rawValue).joined(separator: ", ") }

    /// Makes the first organization and its token, where there is none.
    ///
    /// Only once the server has its port: a token that is printed by a start that fails would be lost.
    private func bootstrap(_ store: SQLStore, _ location: StoreLocation) async {
        switch location {
        case .folder(let folder): printLine("Data folder: \(absolutePath(folder))")
        case .postgres, .memory: printLine("Database: \(location.name)")
        }
        do {
            try await makeFirstOrganization(store)
        } catch {
            printError(
                "Error: no organization could be made. \((error as? DomainError).map(CommandFailure.init) ?? error)\n"
            )
        }
    }

    private func makeFirstOrganization(_ store: SQLStore) async throws {
        let organizations = Organizations(store: store)
        guard let organization = try await organizations.createFirst() else { return }
        let (_, secret) = try await AccessTokens(store: store).create(
            kind: .organization,
            organizations: [organization.id],
            scopes: Set(Scope.all)
        )
        printLine("Made the organization \"\(organization.name)\", id \(organization.id)")
        printLine("Access token with all scopes, shown only now: \(secret.text)")
        printLine("To see customers with subscriptions and usage at once: clientele demo")
    }
}
