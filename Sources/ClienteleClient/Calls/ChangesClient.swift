import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls about what was changed in an organization.
///
/// Only Clientele has this. The token needs the scope `webhooks:read`.
public struct ChangesClient: Sendable {
    let connection: Connection

    /// Changes that are kept, the oldest first.
    ///
    /// - Parameters:
    ///   - after: The number of the change behind which to begin; the oldest that is kept unless told.
    ///   - limit: How many at the most, 1 to 1,000; 100 unless told.
    ///   - organizationID: The organization, where the token speaks for more than one.
    ///   - options: What this call does otherwise than others.
    /// - Returns: The changes, and where to go on.
    /// - Throws: `gone` where changes behind `after` are kept no longer, which is for 90 days.
    public func list(
        after: Int64? = nil,
        limit: Int? = nil,
        organizationID: UUID? = nil,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> ChangePage {
        var asked = Query()
        asked.add("after", after)
        asked.add("limit", limit)
        asked.add("organization_id", organizationID)
        let answer = try await connection.answer(to: .get("changes", query: asked), options)
        let json: JSON = try answer.decoded()
        do { return try ChangePage(answer.body, json) } catch { throw answer.unreadable(error) }
    }

    /// Changes as they happen, without an end.
    ///
    /// Every change comes once and in the order of its number, however often the connection is lost.
    ///
    /// - Parameters:
    ///   - after: The number of the last change that was dealt with; 0 for all; nil for those from now on.
    ///   - organizationID: The organization, where the token speaks for more than one.
    ///   - options: What this call does otherwise than others. The time of a call bounds only the reading of what was missed.
    /// - Returns: A sequence that connects when it is walked through.
    public func feed(
        after: Int64?,
        organizationID: UUID? = nil,
        options: RequestOptions = RequestOptions()
    ) -> ChangeFeed {
        feed(after: after, organizationID: organizationID, options: options) { try await Task.sleep(for: $0) }
    }

    /// The feed, where `quiet` measures how long nothing has come.
    package func feed(
        after: Int64?,
        organizationID: UUID? = nil,
        options: RequestOptions = RequestOptions(),
        quiet: @escaping @Sendable (Duration) async throws -> Void
    ) -> ChangeFeed {
        ChangeFeed(
            connection: connection,
            after: after,
            organizationID: organizationID,
            options: options,
            quiet: quiet
        )
    }
}
