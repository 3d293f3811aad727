public import ClienteleCore

extension SQLStore: CatalogStore {
    public func benefits(_ query: BenefitQuery) async throws(DomainError) -> Page<Benefit> {
        try await read { session in
            var filter = RecordFilter(query.list, of: "b")
            filter.add("b.deleted_at IS NULL")
            filter.add("kind", in: query.kinds)
            filter.add("id", in: query.ids)
            if let excluded = query.excludedIDs, !excluded.isEmpty {
                filter.add("b.id NOT IN (\(filter.arguments.placeholders(excluded.map { SQLValue($0) })))")
            }
            filter.add("description_key", containing: query.search)
            return try session.page(
                query.list,
                filter,
                select: Benefit.shape.selected("b"),
                from: "benefits b",
                orderedBy: query.list.sorting.map { $0.key.term(descending: $0.descending) } + ["b.id"],
                Benefit.init(row:)
            )
        }
    }

    public func benefit(_ id: Benefit.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Benefit {
        try await readPoint { try $0.benefit(id, in: organizations) }
    }

    public func insert(_ benefit: Benefit) async throws(DomainError) -> Benefit {
        try await write { session in
            try session.checkMeter(of: benefit)
            try session.execute(Benefit.shape.insertion, benefit.columnValues)
            try session.setMetadata(benefit.metadata, of: benefit.id, in: benefit.organization)
            try session.record(.benefitCreated, benefit)
            return benefit
        }
    }

    public func updateBenefit(
        _ id: Benefit.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Benefit) throws(DomainError) -> Void
    ) async throws(DomainError) -> Benefit {
        try await write { session in
            let found = try session.benefit(id, in: organizations)
            try session.lock("benefits", id, in: found.organization)
            let before = try session.benefit(id, in: organizations)
            var benefit = before
            try change(&benefit)
            guard benefit != before else { return benefit }
            try session.checkMeter(of: benefit)
            try session.execute(Benefit.shape.replacement, benefit.columnValues)
            try session.setMetadata(benefit.metadata, of: benefit.id, in: benefit.organization)
            try session.record(.benefitUpdated, benefit)
            try session.showChange(of: benefit, at: now)
            return benefit
        }
    }

    public func deleteBenefit(
        _ id: Benefit.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping AccountChange
    ) async throws(DomainError) {
        try await write { session in
            let found = try session.benefit(id, in: organizations)
            let key: [SQLValue] = [SQLValue(found.organization), SQLValue(id)]
            try session.lockProducts(of: id, in: found.organization)
            try session.lock("benefits", id, in: found.organization)
            var deleted = try session.benefit(id, in: organizations)
            deleted.deletedAt = now
            deleted.modifiedAt = now
            try session.record(.benefitUpdated, deleted)
            try session.execute(
                "DELETE FROM product_benefits WHERE organization_id = $1 AND benefit_id = $2",
                key
            )
            try session.changeAccounts(
                """
                SELECT DISTINCT customer_number FROM benefit_grants
                WHERE organization_id = $1 AND benefit_id = $2 AND granted_at IS NOT NULL ORDER BY customer_number
                """,
                key,
                in: deleted.organization,
                change
            )
            try session.execute(Benefit.shape.replacement, deleted.columnValues)
            try session.setMetadata(Metadata(), of: deleted.id, in: deleted.organization)
        }
    }

    public func grants(_ query: BenefitGrantQuery) async throws(DomainError) -> Page<BenefitGrantDetails> {
        try await read { session in
            var filter = RecordFilter(query.list, of: "g")
            if let isGranted = query.isGranted { filter.add("g.granted_at IS \(isGranted ? "NOT " : "")NULL") }
            filter.add("benefit_id", in: query.benefit.map { [$0] })
            filter.add("member_id", in: query.members)
            filter.add(customers: query.customers, externalIDs: query.externalCustomerIDs)
            return try session.page(
                query.list,
                filter,
                select: BenefitGrant.shape.selected("g"),
                from: """
                    benefit_grants g
                    JOIN customers c ON c.organization_id = g.organization_id AND c.number = g.customer_number
                    """,
                orderedBy: query.list.sorting.map { orderTerm("g.\($0.key.rawValue)", descending: $0.descending) }
                    + ["g.id"]
            ) { (grant: try BenefitGrant(row: $0), number: try $0.required(1)) }
            .mapItems { records in try records.map { try session.details(of: $0.grant, $0.number) } }
        }
    }
}

