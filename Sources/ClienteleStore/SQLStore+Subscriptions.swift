public import ClienteleCore

/// Where subscriptions are read; they are written with their customer's account.
extension SQLStore {
    public func subscription(
        _ id: Subscription.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> SubscriptionDetails {
        try await readPoint { session in try session.snapshot { try session.subscription(id, in: organizations) } }
    }

    public func subscriptions(_ query: SubscriptionQuery) async throws(DomainError) -> Page<SubscriptionDetails> {
        try await read { session in
            try session.page(
                query.list,
                query.filter,
                select: selected,
                from: source,
                orderedBy: query.list.sorting.map { $0.key.term(descending: $0.descending) } + ["s.id"],
                SubscriptionRecord.init(row:)
            ).mapItems(session.details)
        }
    }
}

private let selected = Subscription.shape.selected("s") + ", c.id"

private let source = """
    subscriptions s JOIN customers c ON c.organization_id = s.organization_id AND c.number = s.customer_number
    """

/// A subscription, and the number of its customer.
private struct SubscriptionRecord {
    let subscription: Subscription
    let number: Int64

    init(row: any SQLRow) throws {
        self.subscription = try Subscription(row: row, customer: try row.id(Subscription.shape.columns.count))
        self.number = try row.required(1)
    }
}

extension SubscriptionQuery {
    fileprivate var filter: RecordFilter {
        var filter = RecordFilter(list, of: "s")
        filter.add("product_id", in: products)
        filter.add(customers: customers, externalIDs: externalCustomerIDs)
        if wantsDiscount { filter.add("1 = 0") }
        if let isActive { filter.add("s.due_at IS \(isActive ? "NOT " : "")NULL") }
        filter.add("status", in: statuses)
        filter.add("cancels_at_period_end", "=", cancelsAtPeriodEnd.map { SQLValue($0) })
        filter.add("cancellation_reason", in: cancellationReasons)
        filter.add("canceled_at", ">", canceledAfter.map { SQLValue($0) })
        filter.add("canceled_at", "<", canceledBefore.map { SQLValue($0) })
        filter.add("started_at", ">", startedAfter.map { SQLValue($0) })
        filter.add("started_at", "<", startedBefore.map { SQLValue($0) })
        return filter
    }
}

extension SubscriptionQuery.Key {
    fileprivate func term(descending: Bool) -> String {
        let column =
            switch self {
            case .customer: "c.email_key"
            case .status: "s.status"
            case .startedAt: "s.started_at"
            case .currentPeriodEnd: "s.current_period_end"
            case .endedAt: "s.ended_at"
            case .endsAt: "s.ends_at"
            case .amount: "s.amount"
            case .product:
                """
                (SELECT p.name_key FROM products p
                    WHERE p.organization_id = s.organization_id AND p.id = s.product_id)
                """
            // Nobody has one.
            case .discount: "s.organization_id"
            }
        return orderTerm(column, descending: descending)
    }
}

extension SQLSession {
    func subscription(_ id: Subscription.ID, in organizations: [Organization.ID]) throws -> SubscriptionDetails {
        try first(.subscription, of: organizations) { organization in
            let found = try rows(
                "SELECT \(selected) FROM \(source) WHERE s.organization_id = $1 AND s.id = $2",
                [SQLValue(organization), SQLValue(id)],
                SubscriptionRecord.init(row:)
            )
            return try details(of: found).first
        }
    }

    fileprivate func details(of records: [SubscriptionRecord]) throws -> [SubscriptionDetails] {
        var products: [Product.ID: Product] = [:]
        for (organization, some) in Dictionary(grouping: records, by: \.subscription.organization) {
            for product in try self.products(Array(Set(some.map(\.subscription.product))), in: organization) {
                products[product.id] = product
            }
        }
        return try records.map { record in
            let subscription = record.subscription
            guard let customer = try anyCustomer(record.number, in: subscription.organization),
                let product = products[subscription.product]
            else { throw SQLError(.other, "the subscription \(subscription.id) is of nobody or of nothing") }
            return try details(of: subscription, record.number, customer, product)
        }
    }

    /// A subscription with what is shown beside it; the customer's number says whose usage.
    func details(
        of subscription: Subscription,
        _ number: Int64,
        _ customer: Customer,
        _ product: Product
    ) throws -> SubscriptionDetails {
        let ids = subscription.prices.compactMap { $0.metered?.meter }
        return SubscriptionDetails(
            subscription: subscription,
            customer: customer,
            product: product,
            meters: try meters(ids, in: subscription.organization),
            usage: ids.isEmpty ? [] : try stateMeters(of: number, in: subscription.organization)
        )
    }

    private func stateMeters(of number: Int64, in organization: Organization.ID) throws -> [StateMeter] {
        try rows(
            """
            SELECT id, created_at, modified_at, meter_id, consumed, credited FROM customer_meters
            WHERE organization_id = $1 AND customer_number = $2 ORDER BY created_at
            """,
            [SQLValue(organization), .integer(number)]
        ) { row in
            StateMeter(
                id: try row.id(0),
                createdAt: try row.requiredMoment(1),
                modifiedAt: row.moment(2),
                meter: try row.id(3),
                consumed: row.number(4) ?? 0,
                credited: try row.required(5)
            )
        }
    }
}
