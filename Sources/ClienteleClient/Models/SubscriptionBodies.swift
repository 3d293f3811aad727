public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What is to change of a subscription that goes on.
///
/// What is left out stays.
public struct SubscriptionUpdate: Encodable, Sendable, Hashable {
    /// Another product.
    public var productID: Patch<UUID>
    /// When the trial ends.
    public var trialEnd: Patch<Date>
    /// All of the pairs.
    public var metadata: Patch<[String: JSON]>

    /// Changes nothing unless told.
    public init(
        productID: Patch<UUID> = .unchanged,
        trialEnd: Patch<Date> = .unchanged,
        metadata: Patch<[String: JSON]> = .unchanged
    ) {
        self.productID = productID
        self.trialEnd = trialEnd
        self.metadata = metadata
    }
}
