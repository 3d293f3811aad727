import ArgumentParser
import ClienteleCore
import ClienteleJSON

struct TeamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "team",
        abstract: "Make and list the teams of an organization, to which customers of Kirim's dialect belong.",
        subcommands: [Create.self, List.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a team, and print its id.",
            discussion: "From then on, who makes a customer in Kirim's dialect must name its team."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: OrganizationOptions

        @Argument(help: "What it is called, 1 to 200 characters.")
        var name: String

        func run() async throws {
            let organization = try target.id()
            let team = try await withStore(data) {
                try await Organizations(store: $0).createTeam(name: name, in: organization)
            }
            printLine(output.json ? team.json.text : "id  \(team.id)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List an organization's teams: the default one, then the others, oldest first."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var target: OrganizationOptions

        func run() async throws {
            let organization = try target.id()
            let teams = try await withStore(data) { try await Organizations(store: $0).teams(of: organization) }
            if output.json { return printLine(JSON.array(teams.map(\.json)).text) }
            printTable([["ID", "CREATED", "NAME"]] + teams.map { [$0.id.text, $0.createdAt.text, $0.name] })
        }
    }
}

extension Team {
    fileprivate var json: JSON {
        [
            "id": .string(id.text), "created_at": .string(createdAt.text), "name": .string(name),
            "is_default": .bool(isStandard),
        ]
    }
}
