/// Where customers are kept.
///
/// Each call is one transaction: it commits whole, and durably, or leaves no trace. Only live customers are seen, and only
/// those of the organizations that are named. Bodies handed to a store run inside its transaction, perhaps more than once.
public protocol CustomerStore: KeyedStore {
    /// The customer of that key. A point read: an embedded store answers on the calling thread, within microseconds.
    ///
    /// Throws `.ambiguousExternalID` when an external id names customers of two of the organizations.
    func customer(_ key: CustomerKey, in organizations: [Organization.ID]) async throws(DomainError) -> Customer

    /// A page of the customers that `query` asks for, and how many there are, both of one moment.
    func customers(_ query: CustomerQuery) async throws(DomainError) -> Page<Customer>

    /// Up to `limit` customers created after `last`, oldest first; from the first where `last` is nil.
    func customers(
        of organization: Organization.ID,
        after last: Customer?,
        limit: Int
    ) async throws(DomainError) -> [Customer]

    /// Up to `walk.limit` customers, newest first, by what `walk` asks for.
    func customers(_ walk: CustomerWalk) async throws(DomainError) -> [Customer]

    /// Which of `keys` a customer of the organization holds.
    func taken(_ keys: CustomerKeys, in organization: Organization.ID) async throws(DomainError) -> TakenKeys

    /// Adds a customer and its owner; refuses, naming each, keys that are taken.
    ///
    /// With `alone` it shares its transaction with no other call: those of an organization whose customers are limited wait
    /// for each other, and must not let others wait.
    func insert(_ new: NewCustomer, alone: Bool) async throws(DomainError) -> Customer

    /// Changes one customer by `change`, which is told which of `keys` another customer holds.
    ///
    /// The owner of an individual follows its e-mail address.
    func update(
        _ key: CustomerKey,
        in organizations: [Organization.ID],
        claiming keys: CustomerKeys,
        _ change: @escaping @Sendable (inout Customer, TakenKeys) throws(DomainError) -> Void
    ) async throws(DomainError) -> Customer

    /// As `update` where there is a customer of that external id, else as `insert`.
    ///
    /// A failure in `new` is thrown only where a customer would have to be inserted.
    func upsert(
        _ externalID: String,
        in organization: Organization.ID,
        claiming keys: CustomerKeys,
        new: Result<NewCustomer, DomainError>,
        _ change: @escaping @Sendable (inout Customer, TakenKeys) throws(DomainError) -> Void
    ) async throws(DomainError) -> UpsertedCustomer

    /// Changes one account by `change`, then deletes the customer and its members, and with `anonymize` scrubs both.
    func delete(
        _ key: CustomerKey,
        in organizations: [Organization.ID],
        anonymize: Bool,
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError)
}

/// Where the members of customers are kept; as a `CustomerStore`.
public protocol MemberStore: KeyedStore {
    func members(_ query: MemberQuery) async throws(DomainError) -> Page<Member>

    func member(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> Member

    /// Adds the member that `make` gives, unless it is one of those that it was shown.
    func addMember(
        to customer: CustomerKey,
        in organizations: [Organization.ID],
        _ make: @escaping @Sendable (Customer, [Member]) throws(DomainError) -> Member
    ) async throws(DomainError) -> Member

    /// Changes one member by `change`, which is shown the customer and its other members.
    ///
    /// A former owner becomes a billing manager when another is made owner.
    func updateMember(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID],
        _ change: @escaping @Sendable (inout Member, Customer, [Member]) throws(DomainError) -> Void
    ) async throws(DomainError) -> Member

    /// Removes one member, unless `check` throws.
    func removeMember(
        _ key: MemberKey,
        of customer: CustomerKey,
        in organizations: [Organization.ID],
        at now: Timestamp,
        _ check: @escaping @Sendable (Member) throws(DomainError) -> Void
    ) async throws(DomainError)
}

/// Where organizations and their tokens are kept.
public protocol OrganizationStore: Sendable {
    func insert(_ organization: Organization) async throws(DomainError)

    /// Adds an organization where there is none at all, and tells whether it did; of many processes that ask, one does.
    func insertFirst(_ organization: Organization) async throws(DomainError) -> Bool
    func organizations() async throws(DomainError) -> [Organization]
    func organization(_ id: Organization.ID) async throws(DomainError) -> Organization

    func insert(_ team: Team) async throws(DomainError)
    /// The teams besides the default one, oldest first.
    func teams(of organization: Organization.ID) async throws(DomainError) -> [Team]

    /// Adds a token by the hash of its secret; refuses organizations that do not exist.
    func insert(_ token: AccessToken, hash: [UInt8]) async throws(DomainError)
    func tokens() async throws(DomainError) -> [AccessToken]
    func revokeToken(_ id: AccessToken.ID, at now: Timestamp) async throws(DomainError)

    /// The token of that hash, usable or not, and the policies of its organizations. A point read.
    func caller(withHash hash: [UInt8]) async throws(DomainError) -> Caller?

    /// The bearer of a token that need not be kept here, and the policies of its organizations. A point read.
    func caller(bearing token: AccessToken) async throws(DomainError) -> Caller
}

/// Where it is kept what organizations may use.
public protocol PolicyStore: Sendable {
    func policy(of organization: Organization.ID) async throws(DomainError) -> Policy
    func setPlan(_ plan: Plan?, of organization: Organization.ID) async throws(DomainError)
    func setLimits(_ limits: CallLimits?, of organization: Organization.ID) async throws(DomainError)

    /// Whether other processes take from the same buckets, so that tokens must be leased.
    var sharesBuckets: Bool { get }

    /// Takes up to `count` tokens from a bucket that all processes share, and gives how many, and when it will be full:
    /// nanoseconds since 1970.
    func leaseTokens(
        _ count: Int,
        from bucket: RateBucketKey,
        perMinute: Int,
        at now: Timestamp
    ) async throws(DomainError) -> (count: Int, fullAt: Int64)

    /// The key that cursors are signed with; of the installation, and the same for ever.
    func cursorKey() async throws(DomainError) -> [UInt8]
}
