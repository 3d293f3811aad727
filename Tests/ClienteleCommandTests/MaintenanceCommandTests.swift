import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Synchronization
import Testing

/// Backups, what is checked, and what migrates: the commands of operators.
@Suite(.timeLimit(.minutes(10)))
struct MaintenanceCommandTests {
    @Test(arguments: ["backup", "restore", "verify", "migrate"])
    func everyCommandTellsWhereItsDataIs(command: String) async throws {
        let result = try await clientele([command, "--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: clientele \(command) "))
        for option in ["--data-dir <dir>", "--database <address>", "--json"] {
            #expect(result.output.contains(option))
        }
    }

    @Test func aBackupOfABusyServerHasAllThatWasAcknowledgedBefore() async throws {
        try await withFolder { folder in
            let data = folder + "/data"
            let token = try await newToken(data, ["--scope", "all"])
            let acknowledged = Acknowledged()
            let before = try await withServing(data) { server in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<4 {
                        group.addTask {
                            try await onThread { try create(client, acknowledged, port: server.port, token) }
                        }
                    }
                    try await waitUntil("there are customers") { acknowledged.ids.count >= 150 }
                    let before = acknowledged.ids
                    let made = try await clienteleJSON(["backup", folder + "/backup"], data: data)
                    #expect(made.object?.map(\.name) == ["file", "bytes", "migration"])
                    #expect(made["file"]?.string?.hasSuffix("/backup") == true)
                    try await waitUntil("more came after it") { acknowledged.ids.count > before.count + 20 }
                    acknowledged.end()
                    try await group.waitForAll()
                    return before
                }
            }
            let restored = ["restore", folder + "/backup", "--data-dir", folder + "/restored"]
            #expect(try await clientele(restored).status == 0)
            let kept = try await withServing(folder + "/restored") { server in
                try await onThread { try listed(port: server.port, token) }
            }
            #expect(kept.total == kept.ids.count)
            #expect(before.isSubset(of: kept.ids))
            #expect(kept.ids.isSubset(of: acknowledged.ids))
            #expect(try await clientele(["verify", "--data-dir", folder + "/restored"]).status == 0)
        }
    }

    @Test func aBackupIsNotMadeTwiceUnderOneName() async throws {
        try await withFolder { folder in
            _ = try await newOrganization(folder + "/data")
            let arguments = ["backup", folder + "/backup", "--data-dir", folder + "/data"]
            let first = try await clientele(arguments)
            let bytes = try #require(FileManager.default.contents(atPath: folder + "/backup"))
            #expect(first.status == 0 && first.errors.isEmpty)
            #expect(
                first.output
                    == "Backed up \(folder)/data/clientele.sqlite to \(folder)/backup, \(bytes.count) bytes.\n"
            )
            let second = try await clientele(arguments)
            #expect(second.status != 0 && second.output.isEmpty)
            #expect(
                second.errors
                    == "Error: There is a file \(folder)/backup already. Give another name, or move it away.\n"
            )
            #expect(FileManager.default.contents(atPath: folder + "/backup") == bytes)
        }
    }

    @Test func aRestoreThatIsRefusedChangesNothing() async throws {
        try await withFolder { folder in
            _ = try await newOrganization(folder + "/data")
            #expect(try await clientele(["backup", folder + "/backup", "--data-dir", folder + "/data"]).status == 0)
            try Data("no database".utf8).write(to: URL(filePath: folder + "/text"))
            let before = try contents(folder)
            for (file, data, complaint) in [
                (
                    "backup", "data",
                    "There is a file \(folder)/data/clientele.sqlite already, and nothing was changed. "
                ),
                ("none", "new", "There is no file \(folder)/none."),
                ("text", "new", "The file \(folder)/text is no backup of Clientele: "),
            ] {
                let result = try await clientele(["restore", "\(folder)/\(file)", "--data-dir", "\(folder)/\(data)"])
                #expect(result.status != 0 && result.output.isEmpty)
                #expect(result.errors.hasPrefix("Error: " + complaint))
                #expect(result.errors.split(separator: "\n").count == 1)
            }
            #expect(try contents(folder) == before)
        }
    }

    @Test(
        arguments: [
            ("backup", "pg_dump --format=custom --file='it'\\''s' --dbname='postgres://u@localhost:5/n'"),
            ("restore", "pg_restore --exit-on-error --dbname='postgres://u@localhost:5/n' 'it'\\''s'"),
        ]
    )
    func namesTheToolOfPostgreSQLWithoutThePassword(command: String, tool: String) async throws {
        try await withFolder { folder in
            let result = try await clientele(
                [command, "it's"],
                environment: ["CLIENTELE_DATABASE": "postgres://u:secret@localhost:5/n"],
                workingFolder: folder
            )
            #expect(result.status != 0 && result.output.isEmpty)
            #expect(result.errors.hasSuffix(": \(tool)\n") && !result.errors.contains("secret"))
            #expect(try contents(folder).isEmpty)
        }
    }

    @Test func verifyTellsWhatIsBroken() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            _ = try await clienteleJSON(["seed", "--customers", "9", "--organization", organization], data: folder)
            let sound = try await clientele(["verify", "--data-dir", folder])
            #expect(sound.status == 0 && sound.errors.isEmpty)
            #expect(sound.outputLines.count > 10 && sound.outputLines.allSatisfy { $0.hasPrefix("ok  ") })
            try await runSQL("UPDATE customer_counts SET live = 8; UPDATE customers SET name_key = ''", in: folder)
            let broken = try await clientele(["verify", "--data-dir", folder])
            #expect(broken.status == 1 && broken.errors.isEmpty)
            #expect(broken.outputLines.count == sound.outputLines.count)
            let lines = broken.outputLines.filter { !$0.hasPrefix("ok  ") }
            let rule = "every organization's counter is the number of its live customers"
            #expect(lines.first == "1 broken  customer_count: \(rule): \(organization)")
            #expect(lines.count == 2 && lines.last?.hasPrefix("9 broken  customer_name_key: ") == true)
            #expect(lines.last?.hasSuffix(", …") == true)
        }
    }

    @Test func verifyTellsWhatIsBrokenAsJSON() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            _ = try await clienteleJSON(["seed", "--customers", "9", "--organization", organization], data: folder)
            let sound = try await clienteleJSON(["verify"], data: folder)
            #expect(sound["ok"] == true)
            #expect(sound["checks"]?.array?.allSatisfy { $0["broken"] == 0 && $0["examples"] == [] } == true)
            try await runSQL("UPDATE customer_counts SET live = 8", in: folder)
            let result = try await clientele(["verify", "--json", "--data-dir", folder])
            #expect(result.status == 1 && result.errors.isEmpty)
            #expect(try result.json["ok"] == false)
            let broken = try result.json["checks"]?.array?.first { $0["broken"] != 0 }
            #expect(
                broken == [
                    "name": "customer_count",
                    "rule": "every organization's counter is the number of its live customers",
                    "broken": 1, "examples": [.string(organization)],
                ]
            )
        }
    }

    @Test func aDryRunChangesNoByteOfAFolderWhoseServerWasKilled() async throws {
        try await withFolder { folder in
            let data = folder + "/data"
            try await withServing(data) { server async throws in
                #expect(try await server.call("POST", "/v1/customers", body: #"{"email":"a@b.com"}"#).status == 201)
                server.send(SIGKILL)
                #expect(await server.status == SIGKILL)
            }
            let before = try contents(folder)
            #expect(before["data/clientele.sqlite-wal"]?.isEmpty == false)
            let result = try await clientele(["migrate", "--dry-run", "--data-dir", data])
            #expect(result.status == 0)
            #expect(result.output == "The database \(data)/clientele.sqlite is up to date.\n")
            #expect(try contents(folder) == before)
        }
    }

    @Test func aDryRunMakesNoFolder() async throws {
        try await withFolder { folder in
            let result = try await clientele(["migrate", "--dry-run", "--data-dir", folder + "/none"])
            #expect(result.status == 0)
            #expect(result.output.hasPrefix("-- v001_customers\n"))
            #expect(try contents(folder).isEmpty)
            let pending = try await clienteleJSON(["migrate", "--dry-run"], data: folder + "/none")["pending"]?.array
            #expect(pending?.first?["name"] == "v001_customers")
            #expect(try contents(folder).isEmpty)
        }
    }

    @Test func whatADryRunPrintsIsWhatMigrates() async throws {
        try await withFolder { folder in
            let plan = try await clientele(["migrate", "--dry-run", "--data-dir", folder])
            try await runSQL(plan.output, in: folder)
            let upToDate = "The database \(folder)/clientele.sqlite is up to date.\n"
            #expect(try await clientele(["migrate", "--data-dir", folder]).output == upToDate)
            _ = try await clienteleJSON(["seed", "--customers", "3"], data: folder)
            #expect(try await clienteleJSON(["verify"], data: folder)["ok"] == true)
        }
    }

    @Test func migrateTellsWhatItDid() async throws {
        try await withFolder { folder in
            let first = try await clientele(["migrate", "--data-dir", folder])
            #expect(first.status == 0 && first.output.hasPrefix("Applied v001_customers.\n"))
            #expect(try await clienteleJSON(["migrate"], data: folder) == ["applied": []])
            #expect(try await clienteleJSON(["migrate", "--dry-run"], data: folder) == ["pending": []])
        }
    }

    @Test(arguments: [["migrate"], ["migrate", "--dry-run"], ["verify"]])
    func refusesADatabaseOfANewerVersion(command: [String]) async throws {
        try await withFolder { folder in
            _ = try await newOrganization(folder)
            try await runSQL("INSERT INTO migrations (name) VALUES ('v999_future')", in: folder)
            let result = try await clientele(command + ["--data-dir", folder])
            #expect(result.status != 0 && result.output.isEmpty)
            #expect(
                result.errors.hasPrefix("Error: The database was made by a newer version of Clientele (it knows the ")
            )
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func worksOnADatabaseOfPostgreSQL() async throws {
        try await withSchema { address in
            func run(_ arguments: [String]) async throws -> CommandResult {
                try await clientele(arguments, environment: ["CLIENTELE_DATABASE": address])
            }
            let early = try await run(["verify"])
            #expect(
                early.status != 0 && early.errors.hasPrefix("Error: There is no database of Clientele at postgres://")
            )
            #expect(try await run(["migrate", "--dry-run"]).output.hasPrefix("-- v001_customers\n"))
            #expect(try await run(["migrate"]).output.hasPrefix("Applied v001_customers.\n"))
            #expect(try await run(["migrate", "--dry-run"]).output.hasSuffix(" is up to date.\n"))
            #expect(try await run(["seed", "--customers", "20"]).status == 0)
            let result = try await run(["verify", "--json"])
            #expect(result.status == 0)
            #expect(try result.json["ok"] == true)
        }
    }
}

