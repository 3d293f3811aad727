/// What a token may do.
///
/// The names are those of Polar's published scopes, so that a script that asks for them works unchanged.
public struct Scope: Sendable, Hashable, RawRepresentable {
    public let rawValue: String

    /// Takes a scope's name; nil when there is none of that name.
    public init?(rawValue: String) {
        guard Self.names.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(known: String) { self.rawValue = known }

    public static let customersRead = Scope(known: "customers:read")
    public static let customersWrite = Scope(known: "customers:write")
    public static let membersRead = Scope(known: "members:read")
    public static let membersWrite = Scope(known: "members:write")
    public static let productsRead = Scope(known: "products:read")
    public static let productsWrite = Scope(known: "products:write")
    public static let benefitsRead = Scope(known: "benefits:read")
    public static let benefitsWrite = Scope(known: "benefits:write")
    public static let subscriptionsRead = Scope(known: "subscriptions:read")
    public static let subscriptionsWrite = Scope(known: "subscriptions:write")
    public static let metersRead = Scope(known: "meters:read")
    public static let metersWrite = Scope(known: "meters:write")
    public static let customerMetersRead = Scope(known: "customer_meters:read")
    public static let eventsRead = Scope(known: "events:read")
    public static let eventsWrite = Scope(known: "events:write")

    public static let webhooksRead = Scope(known: "webhooks:read")
    public static let webhooksWrite = Scope(known: "webhooks:write")

    /// Every scope, in alphabetical order.
    public static let all = names.sorted().map(Scope.init(known:))

    private static let names: Set<String> = {
        let resources =
            "organizations custom_fields discounts checkout_links checkouts transactions payouts products benefits events "
            + "meters files subscriptions customers members wallets disputes customer_seats orders refunds metrics webhooks "
            + "license_keys customer_portal notifications notification_recipients organization_access_tokens user"
        let single =
            "openid profile email customer_meters:read customer_sessions:write member_sessions:write payments:read"
        let pairs = resources.split(separator: " ").flatMap { ["\($0):read", "\($0):write"] }
        return Set(pairs + single.split(separator: " ").map(String.init))
    }()
}
