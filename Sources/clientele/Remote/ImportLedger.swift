import ClienteleClient
import Foundation
import Synchronization

/// What an import has done so far, in a file, so that one that was stopped goes on where it was.
///
/// The first line tells the source and the server, and how many customers there were; each other line is a row that is
/// done, and what came of it. A line is written at once; the last may be cut, and its row is then done again, with the same key.
final class ImportLedger: Sendable {
    enum Outcome: String, CaseIterable, Sendable {
        case created, updated
        case present = "already-there"
    }

    let path: String
    let customersBefore: Int
    private let file: FileHandle
    private let done: Mutex<[String: Outcome]>

    /// Goes on with the file, or begins it.
    init(path: String, fingerprint: String, customersBefore: () async throws -> Int) async throws {
        self.path = path
        var lines = try Self.text(at: path).split(separator: "\n", omittingEmptySubsequences: false)
        let cut = lines.popLast().map(String.init) ?? ""
        var done: [String: Outcome] = [:]
        if let heading = lines.first?.split(separator: "\t"), heading.count == 3, let count = Int(heading[2]) {
            guard heading[1] == fingerprint else {
                throw CommandFailure(
                    "\(path) is the ledger of another file or server: remove it, or name another with --ledger."
                )
            }
            self.customersBefore = count
            for line in lines.dropFirst() {
                let parts = line.split(separator: "\t")
                if parts.count == 2, let outcome = Outcome(rawValue: String(parts[1])) {
                    done[String(parts[0])] = outcome
                }
            }
        } else {
            guard lines.isEmpty else { throw Self.noLedger(path) }
            self.customersBefore = try await customersBefore()
            let heading = Data("\(Self.mark)\(fingerprint)\t\(self.customersBefore)\n".utf8)
            guard FileManager.default.createFile(atPath: path, contents: heading) else {
                throw CommandFailure("Cannot write \(path).")
            }
        }
        guard let file = FileHandle(forUpdatingAtPath: path) else { throw CommandFailure("Cannot write \(path).") }
        let end = try file.seekToEnd()
        // What was cut is not there any more.
        if !lines.isEmpty, !cut.isEmpty { try file.truncate(atOffset: end - UInt64(cut.utf8.count)) }
        self.file = file
        self.done = Mutex(done)
    }

    /// What the file has; nothing where there is none, or an import was stopped before it had written a line.
    private static func text(at path: String) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else { return "" }
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self),
            text.hasPrefix(mark) || mark.hasPrefix(text)
        else { throw noLedger(path) }
        return text
    }

    /// What a ledger begins with: a file that does not is somebody's, and is never written over.
    private static let mark = "clientele-import\t"

    private static func noLedger(_ path: String) -> CommandFailure {
        CommandFailure("\(path) is no ledger of an import: name another file with --ledger.")
    }

    func isDone(_ key: String) -> Bool { done.withLock { $0[key] != nil } }

    func note(_ key: String, _ outcome: Outcome) throws {
        try done.withLock { done in
            try file.write(contentsOf: Data("\(key)\t\(outcome.rawValue)\n".utf8))
            done[key] = outcome
        }
    }

    /// How many rows ended so, in all runs.
    func count(_ outcome: Outcome) -> Int { done.withLock { $0.values.count { $0 == outcome } } }
}
