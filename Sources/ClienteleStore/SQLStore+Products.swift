public import ClienteleCore

/// Where products are kept, and what each gives.
extension SQLStore {
    public func products(_ query: ProductQuery) async throws(DomainError) -> Page<Product> {
        try await read { session in
            var filter = RecordFilter(query.list, of: "p")
            filter.add("id", in: query.ids)
            filter.add("name_key", containing: query.search)
            filter.add("is_archived", "=", query.isArchived.map { SQLValue($0) })
            if let isRecurring = query.isRecurring {
                filter.add("p.recurring_interval IS \(isRecurring ? "NOT " : "")NULL")
            }
            if let benefits = query.benefits {
                let ids = filter.arguments.placeholders(benefits.map { SQLValue($0) })
                filter.add(
                    """
                    EXISTS (SELECT 1 FROM product_benefits pb WHERE pb.organization_id = p.organization_id
                        AND pb.product_id = p.id AND pb.benefit_id IN (\(ids)))
                    """
                )
            }
            filter.add("visibility", in: query.visibilities)
            return try session.page(
                query.list,
                filter,
                select: Product.shape.selected("p"),
                from: "products p",
                orderedBy: query.list.sorting.map { $0.key.term(descending: $0.descending) } + ["p.id"],
                Product.init(row:)
            ).mapItems(session.completed)
        }
    }

    public func product(_ id: Product.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Product {
        try await readPoint { try $0.product(id, in: organizations) }
    }

    public func insert(_ product: Product) async throws(DomainError) -> Product {
        try await write { session in
            try session.checkMeters(of: product.prices, in: product.organization)
            try session.execute(Product.shape.insertion, product.columnValues)
            try session.setMetadata(product.metadata, of: product.id, in: product.organization)
            try session.record(.productCreated, product)
            return try session.completed([product])[0]
        }
    }

    public func updateProduct(
        _ id: Product.ID,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Product) throws(DomainError) -> Void
    ) async throws(DomainError) -> Product {
        try await write { session in
            var product = try session.product(id, in: organizations)
            try session.lock("products", product.id, in: product.organization)
            product = try session.product(id, in: organizations)
            let before = product
            try change(&product)
            guard product != before else { return product }
            let added = product.prices.filter { price in !before.prices.contains { $0.id == price.id } }
            try session.checkMeters(of: added, in: product.organization)
            try session.execute(Product.shape.replacement, product.columnValues)
            try session.setMetadata(product.metadata, of: product.id, in: product.organization)
            try session.record(.productUpdated, product)
            return try session.product(id, in: organizations)
        }
    }

    public func setBenefits(
        _ benefits: [Benefit.ID],
        of id: Product.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Account, Product, any AccountSources) throws -> Void
    ) async throws(DomainError) -> Product {
        try await write { session in
            let found = try session.product(id, in: organizations)
            try session.lock("products", found.id, in: found.organization)
            let unknown = try benefits.enumerated().filter { _, benefit in
                try session.benefit(benefit, in: found.organization) == nil
            }
            guard unknown.isEmpty else {
                throw DomainError.refused(unknown.map { Refusal(.benefitUnknown(index: $0), input: $1.text) })
            }
            try session.setBenefits(benefits, of: found, at: now)
            let product = try session.product(id, in: organizations)
            try session.record(.productUpdated, product)
            try session.changeAccounts(
                """
                SELECT DISTINCT customer_number FROM subscriptions
                WHERE organization_id = $1 AND product_id = $2 AND due_at IS NOT NULL ORDER BY customer_number
                """,
                [SQLValue(product.organization), SQLValue(product.id)],
                in: product.organization
            ) { account, sources in
                try change(&account, product, sources)
            }
            return product
        }
    }
}

extension ProductQuery.Key {
    fileprivate func term(descending: Bool) -> String {
        switch self {
        case .createdAt: orderTerm("p.created_at", descending: descending)
        case .name: orderTerm("p.name_key", descending: descending)
        case .priceAmountType: orderTerm("p.price_type", descending: descending)
        case .priceAmount: orderTerm("p.price_amount", descending: descending)
        }
    }
}

extension SQLSession {
    func product(_ id: Product.ID, in organizations: [Organization.ID]) throws -> Product {
        try first(.product, of: organizations) { try product(id, in: $0) }
    }

    func product(_ id: Product.ID, in organization: Organization.ID) throws -> Product? {
        try products([id], in: organization).first
    }

