import ArgumentParser
import ClienteleCore
import ClienteleJSON

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what an organization may use; one without a plan may use everything.",
        subcommands: [Set.self, Show.self, Remove.self]
    )

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace an organization's plan; when this ends, every running server heeds it.",
            discussion: "A call beyond the plan is answered with the status 402."
        )

        @OptionGroup var options: PolicyOptions

        @Option(
            help: ArgumentHelp("Customers that it may have, archived ones too. (default: any number)", valueName: "n")
        )
        var customers: Int?

        @Option(
            help: ArgumentHelp(
                "What it does not have: \(Plan.Feature.allCases.map(\.rawValue).joined(separator: ", ")).",
                valueName: "feature"
            )
        )
        var without: [String] = []

        @Flag(help: "The organization may make no call at all.")
        var inactive = false

        func run() async throws {
            let withheld = try without.map { name in
                guard let feature = Plan.Feature(rawValue: name) else {
                    let known = Plan.Feature.allCases.map(\.rawValue).joined(separator: ", ")
                    throw CommandFailure("'\(name)' is no feature: --without takes \(known).")
                }
                return feature
            }
            let plan = Plan(customersMax: customers, withheld: Swift.Set(withheld), isActive: !inactive)
            try await options.change { try await $0.setPlan(plan, of: $1) }
            printPlan(plan, json: options.output.json)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an organization's plan.")

        @OptionGroup var options: PolicyOptions

        func run() async throws { printPlan(try await options.policy().plan, json: options.output.json) }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take the plan away: everything may be used.")

        @OptionGroup var options: PolicyOptions

        func run() async throws {
            try await options.change { try await $0.setPlan(nil, of: $1) }
            printPlan(nil, json: options.output.json)
        }
    }
}

/// The organization that a command is about.
struct OrganizationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The organization's id, as `organization list` shows it.", valueName: "id"))
    var organization: String

    func id() throws -> Organization.ID {
        guard let id = Organization.ID(organization) else {
            throw CommandFailure("'\(organization)' is no organization's id.")
        }
        return id
    }
}

/// What commands about one organization's plan or limits have in common.
struct PolicyOptions: ParsableArguments {
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var target: OrganizationOptions

    func policy() async throws -> Policy {
        let organization = try target.id()
        return try await withStore(data) { try await Policies(store: $0).policy(of: organization) }
    }

    /// Makes a change, and waits as long as a running server may believe what it read before.
    func change(_ body: (Policies, Organization.ID) async throws -> Void) async throws {
        let organization = try target.id()
        try await withStore(data) { try await body(Policies(store: $0), organization) }
        try await Task.sleep(for: .seconds(AccessTokens.rememberedSeconds))
    }
}

private func printPlan(_ plan: Plan?, json: Bool) {
    guard let plan else { return printLine(json ? JSON.null.text : "No plan: everything may be used.") }
    let withheld = plan.withheld.map(\.rawValue).sorted()
    guard !json else {
        let value: JSON = [
            "customers": plan.customersMax.map { .integer(Int64($0)) } ?? .null,
            "without": .array(withheld.map { .string($0) }),
            "active": .bool(plan.isActive),
        ]
        return printLine(value.text)
    }
    printLine("customers  \(plan.customersMax.map { "\($0)" } ?? "any number")")
    printLine("without    \(withheld.isEmpty ? "nothing" : withheld.joined(separator: ", "))")
    printLine("active     \(plan.isActive ? "yes" : "no")")
}
