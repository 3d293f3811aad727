import ArgumentParser
import ClienteleJSON
import ClienteleStore

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database to a file, while servers go on.",
        discussion: "The copy is the database as it was when the command began. PostgreSQL has pg_dump for it."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file to make; there must be none of its name.")
    var file: String

    func run() async throws {
        let location = try data.location()
        let folder = try location.folder(or: "pg_dump --format=custom --file=\(file.shellQuoted) \(location.shellName)")
        let copy = try await backUp(folder, to: file, onStep: copyProgress(output))
        let result: JSON = [
            "file": .string(absolutePath(copy.path)), "bytes": .integer(Int64(copy.bytes)),
            "migration": .string(copy.migration),
        ]
        printLine(output.json ? result.text : "Backed up \(location.name) to \(copy.path), \(copy.bytes) bytes.")
    }
}

extension StoreLocation {
    /// The data folder; where the data is in PostgreSQL, the operator is told the `command` that does the same there.
    func folder(or command: String) throws -> String {
        switch self {
        case .folder(let folder): return folder
        case .postgres:
            throw CommandFailure("The data is in PostgreSQL, which has a tool of its own for this: \(command)")
        case .memory: throw CommandFailure("The data is in memory, and goes with the process.")
        }
    }

    /// The database's address for a command of PostgreSQL's own; the password is asked for, or comes from ~/.pgpass.
    var shellName: String { "--dbname=" + name.shellQuoted }
}

extension String {
    /// The text as one word of a shell.
    var shellQuoted: String { "'" + replacing("'", with: #"'\''"#) + "'" }
}

/// Tells a person at the terminal how far a copy is.
func copyProgress(_ output: OutputOptions) -> CopyProgress {
    guard !output.json, isErrorATerminal else { return { _, _ in } }
    return { done, total in showProgressBar("Copied", done: done, of: total, "pages") }
}
