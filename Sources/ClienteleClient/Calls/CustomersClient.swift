public import ClienteleJSON
import HTTPTypes

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls about customers.
///
/// A customer is named by the server's id, or by the application's own in the calls that end in `External`.
public struct CustomersClient: Sendable {
    let connection: Connection

    /// Customers, the newest first; each condition narrows the list.
    ///
    /// - Parameters:
    ///   - email: The address, in any case.
    ///   - query: A text in the address or name, or at the start of the external id.
    ///   - active: Whether they have a subscription.
    ///   - metadata: Pairs that they have.
    ///   - organizationIDs: The organizations; all that the token speaks for unless told.
    ///   - sorting: The order, the most important first.
    ///   - limit: Customers in a page, 1 to 100.
    ///   - options: What this call does otherwise than others.
    /// - Returns: A list that is read as one walks through it.
    public func list(
        email: String? = nil,
        query: String? = nil,
        active: Bool? = nil,
        metadata: [String: JSON] = [:],
        organizationIDs: [UUID] = [],
        sorting: [CustomerSorting] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<Customer> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("email", email)
        asked.add("query", query)
        asked.add("active", active)
        asked.add(metadata: metadata)
        asked.add("sorting", sorting)
        return Listing(connection: connection, call: .list("customers", query: asked), limit: limit, options: options)
    }

    /// Makes a customer.
    ///
    /// Throws `validation` where the address or the external id is taken.
    public func create(
        _ body: CustomerCreate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Customer {
        try await customer(.send(.post, "customers", endsWithSlash: true, body: body), options)
    }

    /// A customer.
    ///
    /// Throws `notFound` where there is none.
    public func get(_ id: UUID, options: RequestOptions = RequestOptions()) async throws(ClienteleError) -> Customer {
        try await customer(Call(method: .get, .id(id)), options)
    }

    /// A customer, by the application's own id.
    public func getExternal(
        _ externalID: String,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Customer {
        try await customer(Call(method: .get, .externalID(externalID)), options)
    }

    /// Changes a customer, and gives it as it is then.
    public func update(
        _ id: UUID,
        _ body: CustomerUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Customer {
        try await customer(.send(.patch, to: .id(id), body: body), options)
    }

    /// Changes a customer, by the application's own id.
    public func updateExternal(
        _ externalID: String,
        _ body: CustomerUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Customer {
        try await customer(.send(.patch, to: .externalID(externalID), body: body), options)
    }

    /// Makes or changes the customer of an external id, in one step.
    ///
    /// Only Clientele has this.
    public func upsert(
        externalID: String,
        _ body: CustomerUpsert,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Customer {
        try await customer(.send(.put, to: .externalID(externalID), body: body), options)
    }

    /// Deletes a customer: its subscriptions end, its benefits are taken, its address and external id are free again.
    ///
    /// With `anonymize`, what could tell who it was is destroyed too.
    public func delete(
        _ id: UUID,
        anonymize: Bool = false,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) {
        try await connection.done(deletion(.id(id), anonymize), options)
    }

    /// Deletes a customer, by the application's own id.
    public func deleteExternal(
        _ externalID: String,
        anonymize: Bool = false,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) {
        try await connection.done(deletion(.externalID(externalID), anonymize), options)
    }

    /// In which ways a customer pays, the newest first.
    public func paymentMethods(
        of key: CustomerKey,
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<PaymentMethod> {
        let call = Call(method: .get, key, "payment-methods")
        return Listing(connection: connection, call: call, limit: limit, options: options)
    }

    /// All customers as CSV in UTF-8, in pieces as they come; may take up to ten minutes unless told otherwise.
    public func export(
        organizationIDs: [UUID] = [],
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> ResponseBody {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        var options = options
        options.timeout = options.timeout ?? .seconds(600)
        return try await connection.response(to: .get("customers", "export", query: asked), options).body
    }

    private func customer(_ call: Call, _ options: RequestOptions) async throws(ClienteleError) -> Customer {
        let answer = try await connection.answer(to: call, options)
        var customer: Customer = try answer.decoded()
        customer.stateVersion = answer.version ?? customer.stateVersion
        return customer
    }

    private func deletion(_ key: CustomerKey, _ anonymize: Bool) -> Call {
        var call = Call(method: .delete, key)
        if anonymize { call.query.add("anonymize", true) }
        return call
    }
}

extension Call {
    /// A call about one customer, or about something of it.
    init(method: HTTPRequest.Method, _ key: CustomerKey, _ rest: String...) {
        self.init(method: method, path: ["customers"] + key.path + rest)
    }

    /// A change of one customer, or of something of it.
    static func send(
        _ method: HTTPRequest.Method,
        to key: CustomerKey,
        _ rest: String...,
        body: some Encodable
    ) throws(ClienteleError) -> Call {
        var call = try Call.send(method, "", body: body)
        call.path = ["customers"] + key.path + rest
        return call
    }
}
