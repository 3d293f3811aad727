import ClienteleCore
import ClienteleJSON
import HTTPTypes
import Hummingbird

/// The feed of changes: an extension of ours.
struct PolarChangeRoutes {
    let changes: Changes

    static let reading: [Scope] = [.webhooksRead, .webhooksWrite]
    /// Changes a page where nothing is asked for.
    private static let limitStandard: Int64 = 100

    var endpoints: [PolarEndpoint] {
        [
            .get("changes", Self.reading, list),
            .get("changes/stream", Self.reading, stream),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let organization = organization(call, &reader)
        let last = reader.count("after", call.query, in: 0...Int64.max)
        let limit = reader.count("limit", call.query, in: 1...Int64(Changes.limitMax)) ?? Self.limitStandard
        try reader.issues.finish()
        guard let organization else { throw PolarFailure.notFound }
        let page = try await changes.page(of: organization, after: last, limit: Int(limit))
        return Response(.ok, capacity: 1_536 * (1 + page.changes.count)) { writer in
            writer.beginObject()
            writer.name("items")
            writer.beginArray()
            for entry in page.changes { writer.polarEntry(entry, call.edition) }
            writer.endArray()
            writer.member("next_after", page.changes.last?.sequence ?? last ?? 0)
            writer.member("has_more", page.hasMore)
            writer.endObject()
        }
    }

    /// The same as server-sent events, from then on.
    @Sendable func stream(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let organization = organization(call, &reader)
        let asked = reader.count("after", call.query, in: 0...Int64.max)
        // A reader that comes back says by the header where it was.
        let seen = reader.lastEventID(call)
        try reader.issues.finish()
        guard let organization else { throw PolarFailure.notFound }
        let last: FeedEntry.Sequence
        if let known = seen ?? asked { last = known } else { last = try await changes.last(of: organization) }
        // What is gone is told while there still is a status to tell it by.
        _ = try await changes.page(of: organization, after: last, limit: 1)
        return PolarChangeStream(
            changes: changes,
            organization: organization,
            last: last,
            edition: call.edition
        ).response
    }

    /// The one organization whose feed is asked for: each has its own count.
    private func organization(_ call: PolarCall, _ reader: inout PolarReader) -> Organization.ID? {
        let organizations = call.organizations(&reader)
        guard organizations.count != 1 else { return organizations[0] }
        if call.query.last("organization_id") == nil {
            reader.issues.append(.missing(["query", "organization_id"], in: .null))
        }
        return nil
    }
}

extension PolarReader {
    /// A whole number of the query within bounds, nil when it is not there.
    fileprivate mutating func count(
        _ name: String,
        _ query: FormQuery,
        in bounds: ClosedRange<Int64>
    ) -> Int64? {
        query.last(name).flatMap { count($0, at: ["query", .string(name)], in: bounds) }
    }

    fileprivate mutating func lastEventID(_ call: PolarCall) -> Int64? {
        call.lastEventID.flatMap { count($0, at: ["header", "Last-Event-ID"], in: 0...Int64.max) }
    }

    private mutating func count(_ text: String, at location: [JSON], in bounds: ClosedRange<Int64>) -> Int64? {
        guard let number = Int64(text) else {
            issues.append(.integerParsing(location, .string(text)))
            return nil
        }
        return integer(.integer(number), at: location, in: bounds)
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID").unsafelyUnwrapped
}
