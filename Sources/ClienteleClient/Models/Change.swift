import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One thing that was changed in an organization.
///
/// Only Clientele has this. Source: `GET /v1/changes` and `GET /v1/changes/stream`.
public struct Change: Sendable, Hashable {
    /// Its number: 1, 2, 3 and so on in its organization, without a gap.
    ///
    /// Keep that of the last change that was dealt with, to go on behind it.
    public let sequence: Int64
    /// What happened.
    public let type: WebhookEventType
    /// When it happened.
    public let timestamp: Date
    /// The customer whom it is about, where there is one.
    public let customerID: UUID?
    /// The version that the customer had then.
    ///
    /// Give it as `minVersion` to ``CustomersClient/getState(_:minVersion:wait:options:)`` to see a state that has the change.
    public let stateVersion: Int64?
    /// The access token that made the change; nil where the server did of its own.
    public let actor: UUID?
    /// The record as it was then; nil where it was erased since, with its customer.
    ///
    /// A record that this SDK cannot read is ``WebhookEvent/Payload/unknown(_:)``: a feed that stopped at it could never go on.
    public let payload: WebhookEvent.Payload?
    private let text: String

    /// Reads a change from JSON with the wire's names: one that was kept.
    ///
    /// Throws `DecodingError`, or `JSON.SyntaxError` where the text is no JSON.
    public init(wireText: String) throws { try self.init(try JSON(parsing: wireText), text: wireText) }

    /// The change as the server wrote it, byte for byte.
    public func wireText() -> String { text }

    /// Reads a change from a tree, whose text is kept.
    init(_ json: JSON, text: String) throws(DecodingError) {
        let envelope: Envelope = try json.decoded()
        sequence = envelope.sequence
        type = envelope.type
        timestamp = envelope.timestamp
        customerID = envelope.customerID
        stateVersion = envelope.stateVersion
        actor = envelope.actor
        payload = envelope.data.map { data in (try? WebhookEvent.Payload(envelope.type, data)) ?? .unknown(data) }
        self.text = text
    }

    private struct Envelope: Decodable {
        var sequence: Int64
        var type: WebhookEventType
        var timestamp: Date
        var customerID: UUID?
        var stateVersion: Int64?
        var actor: UUID?
        var data: JSON?
    }
}

extension Change {
    /// A part of the change as the server wrote it, byte for byte: for those who pass it on.
    package func text(of member: String) -> String? {
        RawJSON.member(member, of: Array(text.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Changes that follow each other.
public struct ChangePage: Sendable, Hashable {
    /// The changes, in the order of their numbers.
    public let items: [Change]
    /// What to ask for next, as `after`.
    public let nextAfter: Int64
    /// Whether more changes are there already.
    public let hasMore: Bool
}

extension ChangePage {
    /// Reads a page; the texts of its changes are kept.
    init(_ body: [UInt8], _ json: JSON) throws(DecodingError) {
        struct Page: Decodable {
            var items: [JSON]
            var nextAfter: Int64
            var hasMore: Bool
        }
        let page: Page = try json.decoded()
        let texts = RawJSON.parts(of: RawJSON.member("items", of: body[...]) ?? [])
        var items: [Change] = []
        for (index, item) in page.items.enumerated() {
            let text = index < texts.count ? String(decoding: texts[index], as: UTF8.self) : item.text
            do { items.append(try Change(item, text: text)) } catch { throw error.inside("items", index) }
        }
        self.init(items: items, nextAfter: page.nextAfter, hasMore: page.hasMore)
    }
}

extension DecodingError {
    /// The error of an item, with the item's place before its own.
    fileprivate func inside(_ list: String, _ index: Int) -> DecodingError {
        let (path, reason) = place
        let keys: [any CodingKey] = [WireKey(stringValue: list), WireKey(intValue: index)]
        let rest = path.isEmpty ? [] : [WireKey(stringValue: path)]
        return .dataCorrupted(Context(codingPath: keys + rest, debugDescription: reason))
    }
}
