public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A way in which a customer pays; Clientele takes no payments, and has none.
///
/// Source: `GET /v1/customers/{id}/payment-methods`.
public struct PaymentMethod: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// Who takes the payments.
    public var processor: String
    /// The customer.
    public var customerID: UUID
    /// The kind, such as `card`.
    public var type: String
    /// What is known of it, by the kind: brand, last digits, when it ends.
    public var methodMetadata: JSON?
    /// Whether it is used where none is named.
    public var isDefault: Bool?
}
