/// The use cases of organizations.
public struct Organizations: Sendable {
    private let store: any OrganizationStore
    private let surroundings: Surroundings

    public init(store: any OrganizationStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    /// Makes an organization.
    ///
    /// The name is trimmed; an empty one, or one over 256 characters, is refused.
    public func create(name: String) async throws(DomainError) -> Organization {
        let organization = try new(name)
        try await store.insert(organization)
        return organization
    }

    /// As `create` where there is no organization at all; nil where there is one.
    public func createFirst(name: String) async throws(DomainError) -> Organization? {
        let organization = try new(name)
        return try await store.insertFirst(organization) ? organization : nil
    }

    /// Every organization, oldest first.
    public func list() async throws(DomainError) -> [Organization] { try await store.organizations() }

    private func new(_ name: String) throws(DomainError) -> Organization {
        let name = name.trimmed
        guard !name.isEmpty, name.unicodeScalars.count <= Organization.nameLengthMax, !name.contains("\0") else {
            throw .refused([Refusal(.organizationName, input: name)])
        }
        return Organization(id: surroundings.newIdentifier(), name: name, createdAt: surroundings.now())
    }
}
