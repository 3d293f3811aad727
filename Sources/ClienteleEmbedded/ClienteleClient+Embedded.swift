import ClienteleCore
import ClienteleServer
import ClienteleStore
import ClienteleWebhooks
import Logging

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ClienteleClient {
    /// Opens the data and answers calls in this process, without a server or a socket.
    ///
    /// ```swift
    /// let client = try await ClienteleClient(embedded: .folder("data"))
    /// let customer = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
    /// try await client.shutdown()
    /// ```
    ///
    /// Calls, errors and answers are those of a client of a server. What time brings, such as periods that end, is done in
    /// the background, and webhooks are sent, until ``ClienteleClient/shutdown()``, which lets the data go. Messages go to the process's own log.
    ///
    /// - Parameters:
    ///   - location: Where the data is. Where there is none yet, it is made, with an organization in it.
    ///   - organization: Whose customers the calls are about; nil is the only organization that there is.
    ///   - configuration: What calls do where they do not say otherwise.
    /// - Throws: `EmbeddedError`.
    public init(
        embedded location: EmbeddedLocation,
        organization: UUID? = nil,
        configuration: Configuration = Configuration()
    ) async throws {
        let store: SQLStore
        do {
            store = try await openStore(try StoreLocation(location))
        } catch {
            throw EmbeddedError(opening: error)
        }
        do {
            let organization = try await Organizations(store: store).chosen(organization)
            let services = Services(store: store, isReady: { await store.isReady() })
            let logger = Logger(label: "clientele")
            let secret = try await services.tokens.createInMemory(for: organization, scopes: Set(Scope.all)).secret
            self.init(
                .embedded,
                token: secret.text,
                configuration: configuration,
                transport: EmbeddedTransport(
                    server: EmbeddedServer(services: services, logger: logger),
                    webhooks: WebhookDeliverer(
                        store: store,
                        dialects: webhookDialects,
                        allowsPrivate: false,
                        logger: logger
                    ),
                    close: { try await store.close() }
                )
            )
        } catch {
            try? await store.close()
            throw EmbeddedError(opening: error)
        }
    }
}

extension Organizations {
    /// The organization that is named, or the only one; the first is made where there is none.
    fileprivate func chosen(_ id: UUID?) async throws -> Organization.ID {
        if let id {
            guard let found = try await list().first(where: { $0.id.text == id.uuidString.lowercased() }) else {
                throw EmbeddedError.unknownOrganization(id)
            }
            return found.id
        }
        if let first = try await createFirst() { return first.id }
        let organizations = try await list()
        guard organizations.count == 1, let only = organizations.first else {
            throw EmbeddedError.severalOrganizations(
                organizations.compactMap { organization in
                    UUID(uuidString: organization.id.text).map { .init(id: $0, name: organization.name) }
                }
            )
        }
        return only.id
    }
}

extension Server {
    /// A server that no address leads to, and that does calls of one key once as any other of ours.
    fileprivate static var embedded: Server {
        var components = URLComponents()
        components.scheme = "http"
        components.host = "embedded.invalid"
        // The components of a host always make an address.
        return .clientele(components.url ?? URL(filePath: "/"))
    }
}
