import ArgumentParser
import ClienteleCore
import ClienteleJSON
import ClienteleStore

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fill an empty installation with an organization that has a year behind it.",
        discussion: """
            Makes products, benefits and meters, and customers with subscriptions and usage, of an organization of their \
            own, and prints a token for it. A server may run meanwhile.
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How many customers.")
    var customers = 1_000

    func validate() throws {
        guard 1...100_000 ~= customers else { throw ValidationError("--customers must be from 1 to 100000.") }
    }

    func run() async throws {
        let made = try await withStore(data) { store in
            let organizations = Organizations(store: store)
            let known = try await organizations.list().map(\.id)
            guard try await Customers(store: store).list(CustomerQuery(organizations: known)).totalCount == 0 else {
                throw CommandFailure(
                    "There are customers already, so nothing was made. Name an empty place with --data-dir or --database."
                )
            }
            let organization = try await organizations.create(name: "Larkspur Maps (demo)")
            let demo = DemoData(store: store, organization: organization.id, customers: customers)
            let example = try await demo.make { done in showProgress(done) }
            let (_, secret) = try await AccessTokens(store: store).create(
                kind: .organization,
                organizations: [organization.id],
                scopes: Set(Scope.all)
            )
            return (organization: organization, example: example, token: secret.text)
        }
        guard !output.json else {
            let result: JSON = [
                "organization_id": .string(made.organization.id.text), "customers": .integer(Int64(customers)),
                "token": .string(made.token), "example_customer_id": .string(made.example.text),
            ]
            return printLine(result.text)
        }
        printLine("Made \(customers) customers of \"\(made.organization.name)\", id \(made.organization.id)")
        printLine("Access token with all scopes, shown only now: \(made.token)")
        printLine("Once a server runs, look at one of them:")
        printLine(
            "  curl -H 'Authorization: Bearer \(made.token)' \(exampleAddress)/v1/customers/\(made.example)/state"
        )
    }

    private let exampleAddress = "http://127.0.0.1:8080"

    private func showProgress(_ done: Int) {
        guard !output.json, isErrorATerminal else { return }
        showProgressBar("Made", done: done, of: customers, "customers")
    }

    private enum CodingKeys: CodingKey { case data, output, customers }
}
