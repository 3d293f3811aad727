import ArgumentParser
import ClienteleClient
import Foundation

struct CustomersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customers",
        abstract: "Look after the customers of a server, over its API.",
        discussion: "On a terminal customers are shown as a table; elsewhere, and with --json, as JSON.",
        subcommands: [
            List.self, Get.self, Create.self, Update.self, Delete.self, State.self, ImportCommand.self, Export.self,
        ]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List customers, the newest first.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "A text in the address or name, or at the start of the external id.")
        var query: String?

        @Option(help: "The address.")
        var email: String?

        @Option(help: ArgumentHelp("A pair of their metadata; several must all be there.", valueName: "key=value"))
        var metadata: [String] = []

        @Option(help: ArgumentHelp("How many at the most; 0 for all.", valueName: "n"))
        var limit = 100

        func run() async throws {
            let pairs = try metadata.map(pair)
            let client = try server.client()
            let list = client.customers.list(
                email: email,
                query: query,
                metadata: Dictionary(pairs) { $1 },
                limit: limit == 0 ? 100 : min(limit, 100)
            )
            var customers: [Customer] = []
            try await calling {
                for try await customer in list {
                    customers.append(customer)
                    if customers.count == limit { break }
                }
            }
            try printCustomers(customers, output)
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a customer.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var customer: CustomerArgument

        func run() async throws {
            let client = try server.client()
            try printCustomer(try await calling { try await client.customers.get(customer.key) }, output)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a customer.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "The address.")
        var email: String

        @Option(help: "The name.")
        var name: String?

        @Option(help: "Your own id of the customer.")
        var externalId: String?

        @Option(
            help: ArgumentHelp("A pair of its metadata; numbers and true and false are kept.", valueName: "key=value")
        )
        var metadata: [String] = []

        func run() async throws {
            let pairs = try metadata.map(pair)
            let client = try server.client()
            let body = CustomerCreate(
                email: email,
                name: name,
                externalID: externalId,
                metadata: Dictionary(pairs) { $1 }
            )
            try printCustomer(try await calling { try await client.customers.create(body) }, output)
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a customer; what is not told stays.",
            discussion:
                "An empty name clears it. Pairs of metadata are added to those that are there; key= takes one away."
        )

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var customer: CustomerArgument

        @Option(help: "The address.")
        var email: String?

        @Option(help: "The name.")
        var name: String?

        @Option(help: ArgumentHelp("A pair of its metadata.", valueName: "key=value"))
        var metadata: [String] = []

        func run() async throws {
            let pairs = try metadata.map(pair)
            let client = try server.client()
            var body = CustomerUpdate(email: email.map { .set($0) } ?? .unchanged)
            if let name { body.name = name.isEmpty ? .null : .set(name) }
            let changed = try await calling {
                let found = try await client.customers.get(customer.key)
                if !pairs.isEmpty {
                    let all = found.metadata.merging(pairs) { $1 }
                    body.metadata = .set(all.filter { $0.value != "" })
                }
                // Only what was seen is changed: metadata is replaced whole.
                let options = RequestOptions(ifVersion: pairs.isEmpty ? nil : found.stateVersion)
                return try await client.customers.update(found.id, body, options: options)
            }
            try printCustomer(changed, output)
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a customer: its subscriptions end at once.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var customer: CustomerArgument

        @Flag(help: "Destroy what could tell who it was, too.")
        var anonymize = false

        func run() async throws {
            let client = try server.client()
            try await calling {
                switch customer.key {
                case .id(let id): try await client.customers.delete(id, anonymize: anonymize)
                case .externalID(let externalID):
                    try await client.customers.deleteExternal(externalID, anonymize: anonymize)
                }
            }
            let isJSON = output.json || !isOutputATerminal
            printLine(isJSON ? #"{"deleted":true}"# : "Deleted \(customer.key).")
        }
    }

    struct State: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a customer pays for and may use, as JSON.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var customer: CustomerArgument

        func run() async throws {
            let client = try server.client()
            let state = try await calling { try await client.customers.state(customer.key) }
            printLine(try state.wireText())
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print all customers as CSV.")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let client = try server.client()
            try await calling {
                for try await piece in try await client.customers.export() {
                    try FileHandle.standardOutput.write(contentsOf: Data(piece))
                }
            }
        }
    }
}

/// The argument that names a customer.
struct CustomerArgument: ParsableArguments {
    @Argument(help: "The customer's id, or your own id of it.")
    var customer: String

    @Flag(help: "The customer is named by your own id, though it looks like a server's.")
    var external = false

    var key: CustomerKey {
        guard !external, let id = UUID(uuidString: customer) else { return .externalID(customer) }
        return .id(id)
    }
}

extension CustomersClient {
    fileprivate func get(_ key: CustomerKey) async throws(ClienteleError) -> Customer {
        switch key {
        case .id(let id): try await get(id)
        case .externalID(let externalID): try await getExternal(externalID)
        }
    }
}

/// A pair of metadata; what is written like a number or a truth value is one.
private func pair(_ text: String) throws -> (String, JSON) {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
        throw CommandFailure("'\(text)' is no pair of metadata: write key=value.")
    }
    let value = String(text[text.index(after: sign)...])
    let parsed = try? JSON(parsing: value)
    switch parsed {
    case .bool?, .integer?, .number?: return (String(text[..<sign]), parsed ?? .string(value))
    case .null?, .bigInteger?, .string?, .array?, .object?, nil: return (String(text[..<sign]), .string(value))
    }
}

private func printCustomer(_ customer: Customer, _ output: OutputOptions) throws {
    if output.json || !isOutputATerminal { return printLine(try customer.wireText()) }
    printTable(table([customer]))
}

private func printCustomers(_ customers: [Customer], _ output: OutputOptions) throws {
    if output.json || !isOutputATerminal {
        return printLine("[" + (try customers.map { try $0.wireText() }.joined(separator: ",")) + "]")
    }
    printTable(table(customers))
}

private func table(_ customers: [Customer]) -> [[String]] {
    [["ID", "EXTERNAL ID", "E-MAIL", "NAME", "TYPE"]]
        + customers.map {
            ["\($0.id)".lowercased(), $0.externalID ?? "", $0.email ?? "", $0.name ?? "", $0.type.rawValue]
                .map(\.shown)
        }
}

extension String {
    /// The text for a table: what customers call themselves must not command the terminal.
    fileprivate var shown: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
