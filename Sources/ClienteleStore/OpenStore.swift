public import CoreMetrics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a store could not be opened, told to the operator in one line.
public enum StoreOpeningError: Error, CustomStringConvertible {
    case unwritableFolder(path: String, reason: String)
    case newerDatabase(migration: String)
    case unusableDatabase(path: String, reason: String)

    public var description: String {
        switch self {
        case .unwritableFolder(let path, let reason):
            "The data folder \(path) cannot be written to (\(reason)). Give another one with --data-dir, or correct its rights."
        case .newerDatabase(let migration):
            "The database was made by a newer version of Clientele (it knows the migration \(migration)). "
                + "Run that version, or restore a backup made before the upgrade."
        case .unusableDatabase(let path, let reason):
            "The database \(path) cannot be opened: \(reason)."
        }
    }
}

/// Opens the SQLite store of a data folder, which is made if it is missing, and brings its schema up to date.
///
/// Several processes may have the same folder open.
public func openStore(
    inFolder folder: String,
    metrics: any MetricsFactory = NOOPMetricsHandler.instance
) async throws -> SQLStore {
    try makeWritableFolder(folder)
    let path = folder + "/" + databaseFileName
    do {
        return try await migrated(try SQLiteEngine(.file(path), metrics: StoreMetrics(factory: metrics)))
    } catch let error as SQLError {
        throw StoreOpeningError.unusableDatabase(path: path, reason: error.message)
    }
}

/// Opens an empty store in memory, which is gone with it.
public func openStoreInMemory() async throws -> SQLStore {
    try await migrated(try SQLiteEngine(.memory, metrics: StoreMetrics(factory: NOOPMetricsHandler.instance)))
}

/// A store on `engine` once its schema is current; where it cannot be, the engine is let go.
private func migrated(_ engine: SQLiteEngine) async throws -> SQLStore {
    do {
        try await Migrator(engine: engine).run()
        return SQLStore(engine: engine)
    } catch {
        try? await engine.close()
        throw error
    }
}

/// The file of a data folder that holds everything.
public let databaseFileName = "clientele.sqlite"

private func makeWritableFolder(_ path: String) throws {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
        made += part.isEmpty && made.isEmpty ? "/" : part + "/"
        // The rights are the owner's alone: the folder holds personal data.
        guard mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
        let reason = String(cString: strerror(errno))
        var status = stat()
        guard stat(made, &status) == 0 else { throw StoreOpeningError.unwritableFolder(path: path, reason: reason) }
    }
    guard access(path, W_OK | X_OK) == 0 else {
        throw StoreOpeningError.unwritableFolder(path: path, reason: String(cString: strerror(errno)))
    }
}
