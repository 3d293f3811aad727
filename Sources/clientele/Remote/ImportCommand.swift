import ArgumentParser
import ClienteleClient
import Foundation

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring customers to a server, from a file or from Polar.",
        discussion: """
            All of the source is read and checked first; --dry-run ends there. What is done is noted in a ledger, so that an \
            import that was stopped goes on where it was when it is started again, and does nothing twice. A server that \
            wants to be called less often is left alone as long as it asks.
            """,
        subcommands: [CSV.self, Polar.self]
    )

    struct CSV: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "csv",
            abstract: "Import a CSV file: an export, or columns with the API's names."
        )

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ImportOptions

        @Argument(help: "The file.")
        var file: String

        @Flag(help: "Leave columns out whose names are unknown.")
        var ignoreUnknown = false

        func run() async throws {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure("Cannot read \(file).")
            }
            let bytes = [UInt8](data)
            let source = try CSVCustomers(bytes, ignoringUnknown: ignoreUnknown)
            try await options.run(
                ImportPlan(rows: source.rows, faults: source.faults, ledger: file + ".clientele-ledger"),
                fingerprint: importFingerprint(of: bytes, to: server.address),
                to: server,
                output
            )
        }
    }

    struct Polar: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Import the customers, with their members, of Polar or another server.",
            discussion: "The token for the source is in CLIENTELE_SOURCE_TOKEN."
        )

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var options: ImportOptions

        @Option(help: ArgumentHelp("The source: https://api.polar.sh, for example.", valueName: "url"))
        var from: String

        func run() async throws {
            let source = try ServerOptions.client(of: from, token: .sourceToken)
            let rows = try await calling { try await source.importRows() }
            var checks = RowChecks()
            var faults: [ImportFault] = []
            let right = rows.filter { row in
                let reasons = checks.reasons(against: row.customer, at: row.place)
                if !reasons.isEmpty {
                    faults.append(ImportFault(place: row.place, reason: reasons.joined(separator: "; ")))
                }
                return reasons.isEmpty
            }
            try await options.run(
                ImportPlan(rows: right, faults: faults, ledger: "polar.clientele-ledger"),
                fingerprint: importFingerprint(of: Array(from.utf8), to: server.address),
                to: server,
                output
            )
        }
    }
}

/// What is to be imported.
struct ImportPlan {
    let rows: [ImportRow]
    let faults: [ImportFault]
    /// Where the ledger is, unless told otherwise.
    let ledger: String
}

/// What all imports have in common.
struct ImportOptions: ParsableArguments {
    @Flag(help: "Read and check everything, and send nothing.")
    var dryRun = false

    @Flag(help: "Import what is right, although something is not.")
    var skipInvalid = false

    @Option(help: ArgumentHelp("The file that notes what is done. (default: beside the source)", valueName: "file"))
    var ledger: String?

    @Option(help: ArgumentHelp("Calls at once.", valueName: "n"))
    var concurrency = 32

    func run(_ plan: ImportPlan, fingerprint: String, to server: ServerOptions, _ output: OutputOptions) async throws {
        for fault in plan.faults { printError("\(fault.place): \(fault.reason)\n") }
        guard plan.faults.isEmpty || skipInvalid || dryRun else {
            throw CommandFailure(
                "\(plan.faults.count) of \(plan.rows.count + plan.faults.count) rows are wrong, and nothing was sent. "
                    + "--skip-invalid imports the others."
            )
        }
        guard !dryRun else {
            let report = ImportReport(plan)
            printLine(
                output.json ? report.json.text : "\(report.rows) customers can be imported, \(report.invalid) cannot."
            )
            guard plan.faults.isEmpty else { throw ExitCode.failure }
            return
        }
        let report = try await calling { try await send(plan, fingerprint, server) }
        printLine(output.json ? report.json.text : report.text)
        for fault in report.failed { printError("\(fault.place): \(fault.reason)\n") }
        guard report.isComplete else { throw ExitCode.failure }
    }

