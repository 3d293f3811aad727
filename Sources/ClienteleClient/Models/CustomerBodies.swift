public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A customer to be made: the body of `POST /v1/customers/`.
public struct CustomerCreate: Encodable, Sendable, Hashable {
    /// The address; only a team with an owner may have none.
    public var email: String?
    /// A person or a team.
    public var type: CustomerType
    /// The name, at the most 256 characters.
    public var name: String?
    /// The application's own id; it cannot be changed later.
    public var externalID: String?
    /// The application's own pairs, at the most 50: texts of up to 500 characters, numbers, truth values.
    public var metadata: [String: JSON]
    /// The address on invoices.
    public var billingAddress: AddressInput?
    /// The number for taxes; needs a billing address.
    public var taxID: String?
    /// The language, as a BCP 47 tag.
    public var locale: String?
    /// The organization; only for tokens of users.
    public var organizationID: UUID?
    /// Who owns a team; else the address does.
    public var owner: OwnerCreate?

    /// A customer with an address, and whatever else is known.
    public init(
        email: String? = nil,
        type: CustomerType = .individual,
        name: String? = nil,
        externalID: String? = nil,
        metadata: [String: JSON] = [:],
        billingAddress: AddressInput? = nil,
        taxID: String? = nil,
        locale: String? = nil,
        organizationID: UUID? = nil,
        owner: OwnerCreate? = nil
    ) {
        self.email = email
        self.type = type
        self.name = name
        self.externalID = externalID
        self.metadata = metadata
        self.billingAddress = billingAddress
        self.taxID = taxID
        self.locale = locale
        self.organizationID = organizationID
        self.owner = owner
    }
}

/// The first owner of a team.
public struct OwnerCreate: Encodable, Sendable, Hashable {
    /// The owner's address.
    public var email: String
    /// The owner's name.
    public var name: String?
    /// The application's own id of the owner.
    public var externalID: String?

    /// An owner with an address, and whatever else is known.
    public init(email: String, name: String? = nil, externalID: String? = nil) {
        self.email = email
        self.name = name
        self.externalID = externalID
    }
}

/// What is to change of a customer: the body of `PATCH /v1/customers/{id}`.
///
/// What is left out stays.
public struct CustomerUpdate: Encodable, Sendable, Hashable {
    /// The address; `null` changes nothing.
    public var email: Patch<String>
    /// The name; `null` clears it.
    public var name: Patch<String>
    /// All of the pairs; `null` is refused.
    public var metadata: Patch<[String: JSON]>
    /// All of the address; `null` is refused.
    public var billingAddress: Patch<AddressInput>
    /// The number for taxes; `null` clears it.
    public var taxID: Patch<String>
    /// The language; `null` clears it.
    public var locale: Patch<String>
    /// The application's own id, which can be set once; left out where the customer is named by it.
    public var externalID: Patch<String>
    /// A person can become a team; left out where the customer is named by its external id.
    public var type: Patch<CustomerType>

    /// Changes nothing unless told.
    public init(
        email: Patch<String> = .unchanged,
        name: Patch<String> = .unchanged,
        metadata: Patch<[String: JSON]> = .unchanged,
        billingAddress: Patch<AddressInput> = .unchanged,
        taxID: Patch<String> = .unchanged,
        locale: Patch<String> = .unchanged,
        externalID: Patch<String> = .unchanged,
        type: Patch<CustomerType> = .unchanged
    ) {
        self.email = email
        self.name = name
        self.metadata = metadata
        self.billingAddress = billingAddress
        self.taxID = taxID
        self.locale = locale
        self.externalID = externalID
        self.type = type
    }
}

/// A customer as it is to be, whether it is there or not: the body of `PUT /v1/customers/external/{external_id}`.
///
/// Only Clientele has this call.
public struct CustomerUpsert: Encodable, Sendable, Hashable {
    /// The address; needed where the customer is made.
    public var email: Patch<String>
    /// The name; `null` clears it.
    public var name: Patch<String>
    /// All of the pairs.
    public var metadata: Patch<[String: JSON]>
    /// All of the address.
    public var billingAddress: Patch<AddressInput>
    /// The number for taxes; `null` clears it.
    public var taxID: Patch<String>
    /// The language; `null` clears it.
    public var locale: Patch<String>
    /// A person or a team.
    public var type: Patch<CustomerType>
    /// The first owner, where a team is made.
    public var owner: OwnerCreate?
    /// The organization; only for tokens of users.
    public var organizationID: UUID?

    /// Leaves alone what is not told.
    public init(
        email: Patch<String> = .unchanged,
        name: Patch<String> = .unchanged,
        metadata: Patch<[String: JSON]> = .unchanged,
        billingAddress: Patch<AddressInput> = .unchanged,
        taxID: Patch<String> = .unchanged,
        locale: Patch<String> = .unchanged,
        type: Patch<CustomerType> = .unchanged,
        owner: OwnerCreate? = nil,
        organizationID: UUID? = nil
    ) {
        self.email = email
        self.name = name
        self.metadata = metadata
        self.billingAddress = billingAddress
        self.taxID = taxID
        self.locale = locale
        self.type = type
        self.owner = owner
        self.organizationID = organizationID
    }
}

/// An order of customers; `-` is the last first.
public struct CustomerSorting: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The oldest first.
    public static let createdAt: Self = "created_at"
    /// The newest first.
    public static let createdAtDescending: Self = "-created_at"
    /// By address.
    public static let email: Self = "email"
    /// By address, backwards.
    public static let emailDescending: Self = "-email"
    /// By name; those without come last.
    public static let name: Self = "name"
    /// By name, backwards; those without come first.
    public static let nameDescending: Self = "-name"
}
