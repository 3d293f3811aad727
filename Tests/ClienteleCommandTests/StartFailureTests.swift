import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

/// What keeps a server from starting is told in one line.
@Suite(.timeLimit(.minutes(10)))
struct StartFailureTests {
    @Test func aBusyPort() async throws {
        try await withFolder { folder in
            let port = try BusyPort()
            let errors = try await failedStart(["--port", "\(port.number)", "--data-dir", folder])
            #expect(
                errors == "Error: Port \(port.number) of 127.0.0.1 is in use by another program. "
                    + "Stop it, or give another port with --port.\n"
            )
        }
    }

    @Test func anAddressThatIsNotOfThisMachine() async throws {
        try await withFolder { folder in
            // Of the block that is kept for documentation, so nobody's.
            let errors = try await failedStart(["--host", "203.0.113.1", "--port", "0", "--data-dir", folder])
            #expect(errors.hasPrefix("Error: Cannot listen on 203.0.113.1, port 0: "))
        }
    }

    @Test func aHostThatNobodyKnows() async throws {
        try await withFolder { folder in
            let errors = try await failedStart(["--host", "nowhere.invalid", "--port", "0", "--data-dir", folder])
            #expect(errors.hasPrefix("Error: Cannot listen on nowhere.invalid, port 0: "))
        }
    }

    @Test(arguments: [
        ["serve", "--port", "0"], ["organization", "list"], ["token", "list"], ["seed", "--customers", "1"],
    ])
    func aDataFolderBelowAFile(command: [String]) async throws {
        try await withFolder { folder in
            _ = try newFile("file", in: folder)
            for path in [folder + "/file", folder + "/file/below/it"] {
                let result = try await clientele(command + ["--data-dir", path])
                #expect(result.status != 0)
                #expect(result.output.isEmpty)
                #expect(result.errors.hasPrefix("Error: The data folder \(path) cannot be written to ("))
                #expect(result.errors.hasSuffix("). Give another one with --data-dir, or correct its rights.\n"))
                #expect(result.errors.split(separator: "\n").count == 1)
            }
        }
    }

    @Test(arguments: [["serve", "--port", "0"], ["organization", "create", "Late"], ["token", "list"]])
    func aDatabaseOfANewerVersion(command: [String]) async throws {
        try await withFolder { folder in
            _ = try await newOrganization(folder)
            let database = folder + "/clientele.sqlite"
            try await runSQL("INSERT INTO migrations (name) VALUES ('v999_future')", in: database)
            let result = try await clientele(command + ["--data-dir", folder])
            #expect(result.status != 0)
            #expect(result.output.isEmpty)
            #expect(
                result.errors == "Error: The database was made by a newer version of Clientele (it knows the migration "
                    + "v999_future). Run that version, or restore a backup made before the upgrade.\n"
            )
            try await runSQL("DELETE FROM migrations WHERE name = 'v999_future'", in: database)
            #expect(try await clienteleJSON(["organization", "list"], data: folder).array?.count == 1)
        }
    }

    @Test func aDatabaseThatIsNone() async throws {
        try await withFolder { folder in
            let database = folder + "/clientele.sqlite"
            try String(repeating: "no database ", count: 1_000).write(
                toFile: database,
                atomically: true,
                encoding: .utf8
            )
            let errors = try await failedStart(["--port", "0", "--data-dir", folder])
            #expect(errors.hasPrefix("Error: The database \(database) cannot be opened: "))
        }
    }

    /// Starts a server that must not start, and gives its one line of complaint.
    private func failedStart(_ arguments: [String]) async throws -> String {
        let result = try await clientele(["serve"] + arguments)
        #expect(result.status != 0)
        #expect(!result.output.contains("Serving on"))
        #expect(result.errors.split(separator: "\n").count == 1)
        return result.errors
    }

    private func runSQL(_ sql: String, in database: String) async throws {
        let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
        try await onThread {
            let python = try Process.run(
                URL(filePath: "/usr/bin/env"),
                arguments: ["python3", "-c", script, database, sql]
            )
            python.waitUntilExit()
            guard python.terminationStatus == 0 else { throw CommandError(description: "python3 failed") }
        }
    }
}
