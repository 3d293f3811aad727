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
    public func createFirst(name: String = "My organization") async throws(DomainError) -> Organization? {
        let organization = try new(name)
        return try await store.insertFirst(organization) ? organization : nil
    }

    public func organization(_ id: Organization.ID) async throws(DomainError) -> Organization {
        try await store.organization(id)
    }

    /// The teams of an organization: the default one, then the others, oldest first.
    public func teams(of organization: Organization.ID) async throws(DomainError) -> [Team] {
        [Team.standard(of: try await store.organization(organization))] + (try await store.teams(of: organization))
    }

    /// Makes a team; its name is trimmed, and has 1 to 200 characters.
    public func createTeam(name: String, in organization: Organization.ID) async throws(DomainError) -> Team {
        let name = name.trimmed
        guard 1...Team.nameLengthMax ~= name.unicodeScalars.count, !name.contains("\0") else {
            throw .refused([Refusal(.teamName, input: name)])
        }
        _ = try await store.organization(organization)
        let team = Team(
            id: surroundings.newIdentifier(),
            organization: organization,
            name: name,
            createdAt: surroundings.now()
        )
        try await store.insert(team)
        return team
    }

    /// The team that a new customer belongs to: the one that is named, or the only one.
    public func team(named id: Team.ID?, in organization: Organization.ID) async throws(DomainError) -> Team.ID {
        let standard = Team.standardID(of: organization)
        if id == standard { return standard }
        let others = try await store.teams(of: organization)
        guard let id else {
            guard others.isEmpty else { throw .refused([Refusal(.teamMissing)]) }
            return standard
        }
        guard others.contains(where: { $0.id == id }) else { throw .refused([Refusal(.teamUnknown, input: id.text)]) }
        return id
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