    /// What `find` finds in the first of the organizations that has it: ids are of one organization alone.
    func first<Record>(
        _ resource: DomainError.Resource,
        of organizations: [Organization.ID],
        _ find: (Organization.ID) throws -> Record?
    ) throws -> Record {
        for organization in organizations {
            if let record = try find(organization) { return record }
        }
        throw DomainError.notFound(resource)
    }

    /// The products of these ids, with their benefits, in no order.
    func products(_ ids: [Product.ID], in organization: Organization.ID) throws -> [Product] {
        var arguments = [SQLValue(organization)]
        let list = arguments.placeholders(ids.map { SQLValue($0) })
        return try completed(
            try rows(
                "SELECT \(Product.shape.selected("p")) FROM products p WHERE p.organization_id = $1 AND p.id IN (\(list))",
                arguments,
                Product.init(row:)
            )
        )
    }

    /// The products with their benefits, and the meters of their prices.
    func completed(_ products: [Product]) throws -> [Product] {
        guard !products.isEmpty else { return [] }
        var arguments: [SQLValue] = []
        let organizations = arguments.placeholders(Set(products.map(\.organization)).map { SQLValue($0) })
        let ids = arguments.placeholders(products.map { SQLValue($0.id) })
        let benefits = try rows(
            """
            SELECT \(Benefit.shape.selected("b")), pb.product_id FROM product_benefits pb
            JOIN benefits b ON b.organization_id = pb.organization_id AND b.id = pb.benefit_id
            WHERE pb.organization_id IN (\(organizations)) AND pb.product_id IN (\(ids)) ORDER BY pb.position
            """,
            arguments
        ) { (product: try $0.id(Benefit.shape.columns.count) as Product.ID, benefit: try Benefit(row: $0)) }
        return try products.map { product in
            var product = product
            product.benefits = benefits.filter { $0.product == product.id }.map(\.benefit)
            product.meters = try meters(product.prices.compactMap(\.meter), in: product.organization)
            return product
        }
    }

    /// Keeps other transactions from changing a record of the catalog, until this one ends; with `shared`, several may do so.
    func lock(
        _ table: String,
        _ id: Identifier<some Any>,
        in organization: Organization.ID,
        shared: Bool = false
    ) throws {
        switch dialect {
        case .sqlite: break  // It has one writer at a time.
        case .postgres:
            let strength = shared ? "SHARE" : "NO KEY UPDATE"
            try execute(
                "SELECT 1 FROM \(table) WHERE organization_id = $1 AND id = $2 FOR \(strength)",
                [SQLValue(organization), SQLValue(id)]
            )
        }
    }

    /// Changes the accounts of the customers whose numbers a statement selects.
    func changeAccounts(
        _ numbers: String,
        _ arguments: [SQLValue],
        in organization: Organization.ID,
        _ change: (inout Account, any AccountSources) throws -> Void
    ) throws {
        for number in try rows(numbers, arguments, { try $0.required(0) }) {
            guard let customer = try lockedCustomer(number, in: organization) else { continue }
            try changeAndRecord(customer, change)
        }
    }

    fileprivate func setBenefits(_ benefits: [Benefit.ID], of product: Product, at now: Timestamp) throws {
        let key: [SQLValue] = [SQLValue(product.organization), SQLValue(product.id)]
        try execute("DELETE FROM product_benefits WHERE organization_id = $1 AND product_id = $2", key)
        var known: Set<Benefit.ID> = []
        for (position, benefit) in benefits.filter({ known.insert($0).inserted }).enumerated() {
            try execute(
                """
                INSERT INTO product_benefits (organization_id, product_id, position, benefit_id)
                VALUES ($1, $2, $3, $4)
                """,
                key + [.integer(Int64(position)), SQLValue(benefit)]
            )
        }
        try execute(
            "UPDATE products SET modified_at = $3 WHERE organization_id = $1 AND id = $2",
            key + [SQLValue(now)]
        )
    }

    fileprivate func checkMeters(of prices: [Price], in organization: Organization.ID) throws {
        let refusals = try prices.enumerated().compactMap { index, price -> Refusal? in
            guard let id = price.meter, try meter(id, in: organization) == nil else { return nil }
            return Refusal(.priceMeterUnknown(index: index), input: id.text)
        }
        guard refusals.isEmpty else { throw DomainError.refused(refusals) }
    }
}
