import ArgumentParser
import ClienteleClient

@main
struct Clientele: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clientele",
        abstract: "Keeps an organization's customers, and answers who they are and what they may use.",
        discussion: Settings.discussion,
        version: clienteleVersion,
        subcommands: [
            Serve.self, OrganizationCommand.self, TeamCommand.self, TokenCommand.self, PlanCommand.self,
            LimitCommand.self, CustomersCommand.self, ImportCommand.self, ListenCommand.self, Backup.self,
            Restore.self, Verify.self, Migrate.self, Promote.self, Demo.self, Seed.self,
        ]
    )
}
