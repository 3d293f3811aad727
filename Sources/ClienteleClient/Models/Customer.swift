public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A customer: a person, or a team of them.
///
/// Source: `GET /v1/customers/{id}`.
public struct Customer: WireModel, Identifiable {
    /// The server's id, which never changes.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed; nil until the first change.
    public var modifiedAt: Date?
    /// The application's own pairs, at the most 50; the values are texts, numbers and truth values.
    public var metadata: [String: JSON]
    /// The application's own id, unique in the organization.
    public var externalID: String?
    /// The address; only a team may have none.
    public var email: String?
    /// Whether the address is known to be the customer's.
    public var emailVerified: Bool
    /// A person or a team.
    public var type: CustomerType
    /// The name, at the most 256 characters.
    public var name: String?
    /// The name on invoices; else the name.
    public var billingName: String?
    /// The address on invoices.
    public var billingAddress: Address?
    /// The number for taxes, checked.
    public var taxID: TaxID?
    /// The language, as a BCP 47 tag such as `de-AT`.
    public var locale: String?
    /// The organization whose customer it is.
    public var organizationID: UUID
    /// The payment method that is used where none is named.
    public var defaultPaymentMethodID: UUID?
    /// When it was deleted; nil while it lives.
    public var deletedAt: Date?
    /// When the first event about it happened.
    public var firstUserEventAt: Date?
    /// A picture of it.
    public var avatarURL: String?
    /// The version, which grows with each change of the customer or of what it holds; nil where the server tells none.
    ///
    /// From the answer's `ETag`. Give it as ``RequestOptions/ifVersion`` to change only what you have seen.
    public var stateVersion: Int64?

    /// Reads a customer of any of the API's published shapes: older ones have fewer members.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(UUID.self, forKey: .id)
        createdAt = try container.decode(Date.self, forKey: .createdAt)
        modifiedAt = try container.decodeIfPresent(Date.self, forKey: .modifiedAt)
        metadata = try container.decodeIfPresent([String: JSON].self, forKey: .metadata) ?? [:]
        externalID = try container.decodeIfPresent(String.self, forKey: .externalID)
        email = try container.decodeIfPresent(String.self, forKey: .email)
        emailVerified = try container.decodeIfPresent(Bool.self, forKey: .emailVerified) ?? false
        type = try container.decodeIfPresent(CustomerType.self, forKey: .type) ?? .individual
        name = try container.decodeIfPresent(String.self, forKey: .name)
        billingName = try container.decodeIfPresent(String.self, forKey: .billingName)
        billingAddress = try container.decodeIfPresent(Address.self, forKey: .billingAddress)
        taxID = try container.decodeIfPresent(TaxID.self, forKey: .taxID)
        locale = try container.decodeIfPresent(String.self, forKey: .locale)
        organizationID = try container.decode(UUID.self, forKey: .organizationID)
        defaultPaymentMethodID = try container.decodeIfPresent(UUID.self, forKey: .defaultPaymentMethodID)
        deletedAt = try container.decodeIfPresent(Date.self, forKey: .deletedAt)
        firstUserEventAt = try container.decodeIfPresent(Date.self, forKey: .firstUserEventAt)
        avatarURL = try container.decodeIfPresent(String.self, forKey: .avatarURL)
        stateVersion = try container.decodeIfPresent(Int64.self, forKey: .stateVersion)
    }
}

/// A person or a team.
public struct CustomerType: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// One person, who is its own only member.
    public static let individual: Self = "individual"
    /// Several members, one of whom owns it.
    public static let team: Self = "team"
}

/// An address as answers have it.
public struct Address: WireModel {
    /// Street and number.
    public var line1: String?
    /// What else belongs to the street.
    public var line2: String?
    /// The postal code.
    public var postalCode: String?
    /// The city.
    public var city: String?
    /// The state; those of the US and Canada with their country: `US-CA`.
    public var state: String?
    /// The country, as an ISO 3166-1 code of two letters.
    public var country: String

    /// Makes an address; all but the country may be left out.
    public init(
        country: String,
        line1: String? = nil,
        line2: String? = nil,
        postalCode: String? = nil,
        city: String? = nil,
        state: String? = nil
    ) {
        self.line1 = line1
        self.line2 = line2
        self.postalCode = postalCode
        self.city = city
        self.state = state
        self.country = country
    }
}

/// An address to be stored: the same fields.
public typealias AddressInput = Address

/// A checked number for taxes, with the kind that it is.
public struct TaxID: WireModel {
    /// The number without separators.
    public var number: String
    /// The kind, such as `eu_vat`; nil where the server tells only the number.
    public var format: String?

    /// Reads the pair of number and kind, or the number alone.
    public init(from decoder: any Decoder) throws {
        if let number = try? decoder.singleValueContainer().decode(String.self) {
            self.number = number
            return
        }
        var pair = try decoder.unkeyedContainer()
        number = try pair.decode(String.self)
        format = pair.isAtEnd ? nil : try pair.decode(String?.self)
    }

    /// Writes the pair, or the number alone where the kind is not known.
    public func encode(to encoder: any Encoder) throws {
        guard let format else {
            var container = encoder.singleValueContainer()
            return try container.encode(number)
        }
        var pair = encoder.unkeyedContainer()
        try pair.encode(number)
        try pair.encode(format)
    }
}

/// How an application names a customer: by the server's id or by its own.
public enum CustomerKey: Sendable, Hashable, CustomStringConvertible {
    /// The server's id.
    case id(UUID)
    /// The application's own id.
    case externalID(String)

    /// The id as text.
    public var description: String {
        switch self {
        case .id(let id): id.wireText
        case .externalID(let externalID): externalID
        }
    }

    /// The parts of a path behind `customers`.
    var path: [String] {
        switch self {
        case .id(let id): [id.wireText]
        case .externalID(let externalID): ["external", externalID]
        }
    }
}
