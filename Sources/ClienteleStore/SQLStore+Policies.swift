public import ClienteleCore

extension SQLStore: PolicyStore {
    public func policy(of organization: Organization.ID) async throws(DomainError) -> Policy {
        try await readPoint { session in
            _ = try session.organization(organization)
            return try session.policy(of: organization)
        }
    }

    public func setPlan(_ plan: Plan?, of organization: Organization.ID) async throws(DomainError) {
        try await write { session in
            _ = try session.organization(organization)
            let key = [SQLValue(organization)]
            guard let plan else { return try session.execute("DELETE FROM plans WHERE organization_id = $1", key) }
            try session.execute(
                """
                INSERT INTO plans (organization_id, customers_max, withheld, is_active) VALUES ($1, $2, $3, $4)
                ON CONFLICT (organization_id) DO UPDATE SET
                    customers_max = excluded.customers_max, withheld = excluded.withheld, is_active = excluded.is_active
                """,
                key + [
                    SQLValue(plan.customersMax.map(Int64.init)),
                    .text(plan.withheld.map(\.rawValue).sorted().joined(separator: " ")),
                    .integer(plan.isActive ? 1 : 0),
                ]
            )
        }
    }

    public func setLimits(_ limits: CallLimits?, of organization: Organization.ID) async throws(DomainError) {
        try await write { session in
            _ = try session.organization(organization)
            let key = [SQLValue(organization)]
            guard let limits else {
                return try session.execute("DELETE FROM call_limits WHERE organization_id = $1", key)
            }
            try session.execute(
                """
                INSERT INTO call_limits (organization_id, reads_per_minute, writes_per_minute) VALUES ($1, $2, $3)
                ON CONFLICT (organization_id) DO UPDATE SET
                    reads_per_minute = excluded.reads_per_minute, writes_per_minute = excluded.writes_per_minute
                """,
                key + [
                    SQLValue(limits.readsPerMinute.map(Int64.init)), SQLValue(limits.writesPerMinute.map(Int64.init)),
                ]
            )
        }
    }

    public var sharesBuckets: Bool { engine.dialect == .postgres }

    public func leaseTokens(
        _ count: Int,
        from bucket: RateBucketKey,
        perMinute: Int,
        at now: Timestamp
    ) async throws(DomainError) -> (count: Int, fullAt: Int64) {
        precondition(sharesBuckets, "Only a database of several servers has buckets")
        return try await write { session in
            let key: [SQLValue] = [SQLValue(bucket.organization), .text(bucket.kind.rawValue)]
            try session.execute(
                """
                INSERT INTO call_buckets (organization_id, kind, full_at) VALUES ($1, $2, $3)
                ON CONFLICT (organization_id, kind) DO NOTHING
                """,
                key + [.integer(now.nanoseconds)]
            )
            let fullAt = try session.row(
                "SELECT full_at FROM call_buckets WHERE organization_id = $1 AND kind = $2 FOR NO KEY UPDATE",
                key
            ) { try $0.required(0) }
            var state = RateBucket(perMinute: perMinute, fullAt: fullAt ?? now.nanoseconds)
            let taken = state.take(count, at: now)
            try session.execute(
                "UPDATE call_buckets SET full_at = $3 WHERE organization_id = $1 AND kind = $2",
                key + [.integer(state.fullAt)]
            )
            return (taken, state.fullAt)
        }
    }

    public func cursorKey() async throws(DomainError) -> [UInt8] {
        try await readPoint { session in
            let key = try session.row("SELECT key FROM cursor_keys") { row -> [UInt8] in
                guard case .bytes(let bytes) = row.value(0) else { throw SQLError.malformed(column: 0) }
                return bytes
            }
            guard let key else { throw SQLError(.other, "the key for cursors is gone") }
            return key
        }
    }
}

extension SQLSession {
    func organization(_ id: Organization.ID) throws -> Organization {
        let found = try row(
            "SELECT id, name, created_at FROM organizations WHERE id = $1",
            [SQLValue(id)],
            Organization.init(row:)
        )
        guard let found else { throw DomainError.notFound(.organization) }
        return found
    }

    func policy(of organization: Organization.ID) throws -> Policy {
        let key = [SQLValue(organization)]
        return Policy(
            plan: try row("SELECT customers_max, withheld, is_active FROM plans WHERE organization_id = $1", key) {
                Plan(
                    customersMax: $0.integer(0).map { Int($0) },
                    withheld: Set(
                        try $0.string(1).split(separator: " ").compactMap { Plan.Feature(rawValue: "\($0)") }
                    ),
                    isActive: $0.integer(2) == 1
                )
            },
            limits: try row(
                "SELECT reads_per_minute, writes_per_minute FROM call_limits WHERE organization_id = $1",
                key
            ) {
                CallLimits(
                    readsPerMinute: $0.integer(0).map { Int($0) },
                    writesPerMinute: $0.integer(1).map { Int($0) }
                )
            }
        )
    }
}

extension Organization {
    init(row: any SQLRow) throws {
        self.init(id: try row.id(0), name: try row.string(1), createdAt: try row.requiredMoment(2))
    }
}
