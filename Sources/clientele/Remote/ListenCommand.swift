import ArgumentParser
import ClienteleClient
import Foundation
import UnixSignals

struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Tell what changes on a server as it happens, and send it to a receiver of webhooks on your machine.",
        discussion: """
            Changes come from the server's feed, so that the server need not reach the receiver: each is printed, and with \
            --forward sent as a webhook is, signed. customer.state_changed is sent once the customer's changes have rested for a \
            second, after five at the most. What the receiver refuses is not sent again. The token needs the scope webhooks:read, \
            and customers:read for states.
            """
    )

    @OptionGroup var server: ServerOptions

    @Option(help: ArgumentHelp("Where changes are sent, with POST.", valueName: "url"))
    var forward: String?

    @Option(help: ArgumentHelp("The types to tell, with commas between. (default: all)", valueName: "types"))
    var events: String?

    @Option(
        help: ArgumentHelp("Begin behind the change of this number; 0 for all. (default: from now on)", valueName: "n")
    )
    var after: Int64?

    @Option(
        help: ArgumentHelp("What webhooks are signed with. (default: a new one, printed once)", valueName: "secret")
    )
    var secret: String?

    @Flag(help: "Print each change as one line of JSON, and all else on standard error.")
    var printJson = false

    func validate() throws {
        if let after, after < 0 { throw ValidationError("--after is the number of a change, or 0.") }
        if secret != nil, forward == nil { throw ValidationError("--secret is for what --forward sends.") }
        if secret?.isEmpty == true { throw ValidationError("--secret is empty.") }
    }

    func run() async throws {
        let client = try server.client()
        let types = try types()
        let signing = secret ?? Self.newSecret()
        let forwarder = try forward.map { try WebhookForwarder(to: $0, secret: signing) }
        let listener = Listener(
            client: client,
            after: after,
            forwarder: forwarder,
            types: types,
            output: ListenOutput(isJSON: printJson)
        )
        // A feed waits for a server that is away; whoever types a command wants to know.
        _ = try await calling { try await client.changes.list(after: after, limit: 1) }
        listener.output.tell("Listening to changes of \(server.address); stop with Ctrl-C.")
        if let forward { listener.output.tell("Sending them to \(forward), signed with \(signing)") }
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { for await _ in signals { return } }
            group.addTask { try await calling { try await listener.run() } }
            try await group.next()
        }
    }

    /// The types to tell; nil for all.
    private func types() throws -> Set<WebhookEventType>? {
        guard let events else { return nil }
        let types = events.split(separator: ",").map { WebhookEventType(rawValue: $0.filter { $0 != " " }) }
        guard !types.isEmpty else { throw CommandFailure("--events names no type.") }
        for type in types where !type.isKnown {
            // A later server may have it.
            printError("'\(type)' is no type that this version knows.\n")
        }
        return Set(types)
    }

    private static func newSecret() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var random = SystemRandomNumberGenerator()
        return "whsec_" + String((0..<32).compactMap { _ in letters.randomElement(using: &random) })
    }
}

/// Where what is heard is printed.
struct ListenOutput: Sendable {
    let isJSON: Bool

    /// Prints a line for a person.
    func tell(_ line: String) { if isJSON { printError(line + "\n") } else { printLine(line) } }

    func show(_ notice: ChangeNotice) { printLine(isJSON ? notice.json : notice.line) }
}
