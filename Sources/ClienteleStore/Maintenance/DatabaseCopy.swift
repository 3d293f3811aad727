import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a backup was not made or not restored, told to the operator in one line.
public enum BackupError: Error, CustomStringConvertible {
    case nameTaken(path: String)
    case unfinished(path: String)
    case unwritable(path: String, reason: String)
    case noFile(path: String)
    case noBackup(path: String, reason: String)
    case hasLog(path: String, log: String)
    case damaged(path: String, problem: String)
    case folderTaken(path: String)

    public var description: String {
        switch self {
        case .nameTaken(let path): "There is a file \(path) already. Give another name, or move it away."
        case .unfinished(let path):
            "There is a file \(path) already: another copy is being made, or one was cut off. Remove it if none is."
        case .unwritable(let path, let reason): "The file \(path) cannot be written: \(reason)."
        case .noFile(let path): "There is no file \(path)."
        case .noBackup(let path, let reason): "The file \(path) is no backup of Clientele: \(reason)."
        case .hasLog(let path, let log):
            "The file \(path) is not whole without \(log), so it is no backup. Make one from its folder with "
                + "`clientele backup`."
        case .damaged(let path, let problem): "The database \(path) is damaged, and no copy was kept of it: \(problem)."
        case .folderTaken(let path):
            "There is a file \(path) already, and nothing was changed. Give a new folder with --data-dir, or stop what "
                + "serves this one and move all its clientele.sqlite* files away."
        }
    }
}

/// A database that was copied.
public struct DatabaseCopy: Sendable {
    public let path: String
    public let bytes: Int
    /// The newest migration that it has.
    public let migration: String
}

/// Told after every step of a copy, in pages.
public typealias CopyProgress = @Sendable (_ done: Int, _ total: Int) -> Void

/// Copies the SQLite database of a folder, as it is at one moment, to a file that is whole once it has its name.
///
/// Servers go on while it runs. The schema may be of any version.
public func backUp(_ folder: String, to path: String, onStep: @escaping CopyProgress) async throws -> DatabaseCopy {
    try await backUp(folder, to: path, pagesPerStep: Copying.pagesPerStep, onStep: onStep)
}

package func backUp(
    _ folder: String,
    to path: String,
    pagesPerStep: Int,
    onStep: @escaping CopyProgress
) async throws -> DatabaseCopy {
    let location = StoreLocation.folder(folder)
    return try await telling(location) {
        try await NIOThreadPool.singleton.runIfActive {
            guard fileSize(location.name) != nil else { throw StoreOpeningError.noDatabase(name: location.name) }
            try refuseTaken(path) { .nameTaken(path: $0) }
            let file = try SQLiteFile(location.name, .shared)
            guard let migration = try Migrator.applied(.sqlite, file.texts)?.last else {
                throw StoreOpeningError.noDatabase(name: location.name)
            }
            let copying = Copying(
                source: location.name,
                file: file,
                path: path,
                journalMode: "DELETE",
                pagesPerStep: pagesPerStep
            )
            return DatabaseCopy(path: path, bytes: try copying.run(onStep), migration: migration)
        }
    }
}

/// Copies a backup into a folder that has no database, which is made if it is missing.
public func restore(_ path: String, into folder: String, onStep: @escaping CopyProgress) async throws -> DatabaseCopy {
    let location = StoreLocation.folder(folder)
    return try await NIOThreadPool.singleton.runIfActive {
        try refuseTaken(location.name) { .folderTaken(path: $0) }
        guard fileSize(path) != nil else { throw BackupError.noFile(path: path) }
        let (file, migration) = try soundBackup(path)
        try makeWritableFolder(folder)
        let copying = Copying(source: path, file: file, path: location.name, journalMode: "WAL")
        do {
            return DatabaseCopy(path: location.name, bytes: try copying.run(onStep), migration: migration)
        } catch BackupError.nameTaken(let taken) {
            throw BackupError.folderTaken(path: taken)
        }
    }
}

/// Opens a backup that this version can serve, and gives its newest migration.
private func soundBackup(_ path: String) throws -> (SQLiteFile, migration: String) {
    for log in [path + "-wal", path + "-journal"] where fileSize(log) ?? 0 > 0 {
        throw BackupError.hasLog(path: path, log: log)
    }
    do {
        let file = try SQLiteFile(path, .untouched)
        guard let applied = try Migrator.applied(.sqlite, file.texts), let newest = applied.last,
            applied.first == Migrator.migrations.first?.name
        else { throw BackupError.noBackup(path: path, reason: "it is another program's database") }
        _ = try Migrator.migrations(after: applied)
        if let problem = file.problem() { throw BackupError.damaged(path: path, problem: problem) }
        return (file, newest)
    } catch let error as SQLError {
        throw BackupError.noBackup(path: path, reason: error.message)
    }
}

/// Refuses a name that a database, or what SQLite keeps beside one and would take for the new one's, has already.
private func refuseTaken(_ path: String, _ error: (String) -> BackupError) throws {
    for name in [path, path + "-wal", path + "-journal"] where isTaken(name) { throw error(name) }
}

/// The copying of a database to a file that has another name until it is whole and on the disk.
private struct Copying {
    /// What is copied, as people know it.
    let source: String
    let file: SQLiteFile
    let path: String
    /// The mode that the copy is left in: one that needs no other files, or the one that servers use.
    let journalMode: String
    var pagesPerStep = Self.pagesPerStep

    /// Some milliseconds of work.
    static let pagesPerStep = 1_000

    private var partialPath: String { path + ".partial" }

    /// Makes the copy, or leaves nothing; gives its bytes.
    func run(_ onStep: CopyProgress) throws -> Int {
        do {
            try makePrivateFile(partialPath)
        } catch {
            guard error.code == EEXIST else { throw told(error) }
            throw BackupError.unfinished(path: partialPath)
        }
        // What is left of another copy would be taken for this one's.
        removeLogs()
        do {
            return try fill(onStep)
        } catch {
            removeFile(partialPath)
            removeLogs()
            throw told(error)
        }
    }

    private func fill(_ onStep: CopyProgress) throws -> Int {
        try file.copy(to: try SQLiteFile(partialPath, .alone), pagesPerStep: pagesPerStep, onStep: onStep)
        // On a connection that begins with the copied file, and whose end leaves nothing beside it.
        try SQLiteFile(partialPath, .alone).run("PRAGMA journal_mode = \(journalMode)")
        try flushFile(partialPath)
        if let problem = try SQLiteFile(partialPath, .untouched).problem() {
            throw BackupError.damaged(path: source, problem: problem)
        }
        let bytes = fileSize(partialPath) ?? 0
        try moveFile(partialPath, to: path)
        try flushFile(parentFolder(path))
        return bytes
    }

    private func removeLogs() { for suffix in ["-wal", "-shm", "-journal"] { removeFile(partialPath + suffix) } }

    private func told(_ error: any Error) -> any Error {
        switch error {
        case let error as FileError where error.code == EEXIST: BackupError.nameTaken(path: error.path)
        case let error as FileError: BackupError.unwritable(path: error.path, reason: error.reason)
        case let error as SQLError: BackupError.unwritable(path: partialPath, reason: error.message)
        default: error
        }
    }
}
