extension ClienteleClient {
    /// Benefits, and who has them.
    public var benefits: BenefitsClient { BenefitsClient(connection: connection) }
    /// What was changed, from any moment on.
    public var changes: ChangesClient { ChangesClient(connection: connection) }
    /// Customers, and what they may use.
    public var customers: CustomersClient { CustomersClient(connection: connection) }
    /// What customers do.
    public var events: EventsClient { EventsClient(connection: connection) }
    /// Members of customers.
    public var members: MembersClient { MembersClient(connection: connection) }
    /// Meters, and what customers have used.
    public var meters: MetersClient { MetersClient(connection: connection) }
    /// Products.
    public var products: ProductsClient { ProductsClient(connection: connection) }
    /// Subscriptions.
    public var subscriptions: SubscriptionsClient { SubscriptionsClient(connection: connection) }
    /// Endpoints of webhooks, and what was sent to them.
    public var webhooks: WebhooksClient { WebhooksClient(connection: connection) }
}
