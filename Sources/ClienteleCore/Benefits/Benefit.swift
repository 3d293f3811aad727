public import ClienteleJSON

/// Something that a subscription to a product gives.
public struct Benefit: Sendable, Equatable {
    public typealias ID = Identifier<Benefit>

    public static let descriptionLengths = 3...42

    public enum Kind: String, Sendable, CaseIterable {
        case custom
        case discord
        case githubRepository = "github_repository"
        case downloadables
        case licenseKeys = "license_keys"
        case meterCredit = "meter_credit"
        case featureFlag = "feature_flag"
        case slackSharedChannel = "slack_shared_channel"

        /// Whether a caller may say who sees it.
        public var hasConfigurableVisibility: Bool {
            switch self {
            case .custom, .licenseKeys, .meterCredit, .featureFlag: true
            case .discord, .githubRepository, .downloadables, .slackSharedChannel: false
            }
        }

        public var standardVisibility: Visibility { self == .featureFlag ? .private : .public }
    }

    public enum Visibility: String, Sendable, CaseIterable { case `public`, `private` }

    public let id: ID
    public let organization: Organization.ID
    public let createdAt: Timestamp
    public package(set) var modifiedAt: Timestamp?
    public package(set) var deletedAt: Timestamp?
    public let kind: Kind
    public package(set) var description: String
    public package(set) var visibility: Visibility
    public package(set) var metadata: Metadata
    /// An object of the kind's own shape, as answers show it.
    public package(set) var properties: JSON

    package init(
        id: ID,
        organization: Organization.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        deletedAt: Timestamp? = nil,
        kind: Kind,
        description: String,
        visibility: Visibility,
        metadata: Metadata,
        properties: JSON
    ) {
        self.id = id
        self.organization = organization
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.deletedAt = deletedAt
        self.kind = kind
        self.description = description
        self.visibility = visibility
        self.metadata = metadata
        self.properties = properties
    }

    /// What a benefit of meter credit gives each period.
    public var meterCredit: MeterCredit? {
        guard kind == .meterCredit, let units = properties["units"]?.integer,
            let meter = properties["meter_id"]?.string.flatMap({ Meter.ID($0) })
        else { return nil }
        return MeterCredit(meter: meter, units: units, rollsOver: properties["rollover"]?.bool ?? false)
    }
}

/// Units of a meter that a benefit gives at the start of each period.
public struct MeterCredit: Sendable, Equatable {
    public let meter: Meter.ID
    public let units: Int64
    /// Whether what is unused at the end of a period is kept.
    public let rollsOver: Bool
}

extension Metadata {
    /// The name by which an application asks for the benefit or the meter that this belongs to: its pair `key`.
    package var key: String? {
        guard text.contains("\"key\"") else { return nil }
        return members.last { $0.name == "key" }?.value.string
    }
}

/// A benefit that is to be made.
public struct BenefitDraft: Sendable {
    public var kind: Benefit.Kind
    public var description: String
    public var visibility: Benefit.Visibility?
    public var metadata: Metadata
    public var properties: JSON

    public init(
        kind: Benefit.Kind,
        description: String,
        visibility: Benefit.Visibility? = nil,
        metadata: Metadata = Metadata(),
        properties: JSON
    ) {
        self.kind = kind
        self.description = description
        self.visibility = visibility
        self.metadata = metadata
        self.properties = properties
    }
}

/// What an update asks of a benefit.
public struct BenefitPatch: Sendable {
    public var description: String?
    public var visibility: Benefit.Visibility?
    public var metadata: Metadata?
    public var properties: JSON?

    public init() {}
}

/// Which benefits a list shows, in what order.
public struct BenefitQuery: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case createdAt = "created_at"
        case description
        case type
        case userOrder = "user_order"
    }

    public var list: RecordQuery<Key>
    public var kinds: [Benefit.Kind]?
    public var ids: [Benefit.ID]?
    public var excludedIDs: [Benefit.ID]?
    /// Found anywhere in the description, in any letter case.
    public var search: String?

    public init(_ list: RecordQuery<Key>) { self.list = list }
}
