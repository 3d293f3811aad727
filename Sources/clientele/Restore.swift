import ArgumentParser
import ClienteleJSON
import ClienteleStore

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup into a data folder that has no database yet.",
        discussion: "The file stays as it is. PostgreSQL has pg_restore for it."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file that `clientele backup` made.")
    var file: String

    func run() async throws {
        let location = try data.location()
        let folder = try location.folder(or: "pg_restore --exit-on-error \(location.shellName) \(file.shellQuoted)")
        let copy = try await restore(file, into: folder, onStep: copyProgress(output))
        let result: JSON = [
            "database": .string(absolutePath(copy.path)), "bytes": .integer(Int64(copy.bytes)),
            "migration": .string(copy.migration),
        ]
        printLine(output.json ? result.text : "Restored \(file) to \(copy.path), \(copy.bytes) bytes.")
    }
}
