import ClienteleClient
import Foundation
import Testing

/// Bodies that a real Polar server sent, read into the SDK's values and written again.
struct RecordedBodyTests {
    @Test func readsAndWritesEveryStateAndSubscription() throws {
        var count = 0
        for exchange in try Fixtures.exchanges("state-samples.jsonl") {
            let path = try #require(exchange["path"]?.string)
            let answer = try #require(exchange["answer"])
            if path.hasSuffix("/state") {
                guard answer["error"] == nil else { continue }
                try expectSame(answer, as: CustomerState.self)
            } else if path.contains("subscriptions"), answer["items"] == nil, answer["error"] == nil {
                try expectSame(answer, as: Subscription.self)
            } else {
                for item in answer["items"]?.array ?? [] { try expectSame(item, as: Subscription.self) }
            }
            count += 1
        }
        #expect(count == 17)
    }

    @Test func readsEveryWebhook() throws {
        var types: Set<String> = []
        for delivery in try Fixtures.exchanges("webhooks.jsonl") {
            let text = try #require(delivery["raw_body"]?.string)
            let id = try #require(delivery["headers"]?["webhook-id"]?.string)
            let event = try signedEvent(text, id: id)
            #expect(event.id == id)
            if case .unknown = event.payload { Issue.record("\(event.type) is not read.") }
            let data = try #require(try JSON(parsing: text)["data"])
            switch event.payload {
            case .customer(let value): try expectSame(data, value)
            case .customerState(let value): try expectSame(data, value)
            case .customerMeter(let value): try expectSame(data, value)
            case .member(let value): try expectSame(data, value)
            case .subscription(let value): try expectSame(data, value)
            case .benefit(let value): try expectSame(data, value)
            case .benefitGrant(let value): try expectSame(data, value)
            case .product(let value): try expectSame(data, value)
            case .unknown: break
            }
            types.insert(event.type.rawValue)
        }
        #expect(types.count == 12)
    }

    private func expectSame<Value: WireModel>(_ json: JSON, as type: Value.Type) throws {
        try expectSame(json, try Value(wireText: json.text))
    }

    private func expectSame(_ json: JSON, _ value: some WireModel) throws {
        let written = try JSON(parsing: try value.wireText())
        #expect(written.withoutNulls.text == json.withoutNulls.text)
    }
}

extension JSON {
    /// The tree with members in order of their names, and without those that are null or whole numbers' fractions.
    fileprivate var withoutNulls: JSON {
        switch self {
        case .object(let members):
            .object(
                members.filter { !$0.value.isNull }.map { Member($0.name, $0.value.withoutNulls) }
                    .sorted { $0.name < $1.name }
            )
        case .array(let values): .array(values.map(\.withoutNulls))
        case .integer(let integer): .number(Double(integer))
        case .null, .bool, .bigInteger, .number, .string: self
        }
    }
}
