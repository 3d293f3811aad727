import ArgumentParser
import ClienteleCore
import ClienteleJSON
import ClienteleStore

struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fill an organization with made-up customers, for benchmarks.",
        discussion: "The same call makes the same customers, but for their ids."
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How many.")
    var customers: Int

    @Option(help: ArgumentHelp("The organization that gets them. (default: a new one)", valueName: "id"))
    var organization: String?

    func validate() throws {
        guard customers >= 0 else { throw ValidationError("--customers must not be below 0.") }
    }

    func run() async throws {
        let known = try organization.map { text in
            guard let id = Organization.ID(text) else { throw CommandFailure("'\(text)' is no organization's id.") }
            return id
        }
        let organization = try await withStore(data) { store in
            let organization: Organization.ID
            if let known {
                guard try await store.organizations().contains(where: { $0.id == known }) else {
                    throw DomainError.refused([Refusal(.organizationUnknown, input: known.text)])
                }
                organization = known
            } else {
                organization = try await Organizations(store: store).create(name: "Seeded").id
            }
            try await fill(organization, in: store)
            return organization
        }
        let result: JSON = ["organization_id": .string(organization.text), "customers": .integer(Int64(customers))]
        printLine(output.json ? result.text : "Made \(customers) customers in the organization \(organization).")
    }

    /// Customers that are on their way to the store at one moment.
    private static let underWay = 256

    private func fill(_ organization: Organization.ID, in store: SQLStore) async throws {
        let use = Customers(store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<customers {
                if number >= Self.underWay { try await group.next() }
                if number % 10_000 == 0 { showProgress(number) }
                let draft = try SeededCustomer(number: number).draft
                group.addTask { _ = try await use.create(draft, in: organization) }
            }
            try await group.waitForAll()
        }
        showProgress(customers)
    }

    private func showProgress(_ done: Int) {
        guard !output.json, isErrorATerminal else { return }
        showProgressBar("Made", done: done, of: customers, "customers")
    }
}

/// One made-up customer: who it is follows from its number.
struct SeededCustomer {
    let number: Int

    private static let firstNames = [
        "Ada", "Björn", "Chidi", "Dolores", "Emil", "Fatima", "Grace", "Hiro", "Inés", "Jo",
    ]
    private static let lastNames = ["Lovelace", "Nilsson", "Okafor", "García", "Novák", "Haddad", "Hopper", "Tanaka"]
    private static let countries = ["DE", "FR", "US", "BR", "JP", "GB", "IN", "SE"]
    private static let plans = ["free", "pro", "team"]

    var draft: CustomerDraft {
        get throws {
            let first = Self.firstNames[number % Self.firstNames.count]
            let last = Self.lastNames[number / Self.firstNames.count % Self.lastNames.count]
            let country = Self.countries[number % Self.countries.count]
            return CustomerDraft(
                email: try EmailAddress("customer\(number)@mail\(number % 1_000).example.com"),
                externalID: "user_\(number)",
                name: "\(first) \(last) \(number)",
                billingAddress: try Country(country).map {
                    try PostalAddress(city: "City \(number % 500)", country: $0)
                },
                locale: number % 3 == 0 ? LanguageTag("en-GB") : nil,
                metadata: Metadata([
                    .init("plan", .string(Self.plans[number % Self.plans.count])),
                    .init("seats", .integer(Int64(number % 50))),
                ])
            )
        }
    }
}
