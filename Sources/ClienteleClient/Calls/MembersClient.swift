#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls about members of customers.
public struct MembersClient: Sendable {
    let connection: Connection

    /// Members, the newest first.
    public func list(
        customerID: UUID? = nil,
        externalCustomerID: String? = nil,
        role: MemberRole? = nil,
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<Member> {
        var asked = Query()
        asked.add("customer_id", customerID)
        asked.add("external_customer_id", externalCustomerID)
        asked.add("role", role)
        return Listing(connection: connection, call: .list("members", query: asked), limit: limit, options: options)
    }

    /// Makes a member, or gives the one that has the address already.
    public func create(
        for customer: CustomerKey,
        _ body: MemberCreate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Member {
        try await connection.value(.send(.post, to: customer, "members", body: body), options)
    }

    /// A member.
    ///
    /// A customer that is named by its external id has its members named by theirs.
    public func get(
        _ member: String,
        of customer: CustomerKey,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Member {
        try await connection.value(Call(method: .get, customer, "members", member), options)
    }

    /// Changes a member.
    ///
    /// A customer that is named by its external id has its members named by theirs.
    public func update(
        _ member: String,
        of customer: CustomerKey,
        _ body: MemberUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Member {
        try await connection.value(.send(.patch, to: customer, "members", member, body: body), options)
    }

    /// Deletes a member.
    ///
    /// A customer that is named by its external id has its members named by theirs.
    public func delete(
        _ member: String,
        of customer: CustomerKey,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) {
        try await connection.done(Call(method: .delete, customer, "members", member), options)
    }
}
