import ArgumentParser
import ClienteleCore
import ClienteleJSON

struct OrganizationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization",
        abstract: "Make and list organizations.",
        subcommands: [Create.self, List.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an organization, and print its id.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "What it is called, 1 to 256 characters.")
        var name: String

        func run() async throws {
            let organization = try await withStore(data) { try await Organizations(store: $0).create(name: name) }
            printLine(output.json ? organization.json.text : "id  \(organization.id)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the organizations, oldest first.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let organizations = try await withStore(data) { try await Organizations(store: $0).list() }
            if output.json { return printLine(JSON.array(organizations.map(\.json)).text) }
            let rows = organizations.map { [$0.id.text, $0.createdAt.text, $0.name] }
            printTable([["ID", "CREATED", "NAME"]] + rows)
        }
    }
}

extension Organization {
    fileprivate var json: JSON {
        ["id": .string(id.text), "created_at": .string(createdAt.text), "name": .string(name)]
    }
}
