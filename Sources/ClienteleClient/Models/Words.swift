/// The unit of a period.
public struct RecurringInterval: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A day.
    public static let day: Self = "day"
    /// A week.
    public static let week: Self = "week"
    /// A month of the calendar.
    public static let month: Self = "month"
    /// A year of the calendar.
    public static let year: Self = "year"
}

/// Where a subscription stands.
public struct SubscriptionStatus: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The first payment has not come.
    public static let incomplete: Self = "incomplete"
    /// The first payment did not come in time.
    public static let incompleteExpired: Self = "incomplete_expired"
    /// It may be used, and is not paid for yet.
    public static let trialing: Self = "trialing"
    /// It may be used.
    public static let active: Self = "active"
    /// A payment is late.
    public static let pastDue: Self = "past_due"
    /// It has ended.
    public static let canceled: Self = "canceled"
    /// Payments did not come.
    public static let unpaid: Self = "unpaid"
    /// It rests.
    public static let paused: Self = "paused"
}

/// Why a customer left.
public struct CancellationReason: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The service was bad.
    public static let customerService: Self = "customer_service"
    /// The quality was low.
    public static let lowQuality: Self = "low_quality"
    /// Something was missing.
    public static let missingFeatures: Self = "missing_features"
    /// Another service was better.
    public static let switchedService: Self = "switched_service"
    /// It was too complex.
    public static let tooComplex: Self = "too_complex"
    /// It was too expensive.
    public static let tooExpensive: Self = "too_expensive"
    /// It was not used.
    public static let unused: Self = "unused"
    /// Something else.
    public static let other: Self = "other"
}

/// A kind of benefit.
public struct BenefitType: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A note.
    public static let custom: Self = "custom"
    /// Something that is on or off.
    public static let featureFlag: Self = "feature_flag"
    /// A licence key.
    public static let licenseKeys: Self = "license_keys"
    /// Units of a meter.
    public static let meterCredit: Self = "meter_credit"
    /// Files.
    public static let downloadables: Self = "downloadables"
    /// A role on Discord.
    public static let discord: Self = "discord"
    /// A repository on GitHub.
    public static let githubRepository: Self = "github_repository"
    /// A channel on Slack.
    public static let slackSharedChannel: Self = "slack_shared_channel"
}

/// Who sees something.
public struct Visibility: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Everybody.
    public static let `public`: Self = "public"
    /// The organization.
    public static let `private`: Self = "private"
    /// Nobody yet.
    public static let draft: Self = "draft"
}

/// What a member may do in a team.
public struct MemberRole: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Everything; there is exactly one.
    public static let owner: Self = "owner"
    /// What has to do with payments.
    public static let billingManager: Self = "billing_manager"
    /// Uses what the team has.
    public static let member: Self = "member"
}

/// Who told of an event.
public struct EventSource: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The application.
    public static let user: Self = "user"
    /// The server.
    public static let system: Self = "system"
}

/// The unit in which a meter is shown.
public struct MeterUnit: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A number.
    public static let scalar: Self = "scalar"
    /// Tokens of a language model.
    public static let token: Self = "token"
    /// A unit with a label of its own.
    public static let custom: Self = "custom"
}
