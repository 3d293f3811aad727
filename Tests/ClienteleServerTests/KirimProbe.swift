import ClienteleCore
import ClienteleJSON
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClienteleTestSupport

/// Short ways to say what most tests of Kirim's dialect begin with.
extension TestServer {
    /// Sends a request of Kirim's dialect, with an idempotency key where one is given.
    func kirim(
        _ method: HTTPRequest.Method,
        _ path: String = "/v1/customers",
        _ body: String? = nil,
        token: String? = "kirim_A",
        key: String? = nil
    ) async throws -> TestResponse {
        try await call(method, path, token: token, body: body, headers: keyed(key))
    }

    /// Creates a customer that must come about, and gives what the server said of it.
    func kirimCustomer(_ body: String = #"{"name":"Toko"}"#, token: String = "kirim_A") async throws -> JSON {
        let answer = try await kirim(.post, "/v1/customers", body, token: token)
        guard answer.status == .created else { throw Unexpected(answer) }
        return answer.data
    }

    /// Changes a customer, which must succeed, and gives what the server said of it.
    func kirimPatch(_ id: String, _ body: String) async throws -> JSON {
        let answer = try await kirim(.patch, "/v1/customers/\(id)", body)
        guard answer.status == .ok else { throw Unexpected(answer) }
        return answer.data
    }

    /// Lets both organizations call as often as they like.
    func liftLimits() async throws {
        for organization in [organizationA, organizationB] {
            try await policies.setLimits(CallLimits(readsPerMinute: nil, writesPerMinute: nil), of: organization)
        }
        clock.pass(seconds: AccessTokens.rememberedSeconds)
    }

    /// Sets a plan, and turns the clock so that it is heeded.
    func setPlan(_ plan: Plan?, of organization: Organization.ID? = nil) async throws {
        try await policies.setPlan(plan, of: organization ?? organizationA)
        clock.pass(seconds: AccessTokens.rememberedSeconds)
    }

    /// Sets limits, and turns the clock so that they are heeded.
    func setLimits(reads: Int? = nil, writes: Int? = nil, of organization: Organization.ID? = nil) async throws {
        let limits = CallLimits(readsPerMinute: reads, writesPerMinute: writes)
        try await policies.setLimits(limits, of: organization ?? organizationA)
        clock.pass(seconds: AccessTokens.rememberedSeconds)
    }

    /// Organizations' use cases, as an operator has them.
    var organizations: Organizations { Organizations(store: store, surroundings: clock.surroundings) }

    /// The same server, whose requests are changed on their way.
    func changing(_ change: @escaping @Sendable (inout SentRequest) -> Void) -> TestServer {
        TestServer(
            store: store,
            clock: clock,
            organizationA: organizationA,
            organizationB: organizationB,
            tokens: tokens,
            client: ChangingClient(client: client, change: change)
        )
    }
}

/// The headers with an idempotency key, where there is one.
func keyed(_ key: String?) -> HTTPFields {
    var headers = HTTPFields()
    if let key, let name = HTTPField.Name("Idempotency-Key") { headers[name] = key }
    return headers
}

/// A request on its way.
struct SentRequest {
    var uri: String
    var headers: HTTPFields
    var body: String?
}

private struct ChangingClient: TestClientProtocol {
    let client: any TestClientProtocol
    let change: @Sendable (inout SentRequest) -> Void

    var port: Int? { client.port }

    func executeRequest(
        uri: String,
        method: HTTPRequest.Method,
        headers: HTTPFields,
        body: ByteBuffer?
    ) async throws -> TestResponse {
        var request = SentRequest(uri: uri, headers: headers, body: body.map { String(buffer: $0) })
        change(&request)
        return try await client.execute(
            uri: request.uri,
            method: method,
            headers: request.headers,
            body: request.body.map { ByteBuffer(string: $0) }
        )
    }
}

/// Does the same so many times at once, and gives what came of it in order.
func atOnce<Value: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        for index in 0..<count { group.addTask { (index, try await body(index)) } }
        return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

extension TestResponse {
    /// What the envelope holds.
    var data: JSON { json["data"] ?? .null }

    /// The items of a list of Kirim's.
    var listed: [JSON] { data.array ?? [] }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    var replayed: String? { header("Idempotent-Replayed") }

    /// What was refused, as `400 invalid_request_error invalid_field_value name`; an error's form is checked, too.
    var refusal: String {
        guard let error = json["error"], let parts = error.object, names == ["error"] else {
            return "no error: \(text)"
        }
        let param = error["param"]?.string
        let expected = ["type", "code", "message"] + (param == nil ? [] : ["param"]) + ["request_id"]
        guard parts.map(\.name) == expected, !error.text("message").isEmpty,
            headers[.contentType] == "application/json", error["request_id"]?.string == requestID
        else {
            return "malformed: \(text) with \(headers)"
        }
        return (["\(status.code)", error.text("type"), error.text("code")] + (param.map { [$0] } ?? []))
            .joined(separator: " ")
    }

    /// The header's id of the request where it has the form of Kirim's.
    var requestID: String? {
        header("X-Request-Id").flatMap { $0.wholeMatch(of: /req_[0-7][0-9A-HJKMNP-TV-Z]{25}/) == nil ? nil : $0 }
    }

    /// The body without what differs from request to request.
    var textButID: String { text.replacing(/req_[0-9A-Z]{26}/, with: "req") }
}

/// What Kirim's dialect says of a field that is wrong.
func invalid(_ param: String? = nil) -> String {
    "400 invalid_request_error invalid_field_value" + (param.map { " \($0)" } ?? "")
}

/// What Kirim's dialect says of what is not there.
let kirimNotFound = "404 not_found resource_not_found"

/// A well-formed id that nothing has.
let unknownKirimID = "cus_0123456789ABCDEFGHJKMNPQRS"

/// The two ways to spell 128 bits, each found from the other by its binary digits.
enum Spelling {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    static func uuid(_ kirimID: String) -> String {
        let bits = kirimID.suffix(26).map { binary(alphabet.firstIndex(of: $0) ?? 0, 5) }.joined().dropFirst(2)
        let digits = groups(bits, of: 4).map { String(Int($0, radix: 2) ?? 0, radix: 16) }
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { digits[$0].joined() }
        return parts.joined(separator: "-")
    }

    static func kirimID(_ uuid: String) -> String {
        let bits = "00" + uuid.filter { $0 != "-" }.map { binary(Int("\($0)", radix: 16) ?? 0, 4) }.joined()
        return "cus_" + String(groups(bits[...], of: 5).map { alphabet[Int($0, radix: 2) ?? 0] })
    }

    private static func binary(_ number: Int, _ length: Int) -> String {
        let digits = String(number, radix: 2)
        return String(repeating: "0", count: length - digits.count) + digits
    }

    private static func groups(_ bits: Substring, of length: Int) -> [String] {
        stride(from: 0, to: bits.count, by: length).map { String(bits.dropFirst($0).prefix(length)) }
    }
}
