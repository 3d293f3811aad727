import ArgumentParser
import ClienteleJSON
import ClienteleStore

struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a data folder into an empty PostgreSQL database.",
        discussion: "Stop the servers of the folder first: what they write meanwhile would be missing, and the "
            + "promotion is refused. The folder is left as it is. A promotion that was cut off goes on when it is called again."
    )

    @OptionGroup var folder: FolderOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "The database; else CLIENTELE_DATABASE, which other users of the machine cannot read.",
            valueName: "address"
        )
    )
    var to: String?

    func run() async throws {
        let settings = Settings()
        guard let address = settings.text(.database, flag: to), !address.isEmpty else {
            throw CommandFailure("Name the PostgreSQL database with --to or CLIENTELE_DATABASE.")
        }
        let target = try settings.postgres(at: address)
        let tables = try await promote(fromFolder: folder.path, to: target, onProgress: showProgress)
        if output.json {
            let list = tables.map { table -> JSON in
                let (name, checksum) = (JSON.string(table.name), JSON.string(table.checksum))
                return ["table": name, "rows": .integer(Int64(table.rows)), "checksum": checksum]
            }
            printLine((["tables": .array(list)] as JSON).text)
        } else {
            printTable([["TABLE", "ROWS", "CHECKSUM"]] + tables.map { [$0.name, String($0.rows), $0.checksum] })
            printLine("Copied to \(target.name), and found the same there. Start the servers with that database now.")
        }
    }

    private var showProgress: @Sendable (PromotionProgress) -> Void {
        guard !output.json, isErrorATerminal else { return { _ in } }
        return { progress in
            let verb = progress.phase == .copying ? "Copied" : "Compared"
            showProgressBar(verb, done: progress.rowsDone, of: progress.rowsTotal, "rows")
        }
    }
}
