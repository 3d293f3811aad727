public import ClienteleCore

extension SQLStore: OrganizationStore {
    public func insert(_ organization: Organization) async throws(DomainError) {
        try await write { try $0.insert(organization) }
    }

    public func insertFirst(_ organization: Organization) async throws(DomainError) -> Bool {
        try await write { session in
            try session.lockInstallation()
            guard try session.count("SELECT count(*) FROM organizations", []) == 0 else { return false }
            try session.insert(organization)
            return true
        }
    }

    public func organizations() async throws(DomainError) -> [Organization] {
        try await read { session in
            try session.rows(
                "SELECT id, name, created_at FROM organizations ORDER BY created_at, id",
                [],
                Organization.init(row:)
            )
        }
    }

    public func organization(_ id: Organization.ID) async throws(DomainError) -> Organization {
        try await readPoint { try $0.organization(id) }
    }

    public func insert(_ team: Team) async throws(DomainError) {
        try await write { session in
            try session.execute(
                "INSERT INTO teams (organization_id, id, created_at, name) VALUES ($1, $2, $3, $4)",
                [SQLValue(team.organization), SQLValue(team.id), SQLValue(team.createdAt), .text(team.name)]
            )
        }
    }

    public func teams(of organization: Organization.ID) async throws(DomainError) -> [Team] {
        try await readPoint { session in
            try session.rows(
                "SELECT id, name, created_at FROM teams WHERE organization_id = $1 ORDER BY created_at, id",
                [SQLValue(organization)]
            ) { row in
                Team(
                    id: try row.id(0),
                    organization: organization,
                    name: try row.string(1),
                    createdAt: try row.requiredMoment(2)
                )
            }
        }
    }

    public func insert(_ token: AccessToken, hash: [UInt8]) async throws(DomainError) {
        try await write { session in
            for organization in token.organizations {
                let known = try session.count(
                    "SELECT count(*) FROM organizations WHERE id = $1",
                    [SQLValue(organization)]
                )
                guard known == 1 else {
                    throw DomainError.refused([Refusal(.organizationUnknown, input: organization.text)])
                }
                try session.execute(
                    """
                    INSERT INTO access_tokens (
                        organization_id, id, hash, kind, scopes, created_at, expires_at, revoked_at, dialect, label, last_four
                    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                    """,
                    [
                        SQLValue(organization), SQLValue(token.id), .bytes(hash), .text(token.kind.rawValue),
                        .text(token.scopes.map(\.rawValue).sorted().joined(separator: " ")), SQLValue(token.createdAt),
                        SQLValue(token.expiresAt), SQLValue(token.revokedAt), .text(token.dialect.rawValue),
                        SQLValue(token.label), SQLValue(token.lastFour),
                    ]
                )
            }
        }
    }

    public func tokens() async throws(DomainError) -> [AccessToken] {
        try await read { session in
            let rows = try session.rows(
                "SELECT \(AccessToken.columns) FROM access_tokens ORDER BY created_at, id, organization_id",
                [],
                AccessToken.init(row:)
            )
            return rows.merged
        }
    }

    public func revokeToken(_ id: AccessToken.ID, at now: Timestamp) async throws(DomainError) {
        try await write { session in
            guard try session.count("SELECT count(*) FROM access_tokens WHERE id = $1", [SQLValue(id)]) > 0 else {
                throw DomainError.notFound(.token)
            }
            try session.execute(
                "UPDATE access_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                [SQLValue(id), SQLValue(now)]
            )
        }
    }

    public func caller(withHash hash: [UInt8]) async throws(DomainError) -> Caller? {
        try await readPoint { session in
            let rows = try session.rows(
                "SELECT \(AccessToken.columns) FROM access_tokens WHERE hash = $1 ORDER BY organization_id",
                [.bytes(hash)],
                AccessToken.init(row:)
            )
            return try rows.merged.first.map { try session.caller(bearing: $0) }
        }
    }

    public func caller(bearing token: AccessToken) async throws(DomainError) -> Caller {
        try await readPoint { try $0.caller(bearing: token) }
    }
}

extension SQLSession {
    fileprivate func caller(bearing token: AccessToken) throws -> Caller {
        var policies: [Organization.ID: Policy] = [:]
        for organization in token.organizations {
            let policy = try policy(of: organization)
            if policy != Policy() { policies[organization] = policy }
        }
        return Caller(token: token, policies: policies)
    }

    fileprivate func insert(_ organization: Organization) throws {
        try execute(
            "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)",
            [SQLValue(organization.id), .text(organization.name), SQLValue(organization.createdAt)]
        )
    }
}

extension AccessToken {
    fileprivate static let columns =
        "organization_id, id, kind, scopes, created_at, expires_at, revoked_at, "
        + "dialect, label, last_four"

    /// Reads one row: a user's token has one for each of its organizations.
    fileprivate init(row: any SQLRow) throws {
        guard let kind = Kind(rawValue: try row.string(2)) else { throw SQLError.malformed(column: 2) }
        self.init(
            id: try row.id(1),
            kind: kind,
            dialect: try row.choice(7),
            label: row.text(8),
            lastFour: row.text(9),
            organizations: [try row.id(0)],
            scopes: Set(try row.string(3).split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
            createdAt: try row.requiredMoment(4),
            expiresAt: row.moment(5),
            revokedAt: row.moment(6)
        )
    }
}

extension [AccessToken] {
    /// One token for the neighbouring rows of one id.
    fileprivate var merged: [AccessToken] {
        reduce(into: []) { tokens, row in
            guard let last = tokens.last, last.id == row.id else { return tokens.append(row) }
            tokens[tokens.count - 1] = AccessToken(
                id: last.id,
                kind: last.kind,
                dialect: last.dialect,
                label: last.label,
                lastFour: last.lastFour,
                organizations: last.organizations + row.organizations,
                scopes: last.scopes,
                createdAt: last.createdAt,
                expiresAt: last.expiresAt,
                revokedAt: last.revokedAt
            )
        }
    }
}
