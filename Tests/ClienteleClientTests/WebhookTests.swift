import ClienteleClient
import Crypto
import Foundation
import Testing

private let secret = "whsec_0123456789abcdefghijABCDEFGHIJ0123456abcdef"
private let moment = Date(timeIntervalSince1970: 1_795_238_896)

/// Signs a body as the contract says, and reads it.
func signedEvent(_ body: String, id: String = "event-1") throws -> WebhookEvent {
    try Webhook.verify(body: body.utf8, headers: signed(body, id: id), secret: secret, now: moment)
}

private func signed(_ body: String, id: String = "event-1", by keys: [String] = [secret]) -> HTTPFields {
    let sent = "\(Int(moment.timeIntervalSince1970))"
    let signatures = keys.map { key in
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(id).\(sent).\(body)".utf8),
            using: SymmetricKey(data: Data(key.utf8))
        )
        return "v1," + Data(code).base64EncodedString()
    }
    var headers = HTTPFields()
    headers[named: "Webhook-Id"] = id
    headers[named: "webhook-timestamp"] = sent
    headers[named: "webhook-signature"] = signatures.joined(separator: " ")
    return headers
}

struct WebhookTests {
    private let body =
        #"{"type":"member.created","timestamp":"2026-11-21T05:14:43.330703Z","data":{"id":"23eb134d-9003-44a7-9d4a-38f1a8036b23","created_at":"2026-11-21T05:26:14.751311Z","modified_at":null,"customer_id":"f9ec1797-5370-42ae-b7a9-c28415a296b6","email":"a@foo.example","name":null,"external_id":null,"role":"owner"}}"#

    /// The signature was computed with Python's `hmac`, by the contract's words.
    @Test func takesASignatureThatAnotherProgramMade() throws {
        var headers = signed("{}")
        headers[named: "webhook-signature"] = "v1,DgNk1prfw5Qo3KA/OH9t71XSu3nNfv1Y7AjCdFJDQH8="
        let body = #"{"type":"x.y","timestamp":"2026-11-21T05:14:43Z","data":{}}"#
        let event = try Webhook.verify(body: body.utf8, headers: headers, secret: secret, now: moment)
        #expect(event.payload == .unknown([:]))
        #expect(event.type == "x.y")
    }

    @Test func readsATypedEvent() throws {
        let event = try signedEvent(body)
        guard case .member(let member) = event.payload else {
            Issue.record("\(event.payload)")
            return
        }
        #expect(member.role == .owner)
        #expect(event.type == .memberCreated)
        #expect(event.timestamp == Date(timeIntervalSince1970: 1_795_238_083.330703))
    }

    @Test func takesAnyOfSeveralSecretsAndSignatures() throws {
        let headers = signed(body, by: ["whsec_other", secret])
        #expect(throws: Never.self) {
            try Webhook.verify(body: body.utf8, headers: headers, secrets: ["whsec_new", secret], now: moment)
        }
    }

    @Test func refusesWhatIsNotSignedWithTheSecret() {
        let headers = signed(body)
        #expect(throws: WebhookError.wrongSignature) {
            try Webhook.verify(body: (body + " ").utf8, headers: headers, secret: secret, now: moment)
        }
        #expect(throws: WebhookError.wrongSignature) {
            try Webhook.verify(body: body.utf8, headers: headers, secret: "whsec_wrong", now: moment)
        }
        #expect(throws: WebhookError.wrongSignature) {
            try Webhook.verify(body: body.utf8, headers: headers, secrets: [], now: moment)
        }
    }

    @Test(arguments: [-301.0, 301.0])
    func refusesWhatWasNotSentJustNow(_ seconds: Double) {
        #expect(throws: WebhookError.tooOld) {
            try Webhook.verify(
                body: body.utf8,
                headers: signed(body),
                secret: secret,
                now: moment.addingTimeInterval(seconds)
            )
        }
    }

    @Test(arguments: ["webhook-id", "webhook-timestamp", "webhook-signature"])
    func namesAHeaderThatIsMissing(_ name: String) {
        var headers = signed(body)
        headers[named: name] = nil
        #expect(throws: WebhookError.missingHeader(name)) {
            try Webhook.verify(body: body.utf8, headers: headers, secret: secret, now: moment)
        }
    }

    @Test func saysWhereASignedBodyCannotBeRead() {
        let broken = body.replacing(#""role":"owner""#, with: #""role":5"#)
        #expect(throws: WebhookError.malformedBody(path: "role", reason: "is not a text")) { try signedEvent(broken) }
    }
}
