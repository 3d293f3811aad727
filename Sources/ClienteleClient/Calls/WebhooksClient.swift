import HTTPTypes

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls about endpoints of webhooks, and about what was sent to them.
///
/// Reading needs a token with the scope `webhooks:read`, and changing one with `webhooks:write`. What an endpoint is sent is
/// read with ``Webhook``.
public struct WebhooksClient: Sendable {
    let connection: Connection

    /// Endpoints, the newest first.
    public func list(
        organizationIDs: [UUID] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<WebhookEndpoint> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        let call = Call.get("webhooks", "endpoints", query: asked)
        return Listing(connection: connection, call: call, limit: limit, options: options)
    }

    /// Makes an endpoint; the answer has its secret.
    ///
    /// Throws `validation` where the address is none that the server sends to.
    public func create(
        _ body: WebhookEndpointCreate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> WebhookEndpoint {
        try await connection.value(.send(.post, "webhooks", "endpoints", body: body), options)
    }

    /// An endpoint.
    public func get(
        _ id: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> WebhookEndpoint {
        try await connection.value(.get("webhooks", "endpoints", id.wireText), options)
    }

    /// Changes an endpoint; turns one on again that the server has turned off.
    public func update(
        _ id: UUID,
        _ body: WebhookEndpointUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> WebhookEndpoint {
        try await connection.value(.send(.patch, "webhooks", "endpoints", id.wireText, body: body), options)
    }

    /// Deletes an endpoint; what was not sent yet is not sent.
    public func delete(_ id: UUID, options: RequestOptions = RequestOptions()) async throws(ClienteleError) {
        try await connection.done(Call(method: .delete, path: ["webhooks", "endpoints", id.wireText]), options)
    }

    /// Gives an endpoint a new secret, which the answer has.
    ///
    /// Clientele signs with the former one too for a day: give ``Webhook`` both until then.
    public func resetSecret(
        of id: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> WebhookEndpoint {
        let call = Call(method: .patch, path: ["webhooks", "endpoints", id.wireText, "secret"])
        return try await connection.value(call, options)
    }

    /// Attempts to tell endpoints of events, the newest first; each condition narrows the list.
    ///
    /// - Parameters:
    ///   - endpointIDs: The endpoints.
    ///   - start: The earliest moment.
    ///   - end: The moment before which they were made.
    ///   - succeeded: Whether the endpoint took them.
    ///   - query: A part of the attempt's id, of the event's id or of the status.
    ///   - httpCodeClass: The kind of status that the endpoint answered.
    ///   - eventTypes: What happened.
    ///   - organizationIDs: The organizations; all that the token speaks for unless told.
    ///   - limit: Attempts in a page, 1 to 100.
    ///   - options: What this call does otherwise than others.
    /// - Returns: A list that is read as one walks through it.
    public func deliveries(
        endpointIDs: [UUID] = [],
        from start: Date? = nil,
        before end: Date? = nil,
        succeeded: Bool? = nil,
        query: String? = nil,
        httpCodeClass: HTTPCodeClass? = nil,
        eventTypes: [WebhookEventType] = [],
        organizationIDs: [UUID] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<WebhookDelivery> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("endpoint_id", endpointIDs)
        asked.add("start_timestamp", start)
        asked.add("end_timestamp", end)
        asked.add("succeeded", succeeded)
        asked.add("query", query)
        asked.add("http_code_class", httpCodeClass)
        asked.add("event_type", eventTypes)
        let call = Call.get("webhooks", "deliveries", query: asked)
        return Listing(connection: connection, call: call, limit: limit, options: options)
    }

    /// Has an event sent again to the endpoint that it is for; the server does so soon afterwards.
    ///
    /// Throws `notFound` where there is no such event, or its body is kept no longer.
    public func redeliver(
        _ eventID: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) {
        let call = Call(method: .post, path: ["webhooks", "events", eventID.wireText, "redeliver"])
        try await connection.done(call, options)
    }
}
