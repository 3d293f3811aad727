/// Where what customers hold is kept: their subscriptions, grants and meters.
///
/// As a `CustomerStore`. Every change raises the customer's state version, in the same transaction.
public protocol AccountStore: KeyedStore {
    /// A product with its benefits. A point read.
    func product(_ id: Product.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Product

    /// Changes one account by `change`, under the customer's lock.
    ///
    /// Events that waited for the customer are its own before `change` runs.
    func changeAccount<Value: Sendable>(
        _ key: AccountKey,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Value
    ) async throws(DomainError) -> Value

    /// As `changeAccount`, and gives one of the account's subscriptions as it then is.
    func changeSubscription(
        _ id: Subscription.ID,
        of key: AccountKey,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError) -> SubscriptionDetails

    /// Changes accounts with a subscription that is due, and those for whose customers events wait; tells how many it found.
    ///
    /// With `organizations`, only theirs, and all of them; else as many as no other process is at.
    func changeDueAccounts(
        of organizations: [Organization.ID]?,
        at now: Timestamp,
        limit: Int,
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError) -> Int

    /// The state of one customer, of one moment. A point read.
    func state(
        of key: CustomerKey,
        in organizations: [Organization.ID],
        at now: Timestamp
    ) async throws(DomainError) -> StateReading

    /// The states of those of the customers that exist, in the order of `keys`.
    func states(
        of keys: [CustomerKey],
        in organizations: [Organization.ID],
        at now: Timestamp
    ) async throws(DomainError) -> StatesReading

    /// The live benefit, else the meter, of that id or of that `key` in its metadata; throws where there is neither.
    func checkedSubject(
        _ name: String,
        in organization: Organization.ID
    ) async throws(DomainError) -> BenefitCheck.Subject

    func subscriptions(_ query: SubscriptionQuery) async throws(DomainError) -> Page<SubscriptionDetails>
    func subscription(
        _ id: Subscription.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> SubscriptionDetails
}

/// The ways to name an account.
public enum AccountKey: Sendable {
    /// That of a live customer.
    case customer(CustomerKey)
    /// That of the customer, live or not, who has the subscription.
    case subscription(Subscription.ID)
}

/// What a store read of a customer's state.
public enum StateReading: Sendable {
    case current(CustomerState)
    /// Something was to happen by now that has not been done.
    case behind
}

/// What a store read of several customers' states.
public struct StatesReading: Sendable {
    public let states: [CustomerState]
    /// Those for whom something was to happen by now that has not been done.
    public let behind: [Customer.ID]

    package init(states: [CustomerState], behind: [Customer.ID]) {
        self.states = states
        self.behind = behind
    }
}

/// Where products and benefits are kept.
public protocol CatalogStore: KeyedStore {
    /// What a change of the catalog does to the account of a customer that it concerns.
    typealias AccountChange = @Sendable (inout Account, any AccountSources) throws -> Void

    func products(_ query: ProductQuery) async throws(DomainError) -> Page<Product>
    func product(_ id: Product.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Product
    /// Adds a product; refuses prices of meters that do not exist.
    func insert(_ product: Product) async throws(DomainError) -> Product
    /// Changes one product by `change`; refuses as `insert` does.
    func updateProduct(
        _ id: Product.ID,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Product) throws(DomainError) -> Void
    ) async throws(DomainError) -> Product
    /// Sets the benefits of a product, refusing unknown ones, and changes the accounts of all who are subscribed to it.
    func setBenefits(
        _ benefits: [Benefit.ID],
        of id: Product.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Account, Product, any AccountSources) throws -> Void
    ) async throws(DomainError) -> Product

    func benefits(_ query: BenefitQuery) async throws(DomainError) -> Page<Benefit>
    /// A live benefit. A point read.
    func benefit(_ id: Benefit.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Benefit
    /// Adds a benefit; refuses credit for a meter that does not exist.
    func insert(_ benefit: Benefit) async throws(DomainError) -> Benefit
    /// Changes one live benefit by `change`, and the version of all who have it; refuses as `insert` does.
    func updateBenefit(
        _ id: Benefit.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Benefit) throws(DomainError) -> Void
    ) async throws(DomainError) -> Benefit
    /// Deletes a benefit, takes it out of all products, and changes the accounts of all who have it.
    func deleteBenefit(
        _ id: Benefit.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping AccountChange
    ) async throws(DomainError)

    func grants(_ query: BenefitGrantQuery) async throws(DomainError) -> Page<BenefitGrantDetails>
}

/// Where meters, events, and what customers have used are kept.
public protocol MeterStore: KeyedStore {
    func meters(_ query: MeterQuery) async throws(DomainError) -> Page<Meter>
    /// A point read.
    func meter(_ id: Meter.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Meter
    /// Adds a meter, and counts the events that are there.
    func insert(_ meter: Meter) async throws(DomainError) -> Meter
    /// Changes one meter by `change`, and counts all events again where it counts otherwise now.
    func updateMeter(
        _ id: Meter.ID,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Meter) -> Void
    ) async throws(DomainError) -> Meter

    func customerMeters(_ query: CustomerMeterQuery) async throws(DomainError) -> Page<CustomerMeterDetails>
    func customerMeter(
        _ id: CustomerMeter.ID,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> CustomerMeterDetails

    /// Adds events and counts them, all or none; `change` runs first on the accounts that have anything due.
    func ingest(
        _ drafts: [EventDraft],
        in organization: Organization.ID,
        at now: Timestamp,
        _ surroundings: Surroundings,
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError) -> EventsReceipt

    func events(_ query: EventQuery) async throws(DomainError) -> Page<Event>
    func event(_ id: Event.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Event
}
