import ClienteleCore
import ClienteleStore
import ClienteleTestSupport
import Foundation
import Testing

@Suite("Restoring")
struct RestoreTests {
    /// Runs `body` with a folder that has a sound backup in it, named `backup`, and nothing else.
    private func withBackup(_ body: (String) async throws -> Void) async throws {
        try await withFolder { source in
            try await makeData(source + "/data") { try await $0.furnish() }
            try await withFolder { folder in
                _ = try await backUp(source + "/data", to: folder + "/backup") { _, _ in }
                try await body(folder)
            }
        }
    }

    /// Restores into a folder that must be refused, and gives the reason; nothing may have changed.
    private func refusal(
        _ name: String = "backup",
        in folder: String,
        into data: String = "new/data"
    ) async throws -> String {
        let before = try contents(folder)
        var told = ""
        do {
            _ = try await restore(folder + "/" + name, into: folder + "/" + data) { _, _ in }
            Issue.record("it was restored")
        } catch {
            told = "\(error)"
        }
        #expect(try contents(folder) == before)
        return told
    }

    @Test func leavesTheFileAsItIs() async throws {
        try await withBackup { folder in
            let before = try contents(folder)
            let moment = try FileManager.default.attributesOfItem(atPath: folder + "/backup")[.modificationDate]
            _ = try await restore(folder + "/backup", into: folder + "/data") { _, _ in }
            #expect(try names(folder) == ["backup", "data"])
            #expect(try contents(folder)["backup"] == before["backup"])
            let after = try FileManager.default.attributesOfItem(atPath: folder + "/backup")[.modificationDate]
            #expect(after as? Date == moment as? Date)
        }
    }

    @Test func takesWhatSQLiteItselfCopied() async throws {
        try await withFolder { folder in
            let customer = try await makeData(folder + "/data") { try await $0.create("ada@example.com") }
            let database = folder + "/data/" + databaseFileName
            // Such a file is of the kind that has a log, but has none.
            #expect(try names(folder + "/data") == [databaseFileName])
            #expect(FileManager.default.contents(atPath: database)?[18] == 2)
            try FileManager.default.copyItem(atPath: database, toPath: folder + "/copy of it?#%.sqlite")
            _ = try await restore(folder + "/copy of it?#%.sqlite", into: folder + "/new") { _, _ in }
            let restored = try await openStore(.folder(folder + "/new"))
            #expect(try await restored.customer(.id(customer.id), in: [customer.organization]) == customer)
            try await restored.close()
            #expect(try names(folder) == ["copy of it?#%.sqlite", "data", "new"])
        }
    }

    @Test(arguments: ["", "-wal", "-journal", ".partial"])
    func refusesAFolderThatHasADatabase(_ suffix: String) async throws {
        try await withBackup { folder in
            let taken = folder + "/data/" + databaseFileName + suffix
            try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: false)
            try Data("mine".utf8).write(to: URL(filePath: taken))
            let told = try await refusal(in: folder, into: "data")
            #expect(told.hasPrefix("There is a file \(taken) already"))
        }
    }

    @Test func refusesAFileThatIsNotThere() async throws {
        try await withBackup { folder in
            #expect(try await refusal("none", in: folder) == "There is no file \(folder)/none.")
            try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: false)
            #expect(try await refusal("folder", in: folder) == "There is no file \(folder)/folder.")
        }
    }

    @Test func refusesAFileThatIsNoDatabase() async throws {
        try await withBackup { folder in
            for (name, bytes) in [("text", Data(String(repeating: "text ", count: 1_000).utf8)), ("empty", Data())] {
                try bytes.write(to: URL(filePath: folder + "/" + name))
                let told = try await refusal(name, in: folder)
                #expect(told.hasPrefix("The file \(folder)/\(name) is no backup of Clientele: "))
            }
        }
    }

    @Test(arguments: [
        "DELETE FROM migrations", "UPDATE migrations SET name = '0001_' || name", "DROP TABLE migrations",
    ])
    func refusesADatabaseOfAnotherProgram(_ sql: String) async throws {
        try await withBackup { folder in
            try await change(folder, sql)
            let told = try await refusal(in: folder)
            #expect(told == "The file \(folder)/backup is no backup of Clientele: it is another program's database.")
        }
    }

    @Test func refusesABackupOfANewerVersion() async throws {
        try await withBackup { folder in
            try await change(folder, "INSERT INTO migrations (name) VALUES ('v999_later')")
            let told = try await refusal(in: folder)
            #expect(told.contains("newer version of Clientele (it knows the migration v999_later)"))
        }
    }

    @Test func refusesADamagedFile() async throws {
        try await withBackup { folder in
            try damage(folder + "/backup")
            let told = try await refusal(in: folder)
            #expect(told.hasPrefix("The database \(folder)/backup is damaged, and no copy was kept of it: "))
        }
    }

    @Test(arguments: ["-wal", "-journal"])
    func refusesAFileThatIsNotWholeWithoutItsLog(_ suffix: String) async throws {
        try await withBackup { folder in
            try Data("log".utf8).write(to: URL(filePath: folder + "/backup" + suffix))
            let told = try await refusal(in: folder)
            #expect(told.hasPrefix("The file \(folder)/backup is not whole without \(folder)/backup\(suffix)"))
            #expect(told.contains("`clientele backup`"))
        }
    }

    /// Changes the backup behind the program's back.
    private func change(_ folder: String, _ sql: String) async throws {
        let data = folder + "/changing"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        let path = data + "/" + databaseFileName
        try FileManager.default.moveItem(atPath: folder + "/backup", toPath: path)
        try await withData(data) { store in try await store.engine.write { try $0.script(sql) } }
        try FileManager.default.moveItem(atPath: path, toPath: folder + "/backup")
        try FileManager.default.removeItem(atPath: data)
    }
}
