public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something that customers may use.
///
/// Source: `GET /v1/benefits/{id}`.
public struct Benefit: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The kind.
    public var type: BenefitType
    /// What it is, 3 to 42 characters.
    public var description: String
    /// Whether products may be given it.
    public var selectable: Bool
    /// Whether it may be deleted.
    public var deletable: Bool
    /// Whether it is deleted.
    public var isDeleted: Bool
    /// The organization whose benefit it is.
    public var organizationID: UUID
    /// The application's own pairs; ``BenefitCheck`` looks for the pair `key`.
    public var metadata: [String: JSON]
    /// Who sees it.
    public var visibility: Visibility?
    /// What belongs to its kind.
    public var properties: JSON
    /// Whether taxes are due for it; only of notes.
    public var isTaxApplicable: Bool?
    /// Whether its visibility may be changed.
    public var visibilityConfigurable: Bool?
}

/// A benefit to be made: the body of `POST /v1/benefits/`.
public struct BenefitCreate: Encodable, Sendable, Hashable {
    /// The kind.
    public var type: BenefitType
    /// What it is, 3 to 42 characters.
    public var description: String
    /// What belongs to its kind.
    public var properties: JSON
    /// Who sees it.
    public var visibility: Visibility?
    /// The application's own pairs.
    public var metadata: [String: JSON]
    /// The organization; only for tokens of users.
    public var organizationID: UUID?

    /// A benefit of any kind, with its properties as the contract has them.
    public init(
        type: BenefitType,
        description: String,
        properties: JSON = [:],
        visibility: Visibility? = nil,
        metadata: [String: JSON] = [:],
        organizationID: UUID? = nil
    ) {
        self.type = type
        self.description = description
        self.properties = properties
        self.visibility = visibility
        self.metadata = metadata
        self.organizationID = organizationID
    }

    /// A note for those who have it.
    public static func custom(
        _ description: String,
        note: String? = nil,
        metadata: [String: JSON] = [:]
    ) -> BenefitCreate {
        BenefitCreate(type: .custom, description: description, properties: ["note": JSON(note)], metadata: metadata)
    }

    /// Something that is on or off; `key` is what ``CustomersClient/check(_:key:options:)`` asks for.
    public static func featureFlag(_ description: String, key: String? = nil) -> BenefitCreate {
        BenefitCreate(
            type: .featureFlag,
            description: description,
            metadata: key.map { ["key": .string($0)] } ?? [:]
        )
    }

    /// Units of a meter, each period; what is not used is lost unless they roll over.
    public static func meterCredit(
        _ description: String,
        units: Int,
        meter: UUID,
        rollover: Bool = false,
        metadata: [String: JSON] = [:]
    ) -> BenefitCreate {
        let properties: JSON = [
            "units": .integer(Int64(units)), "rollover": .bool(rollover), "meter_id": .string(meter.wireText),
        ]
        return BenefitCreate(
            type: .meterCredit,
            description: description,
            properties: properties,
            metadata: metadata
        )
    }

    /// A licence key for each who has it.
    public static func licenseKeys(_ description: String, prefix: String? = nil) -> BenefitCreate {
        BenefitCreate(type: .licenseKeys, description: description, properties: ["prefix": JSON(prefix)])
    }
}

/// What is to change of a benefit.
///
/// What is left out stays.
public struct BenefitUpdate: Encodable, Sendable, Hashable {
    /// The kind, which has to be repeated and cannot be changed.
    public var type: BenefitType
    /// What it is.
    public var description: Patch<String>
    /// What belongs to its kind.
    public var properties: Patch<JSON>
    /// Who sees it.
    public var visibility: Patch<Visibility>
    /// All of the pairs.
    public var metadata: Patch<[String: JSON]>

    /// Changes nothing unless told.
    public init(
        type: BenefitType,
        description: Patch<String> = .unchanged,
        properties: Patch<JSON> = .unchanged,
        visibility: Patch<Visibility> = .unchanged,
        metadata: Patch<[String: JSON]> = .unchanged
    ) {
        self.type = type
        self.description = description
        self.properties = properties
        self.visibility = visibility
        self.metadata = metadata
    }
}

/// A benefit that a customer has, or had.
///
/// Source: `GET /v1/benefit-grants/`.
public struct BenefitGrant: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// When it was given; nil while it is not.
    public var grantedAt: Date?
    /// Whether the customer has it now.
    public var isGranted: Bool
    /// When it was taken.
    public var revokedAt: Date?
    /// Whether it was taken.
    public var isRevoked: Bool
    /// The subscription that it comes from.
    public var subscriptionID: UUID?
    /// The order that it comes from.
    public var orderID: UUID?
    /// The customer.
    public var customerID: UUID
    /// The member.
    public var memberID: UUID?
    /// The benefit.
    public var benefitID: UUID
    /// Why it could not be given.
    public var error: JSON?
    /// The customer in full.
    public var customer: Customer
    /// The member in full.
    public var member: Member?
    /// The benefit in full.
    public var benefit: Benefit
    /// What the grant adds, by the kind.
    public var properties: JSON
    /// What it added before the change; only in webhooks.
    public var previousProperties: JSON?
    /// The customer's id once more; deprecated on the wire.
    public var userID: UUID?
}
