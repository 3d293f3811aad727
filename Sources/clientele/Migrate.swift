import ArgumentParser
import ClienteleJSON
import ClienteleStore

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database up to date, as serve does when it starts."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Print the SQL that would run, and change nothing.")
    var dryRun = false

    func run() async throws {
        let location = try data.location()
        let lines = dryRun ? try await plan(location) : try await apply(location)
        guard !output.json else { return }
        for line in lines { printLine(line) }
        if lines.isEmpty { printLine("The database \(location.name) is up to date.") }
    }

    private func plan(_ location: StoreLocation) async throws -> [String] {
        let pending = try await pendingMigrations(location)
        if output.json {
            let list = pending.map { ["name": .string($0.name), "sql": .string($0.sql)] as JSON }
            printLine((["pending": .array(list)] as JSON).text)
        }
        return pending.map { "-- \($0.name)\n\n\($0.sql)\n" }
    }

    private func apply(_ location: StoreLocation) async throws -> [String] {
        let names = try await migrateStore(location)
        if output.json { printLine((["applied": .array(names.map { .string($0) })] as JSON).text) }
        return names.map { "Applied \($0)." }
    }
}
