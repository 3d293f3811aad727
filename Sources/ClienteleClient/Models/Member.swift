#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A person who belongs to a customer.
///
/// Source: `GET /v1/members/`.
public struct Member: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The customer.
    public var customerID: UUID
    /// The address.
    public var email: String
    /// The name.
    public var name: String?
    /// The application's own id, unique within the customer.
    public var externalID: String?
    /// What it may do.
    public var role: MemberRole
}

/// A member to be made.
///
/// One whose address is there already is given back unchanged.
public struct MemberCreate: Encodable, Sendable, Hashable {
    /// The address.
    public var email: String
    /// The name, at the most 256 characters.
    public var name: String?
    /// The application's own id, unique within the customer.
    public var externalID: String?
    /// `member` or `billing_manager`.
    public var role: MemberRole?

    /// A member with an address, and whatever else is known.
    public init(email: String, name: String? = nil, externalID: String? = nil, role: MemberRole? = nil) {
        self.email = email
        self.name = name
        self.externalID = externalID
        self.role = role
    }
}

/// What is to change of a member.
///
/// What is left out stays.
public struct MemberUpdate: Encodable, Sendable, Hashable {
    /// The address.
    public var email: Patch<String>
    /// The name; `null` clears it.
    public var name: Patch<String>
    /// What it may do; `owner` makes the former owner a billing manager.
    public var role: Patch<MemberRole>

    /// Changes nothing unless told.
    public init(
        email: Patch<String> = .unchanged,
        name: Patch<String> = .unchanged,
        role: Patch<MemberRole> = .unchanged
    ) {
        self.email = email
        self.name = name
        self.role = role
    }
}