extension BenefitQuery.Key {
    fileprivate func term(descending: Bool) -> String {
        switch self {
        // There is no order of a user's own, so the order of creation stands for it.
        case .createdAt, .userOrder: orderTerm("b.created_at", descending: descending)
        case .description: orderTerm("b.description_key", descending: descending)
        case .type: orderTerm("b.kind", descending: descending)
        }
    }
}

extension SQLSession {
    func benefit(_ id: Benefit.ID, in organizations: [Organization.ID]) throws -> Benefit {
        try first(.benefit, of: organizations) { try benefit(id, in: $0) }
    }

    /// The live benefit of that id.
    func benefit(_ id: Benefit.ID, in organization: Organization.ID) throws -> Benefit? {
        let benefit = try anyBenefit(id, in: organization)
        return benefit?.deletedAt == nil ? benefit : nil
    }

    /// The benefit of that id, deleted or not.
    func anyBenefit(_ id: Benefit.ID, in organization: Organization.ID) throws -> Benefit? {
        try row(
            "SELECT \(Benefit.shape.selected("b")) FROM benefits b WHERE b.organization_id = $1 AND b.id = $2",
            [SQLValue(organization), SQLValue(id)],
            Benefit.init(row:)
        )
    }

    /// Keeps others from subscribing to what gives a benefit, until this transaction ends.
    fileprivate func lockProducts(of benefit: Benefit.ID, in organization: Organization.ID) throws {
        let products = try rows(
            """
            SELECT product_id FROM product_benefits
            WHERE organization_id = $1 AND benefit_id = $2 ORDER BY product_id
            """,
            [SQLValue(organization), SQLValue(benefit)]
        ) { try $0.id(0) as Product.ID }
        for product in products { try lock("products", product, in: organization) }
    }

    fileprivate func checkMeter(of benefit: Benefit) throws {
        guard let credit = benefit.meterCredit, try meter(credit.meter, in: benefit.organization) == nil else { return }
        throw DomainError.refused([Refusal(.benefitMeterUnknown, input: credit.meter.text)])
    }

    /// Makes everybody who has the benefit see that it has changed.
    fileprivate func showChange(of benefit: Benefit, at now: Timestamp) throws {
        let key: [SQLValue] = [SQLValue(benefit.organization), SQLValue(benefit.id)]
        try execute(
            """
            UPDATE customers SET state_version = state_version + 1 WHERE organization_id = $1 AND number IN (
                SELECT customer_number FROM benefit_grants
                WHERE organization_id = $1 AND benefit_id = $2 AND granted_at IS NOT NULL
            )
            """,
            key
        )
        try execute(
            """
            UPDATE benefit_grants SET modified_at = $3
            WHERE organization_id = $1 AND benefit_id = $2 AND granted_at IS NOT NULL
            """,
            key + [SQLValue(now)]
        )
        let grants = try rows(
            """
            SELECT \(BenefitGrant.shape.selected("g")), c.id FROM benefit_grants g
            JOIN customers c ON c.organization_id = g.organization_id AND c.number = g.customer_number
            WHERE g.organization_id = $1 AND g.benefit_id = $2 AND g.granted_at IS NOT NULL
            """,
            key
        ) { (try BenefitGrant(row: $0), try $0.id(BenefitGrant.shape.columns.count) as Customer.ID) }
        for (grant, customer) in grants { try record(.grantUpdated, grant, of: customer) }
    }

    func details(of grant: BenefitGrant, _ number: Int64) throws -> BenefitGrantDetails {
        guard let customer = try anyCustomer(number, in: grant.organization),
            let benefit = try anyBenefit(grant.benefit, in: grant.organization)
        else { throw SQLError(.other, "the grant \(grant.id) is of nobody or of nothing") }
        let member = try grant.member.flatMap { id in
            try row(
                """
                SELECT \(Member.columns) FROM \(Member.source)
                WHERE m.organization_id = $1 AND m.customer_number = $2 AND m.id = $3
                """,
                [SQLValue(grant.organization), .integer(number), SQLValue(id)],
                Member.init(row:)
            )
        }
        return BenefitGrantDetails(grant: grant, customer: customer, member: member, benefit: benefit)
    }

    /// The customer of that number, live or not.
    func anyCustomer(_ number: Int64, in organization: Organization.ID) throws -> Customer? {
        try row(
            "SELECT \(Customer.columns) FROM customers WHERE organization_id = $1 AND number = $2",
            [SQLValue(organization), .integer(number)],
            Customer.init(row:)
        )
    }
}
