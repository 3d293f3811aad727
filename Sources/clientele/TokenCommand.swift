import ArgumentParser
import ClienteleCore
import ClienteleJSON

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke access tokens.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token, and print its id and, this once, the token itself."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Option(help: ArgumentHelp("An organization that it speaks for; several with --kind user.", valueName: "id"))
        var organization: [String]

        @Option(
            help: ArgumentHelp(
                "A thing that it may do, such as customers:read; 'all' for everything. A key of Kirim's dialect may do all."
            )
        )
        var scope: [String] = []

        @Option(help: "Whom it speaks for: organization or user.")
        var kind = "organization"

        @Option(help: "The API that it is for: polar or kirim.")
        var dialect = "polar"

        @Option(help: "What to call it, at most 100 characters.")
        var label: String?

        @Option(help: ArgumentHelp("How long it is usable: 90d, 12h, 30m, 0s. (default: for ever)", valueName: "time"))
        var expiresIn: String?

        func run() async throws {
            let organizations = try organization.map { text in
                guard let id = Organization.ID(text) else {
                    throw CommandFailure("'\(text)' is no organization's id.")
                }
                return id
            }
            guard let kind = AccessToken.Kind(rawValue: kind) else {
                throw CommandFailure("'\(kind)' is no kind of token: --kind takes organization or user.")
            }
            guard let dialect = Dialect(rawValue: dialect) else {
                throw CommandFailure("'\(dialect)' is no dialect: --dialect takes polar or kirim.")
            }
            let scopes = try scopes(dialect)
            let lifetime = try expiresIn.map(seconds)
            let (token, secret) = try await withStore(data) { store in
                try await AccessTokens(store: store).create(
                    kind: kind,
                    organizations: organizations,
                    scopes: scopes,
                    dialect: dialect,
                    label: label,
                    lifetimeSeconds: lifetime
                )
            }
            guard output.json else {
                printLine("id     \(token.id)")
                return printLine("token  \(secret.text)")
            }
            guard case .object(let members) = token.json else { return }
            printLine(JSON.object(members + [.init("token", .string(secret.text))]).text)
        }

        private func scopes(_ dialect: Dialect) throws -> Set<Scope> {
            guard dialect == .polar else {
                guard scope.isEmpty || scope == ["all"] else {
                    throw CommandFailure("A key of Kirim's dialect may do everything: it takes no --scope.")
                }
                return Set(Scope.all)
            }
            guard !scope.isEmpty else {
                throw CommandFailure("Give what the token may do: --scope all, or some scopes.")
            }
            return try scope.reduce(into: []) { scopes, name in
                if name == "all" { return scopes.formUnion(Scope.all) }
                guard let scope = Scope(rawValue: name) else {
                    let known = Scope.all.map(\.rawValue).joined(separator: ", ")
                    throw CommandFailure("'\(name)' is no scope. The scopes are: all, \(known).")
                }
                scopes.insert(scope)
            }
        }

        private func seconds(_ text: String) throws -> Int64 {
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
            guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
                0...36_500 * 86_400 ~= count, count * unit <= 36_500 * 86_400
            else { throw CommandFailure("'\(text)' is no time such as 90d, 12h, 30m or 0s, of at most 36500d.") }
            return count * unit
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens, oldest first, without their secrets."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let tokens = try await withStore(data) { try await AccessTokens(store: $0).list() }
            if output.json { return printLine(JSON.array(tokens.map(\.json)).text) }
            let rows = tokens.map { token in
                [
                    token.id.text, token.dialect.rawValue, token.kind.rawValue, token.label ?? "-",
                    token.lastFour ?? "-", token.organizations.map(\.text).joined(separator: ","),
                    token.expiresAt?.text ?? "never", token.revokedAt == nil ? "no" : "yes",
                    token.scopes.count == Scope.all.count
                        ? "all" : token.scopes.map(\.rawValue).sorted().joined(separator: ","),
                ]
            }
            printTable(
                [["ID", "DIALECT", "KIND", "LABEL", "ENDS WITH", "ORGANIZATIONS", "EXPIRES", "REVOKED", "SCOPES"]]
                    + rows
            )
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token unusable; a running server heeds it within a second."
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "The token's id, as `token list` shows it.")
        var id: String

        func run() async throws {
            guard let id = AccessToken.ID(id) else { throw CommandFailure("'\(id)' is no token's id.") }
            try await withStore(data) { try await AccessTokens(store: $0).revoke(id) }
            printLine(output.json ? (["id": .string(id.text), "revoked": true] as JSON).text : "Revoked \(id).")
        }
    }
}

extension AccessToken {
    fileprivate var json: JSON {
        [
            "id": .string(id.text),
            "dialect": .string(dialect.rawValue),
            "kind": .string(kind.rawValue),
            "label": JSON(label),
            "last_four": JSON(lastFour),
            "organization_ids": .array(organizations.map { .string($0.text) }),
            "scopes": .array(scopes.map(\.rawValue).sorted().map { .string($0) }),
            "created_at": .string(createdAt.text),
            "expires_at": JSON(expiresAt?.text),
            "revoked_at": JSON(revokedAt?.text),
        ]
    }
}
