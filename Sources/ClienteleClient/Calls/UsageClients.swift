public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls about meters, and about what customers have used.
public struct MetersClient: Sendable {
    let connection: Connection

    /// Meters, by name.
    public func list(
        query: String? = nil,
        isArchived: Bool? = nil,
        organizationIDs: [UUID] = [],
        metadata: [String: JSON] = [:],
        sorting: [String] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<Meter> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("query", query)
        asked.add("is_archived", isArchived)
        asked.add(metadata: metadata)
        asked.add("sorting", sorting)
        return Listing(connection: connection, call: .list("meters", query: asked), limit: limit, options: options)
    }

    /// Makes a meter.
    public func create(
        _ body: MeterCreate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Meter {
        try await connection.value(.send(.post, "meters", endsWithSlash: true, body: body), options)
    }

    /// A meter.
    public func get(_ id: UUID, options: RequestOptions = RequestOptions()) async throws(ClienteleError) -> Meter {
        try await connection.value(.get("meters", id.wireText), options)
    }

    /// Changes a meter.
    public func update(
        _ id: UUID,
        _ body: MeterUpdate,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> Meter {
        try await connection.value(.send(.patch, "meters", id.wireText, body: body), options)
    }

    /// What customers have used, the latest change first.
    public func usage(
        customerIDs: [UUID] = [],
        externalCustomerIDs: [String] = [],
        meterIDs: [UUID] = [],
        organizationIDs: [UUID] = [],
        sorting: [String] = [],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<CustomerMeter> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("customer_id", customerIDs)
        asked.add("external_customer_id", externalCustomerIDs)
        asked.add("meter_id", meterIDs)
        asked.add("sorting", sorting)
        return Listing(
            connection: connection,
            call: .list("customer-meters", query: asked),
            limit: limit,
            options: options
        )
    }

    /// What a customer has used of one meter, by the id of the customer meter.
    public func usage(
        _ id: UUID,
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> CustomerMeter {
        try await connection.value(.get("customer-meters", id.wireText), options)
    }
}

/// The calls about what customers do.
public struct EventsClient: Sendable {
    let connection: Connection

    /// Events, the latest first.
    public func list(
        customerIDs: [UUID] = [],
        externalCustomerIDs: [String] = [],
        meterID: UUID? = nil,
        names: [String] = [],
        sources: [EventSource] = [],
        query: String? = nil,
        from start: Date? = nil,
        before end: Date? = nil,
        organizationIDs: [UUID] = [],
        metadata: [String: JSON] = [:],
        limit: Int? = nil,
        options: RequestOptions = RequestOptions()
    ) -> Listing<Event> {
        var asked = Query()
        asked.add("organization_id", organizationIDs)
        asked.add("customer_id", customerIDs)
        asked.add("external_customer_id", externalCustomerIDs)
        asked.add("meter_id", meterID)
        asked.add("name", names)
        asked.add("source", sources)
        asked.add("query", query)
        asked.add("start_timestamp", start)
        asked.add("end_timestamp", end)
        asked.add(metadata: metadata)
        return Listing(connection: connection, call: .list("events", query: asked), limit: limit, options: options)
    }

    /// Tells what customers did: all of it is kept, or nothing.
    ///
    /// Give events an external id to tell them again safely.
    public func ingest(
        _ events: [EventCreate],
        options: RequestOptions = RequestOptions()
    ) async throws(ClienteleError) -> IngestResult {
        try await connection.value(.send(.post, "events", "ingest", body: ["events": events]), options)
    }

    /// An event.
    public func get(_ id: UUID, options: RequestOptions = RequestOptions()) async throws(ClienteleError) -> Event {
        try await connection.value(.get("events", id.wireText), options)
    }
}