    private func send(_ plan: ImportPlan, _ fingerprint: String, _ server: ServerOptions) async throws -> ImportReport {
        // A server that is away for a moment does not end a long import.
        let client = try server.client(retry: RetryPolicy(attemptsMax: 8, retryAfterMax: .zero))
        let pause = Pause()
        let ledger = try await ImportLedger(path: ledger ?? plan.ledger, fingerprint: fingerprint) {
            try await client.customersCount(pause)
        }
        let importer = Importer(
            client: client,
            ledger: ledger,
            keyPrefix: "import-\(fingerprint.prefix(32))-",
            callsAtOnce: max(1, concurrency),
            pause: pause,
            showsProgress: isErrorATerminal
        )
        var report = ImportReport(plan)
        report.failed = try await importer.run(plan.rows)
        report.created = ledger.count(.created)
        report.updated = ledger.count(.updated)
        report.present = ledger.count(.present)
        report.customersBefore = ledger.customersBefore
        report.customersAfter = try await client.customersCount(pause)
        return report
    }
}

/// What came of an import.
struct ImportReport {
    let rows: Int
    let invalid: Int
    var created = 0
    var updated = 0
    var present = 0
    var failed: [ImportFault] = []
    var customersBefore = 0
    var customersAfter = 0

    init(_ plan: ImportPlan) {
        self.rows = plan.rows.count
        self.invalid = plan.faults.count
    }

    /// Whether every row is done, and the server has as many customers as that makes.
    var isComplete: Bool { failed.isEmpty && created + updated + present == rows && isVerified }

    private var isVerified: Bool { customersBefore + created == customersAfter }

    var json: JSON {
        let numbers = [
            ("rows", rows), ("invalid", invalid), ("created", created), ("updated", updated),
            ("already_there", present), ("failed", failed.count), ("customers_before", customersBefore),
            ("customers_after", customersAfter),
        ]
        return .object(
            numbers.map { JSON.Member($0.0, .integer(Int64($0.1))) } + [JSON.Member("verified", .bool(isVerified))]
        )
    }

    var text: String {
        let counts =
            "\(rows) customers: \(created) created, \(updated) updated, \(present) already there, \(failed.count) failed. "
        let check = "The server had \(customersBefore) and has \(customersAfter)"
        return counts + check
            + (isVerified ? "." : ", which is not \(customersBefore + created): somebody else changes them.")
    }
}

extension ClienteleClient {
    /// How many customers there are, once the server lets that be asked.
    fileprivate func customersCount(_ pause: Pause) async throws(ClienteleError) -> Int {
        try await pause.whileLimited { () async throws(ClienteleError) in
            try await customers.list(limit: 1).page().totalCount
        }
    }

    /// Every customer of a server, the oldest first, as it is to be made on another.
    fileprivate func importRows() async throws(ClienteleError) -> [ImportRow] {
        var rows: [ImportRow] = []
        for try await customer in customers.list(sorting: [.createdAt], limit: 100) {
            var row = ImportRow(
                key: "\(customer.id)".lowercased(),
                place: "customer \(customer.id)".lowercased(),
                customer: CustomerCreate(customer)
            )
            if customer.type == .team {
                for try await member in members.list(customerID: customer.id, limit: 100) {
                    if member.role == .owner {
                        row.customer.owner = OwnerCreate(
                            email: member.email,
                            name: member.name,
                            externalID: member.externalID
                        )
                    } else {
                        row.members.append(
                            MemberCreate(
                                email: member.email,
                                name: member.name,
                                externalID: member.externalID,
                                role: member.role
                            )
                        )
                    }
                }
            }
            rows.append(row)
        }
        return rows
    }
}

extension CustomerCreate {
    /// A new customer that is what another one is.
    fileprivate init(_ customer: Customer) {
        self.init(
            email: customer.email,
            type: customer.type,
            name: customer.name,
            externalID: customer.externalID,
            metadata: customer.metadata,
            billingAddress: customer.billingAddress,
            taxID: customer.taxID?.number,
            locale: customer.locale
        )
    }
}