/// The ids of the customers that were acknowledged, and whether there shall be more.
private final class Acknowledged: Sendable {
    private let known = Mutex<Set<String>>([])
    private let hasEnded = Mutex(false)

    var ids: Set<String> { known.withLock { $0 } }
    var isOver: Bool { hasEnded.withLock { $0 } }

    func add(_ id: String) { known.withLock { _ = $0.insert(id) } }
    func end() { hasEnded.withLock { $0 = true } }
}

/// Creates customers one after the other until it is over.
private func create(_ client: Int, _ acknowledged: Acknowledged, port: Int, _ token: String) throws {
    let connection = try HTTPConnection(port: port)
    var number = 0
    while !acknowledged.isOver {
        number += 1
        let body = #"{"email":"c\#(client)n\#(number)@example.com","metadata":{"n":\#(number)}}"#
        try connection.send(HTTPRequest("POST", "/v1/customers", token: token, body: body).text)
        let answer = try connection.answer()
        guard answer.status == 201, let id = answer.json["id"]?.string else {
            throw CommandError(description: answer.body)
        }
        acknowledged.add(id)
    }
}

/// What a full list says: the total that it tells, and the ids of all its pages.
private func listed(port: Int, _ token: String) throws -> (total: Int, ids: Set<String>) {
    let connection = try HTTPConnection(port: port)
    var ids: Set<String> = []
    var page = 1
    while true {
        try connection.send(HTTPRequest("GET", "/v1/customers?limit=100&page=\(page)", token: token).text)
        let json = try connection.answer().json
        let items = json["items"]?.array ?? []
        ids.formUnion(items.compactMap { $0["id"]?.string })
        if items.isEmpty { return (Int(json["pagination"]?["total_count"]?.integer ?? -1), ids) }
        page += 1
    }
}

/// Every file below a folder with what is in it; folders are empty.
private func contents(_ folder: String) throws -> [String: Data] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(into: [:]) { contents, name in
        contents[name] = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
    }
}

/// Runs a script on the database of a folder, by another program.
private func runSQL(_ sql: String, in folder: String) async throws {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.close()"
    try await onThread {
        let python = try Process.run(
            URL(filePath: "/usr/bin/env"),
            arguments: ["python3", "-c", script, folder + "/clientele.sqlite", sql]
        )
        python.waitUntilExit()
        guard python.terminationStatus == 0 else { throw CommandError(description: "python3 failed") }
    }
}
