import ClienteleClient
import Crypto
import Foundation
import Testing

private let first = "whsec_example_one"
private let second = "whsec_example_two"
private let moment = Date(timeIntervalSince1970: 1_795_219_200)

/// The signatures of `KirimWebhookTests.body` at `moment`, as the contract has them.
private let signatureOfFirst = "210a105a1a958c175ae82e293259054126b800de36958601bdb2fde617d4a491"
private let signatureOfSecond = "2730194a22f7f3d34dc841e2521404fc182925f295d1f925150dd997aae914ed"

struct KirimWebhookTests {
    private let body =
        #"{"id":"evt_0123456789ABCDEFGHJKMNPQRS","type":"customer.created","created_at":"2026-11-21T00:00:00.000Z","data":{}}"#

    private func headers(_ signature: String) -> HTTPFields {
        var headers = HTTPFields()
        headers[named: "X-Kirim-Signature"] = signature
        return headers
    }

    private func verified(
        _ signature: String,
        secrets: [String] = [first],
        body: String? = nil,
        at now: Date = moment
    ) throws -> KirimWebhookEvent {
        try KirimWebhook.verify(
            body: (body ?? self.body).utf8,
            headers: headers(signature),
            secrets: secrets,
            now: now
        )
    }

    @Test func takesTheSignaturesOfTheContract() throws {
        let event = try verified("t=1795219200,v1=\(signatureOfFirst)")
        #expect(event.id == "evt_0123456789ABCDEFGHJKMNPQRS")
        #expect(event.type == .customerCreated)
        #expect(event.createdAt == moment)
        #expect(event.customer == nil)
        #expect(event.payload == .unknown([:]))
        #expect(throws: Never.self) { try verified("t=1795219200,v1=\(signatureOfSecond)", secrets: [second]) }
    }

    @Test(arguments: [
        "t=1795219200,v1=\(signatureOfFirst),v1=\(signatureOfSecond)",
        "t=1795219200,v1=\(signatureOfSecond),v1=\(signatureOfFirst)",
        "v1=\(signatureOfFirst), t=1795219200",
        "t=1795219200,v0=00,v1=\(signatureOfFirst.uppercased())",
    ])
    func takesAnyOfSeveralSignatures(_ header: String) {
        #expect(throws: Never.self) { try verified(header, secrets: ["whsec_new", first]) }
    }

    @Test func refusesWhatIsNotSignedWithASecret() {
        let header = "t=1795219200,v1=\(signatureOfFirst)"
        #expect(throws: WebhookError.wrongSignature) { try verified(header, secrets: [second]) }
        #expect(throws: WebhookError.wrongSignature) { try verified(header, secrets: []) }
        #expect(throws: WebhookError.wrongSignature) { try verified(header, body: body + " ") }
        #expect(throws: WebhookError.wrongSignature) { try verified("t=1795219201,v1=\(signatureOfFirst)") }
        #expect(throws: WebhookError.wrongSignature) { try verified("t=1795219200,v1=\(signatureOfFirst.dropLast(2))") }
        #expect(throws: WebhookError.wrongSignature) { try verified("t=1795219200") }
    }

    @Test(arguments: [-301.0, 301.0])
    func refusesWhatWasNotSentJustNow(_ seconds: Double) {
        #expect(throws: WebhookError.tooOld) {
            try verified("t=1795219200,v1=\(signatureOfFirst)", at: moment.addingTimeInterval(seconds))
        }
        #expect(throws: Never.self) {
            try verified("t=1795219200,v1=\(signatureOfFirst)", at: moment.addingTimeInterval(seconds * 300 / 301))
        }
    }

    @Test(arguments: ["v1=\(signatureOfFirst)", "t=now,v1=\(signatureOfFirst)", "nonsense", "t=1795219200,v1="])
    func namesAHeaderThatCannotBeRead(_ header: String) {
        #expect(throws: WebhookError.malformedHeader("X-Kirim-Signature")) { try verified(header) }
    }

    @Test func namesAHeaderThatIsMissing() {
        #expect(throws: WebhookError.missingHeader("X-Kirim-Signature")) {
            try KirimWebhook.verify(body: body.utf8, headers: [:], secrets: [first], now: moment)
        }
    }

    @Test func readsACustomerAndWhatTheHeadersTell() throws {
        let event = try signedEvent(type: "customer.archived", data: #"{"customer":\#(customer)}"#)
        let read = try #require(event.customer)
        #expect(event.type == .customerArchived)
        #expect(read.id == "cus_0123456789ABCDEFGHJKMNPQRS")
        #expect(read.status == .archived)
        #expect(read.metadata == ["crm": "C-1", "seats": 3])
        #expect(read.teamID == "t_9fKq2mXw0Lab")
        #expect(read.archivedAt == moment)
        #expect(event.deliveryID == "wbd_1")
        #expect(event.attempt == 2)
        #expect(event.sequence == 17)
        #expect(try JSON(parsing: read.wireText()) == JSON(parsing: customer.replacing(#""email":null,"#, with: "")))
    }

    @Test func givesTheDataOfTypesThatItDoesNotKnow() throws {
        let event = try signedEvent(type: "customer.setup_link.created", data: #"{"setup_link":{"id":"csl_1"}}"#)
        #expect(event.payload == .unknown(["setup_link": ["id": "csl_1"]]))
    }

    @Test func saysWhereASignedBodyCannotBeRead() {
        let broken = customer.replacing(#""name":"Toko Maju""#, with: #""name":7"#)
        #expect(throws: WebhookError.malformedBody(path: "name", reason: "is not a text")) {
            try signedEvent(type: "customer.updated", data: #"{"customer":\#(broken)}"#)
        }
        #expect(throws: WebhookError.malformedBody(path: "", reason: "is no event")) {
            try signedEvent(type: "customer.updated", data: #"{"customer":"#)
        }
    }

    private let customer =
        #"{"id":"cus_0123456789ABCDEFGHJKMNPQRS","object":"customer","name":"Toko Maju","email":null,"#
        + #""status":"archived","metadata":{"crm":"C-1","seats":3},"archived_at":"2026-11-21T00:00:00.000000Z","#
        + #""team_id":"t_9fKq2mXw0Lab","created_at":"2026-11-20T00:00:00.000000Z","updated_at":"2026-11-21T00:00:00.000000Z"}"#

    /// Signs a body as the contract says, and reads it.
    private func signedEvent(type: String, data: String) throws -> KirimWebhookEvent {
        let body = #"{"id":"evt_1","type":"\#(type)","created_at":"2026-11-21T00:00:00.000Z","data":\#(data)}"#
        var headers = headers("t=1795219200,v1=\(hexSignature(of: "1795219200." + body, by: first))")
        headers[named: "X-Kirim-Delivery-Id"] = "wbd_1"
        headers[named: "X-Kirim-Attempt"] = "2"
        headers[named: "x-clientele-sequence"] = "17"
        return try KirimWebhook.verify(body: body.utf8, headers: headers, secrets: [first], now: moment)
    }
}

private func hexSignature(of text: String, by secret: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
        for: Data(text.utf8),
        using: SymmetricKey(data: Data(secret.utf8))
    )
    return code.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
