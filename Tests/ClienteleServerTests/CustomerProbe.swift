import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import NIOCore

/// Short ways to say what most tests of customers begin with.
extension TestServer {
    /// Creates a customer that must come about, and gives what the server said of it.
    func customer(_ body: String, token: String = "A") async throws -> JSON {
        let answer = try await call(.post, "/v1/customers/", token: token, body: body)
        guard answer.status == .created else { throw Unexpected(answer) }
        return answer.json
    }

    /// Creates an individual of that address, and gives its id.
    func customerID(_ email: String, token: String = "A") async throws -> String {
        try await customer(#"{"email":"\#(email)"}"#, token: token).id
    }

    /// Creates a team of that address, and gives its id.
    func teamID(_ email: String = "team@example.com", externalID: String = "team") async throws -> String {
        try await customer(#"{"type":"team","email":"\#(email)","name":"Team","external_id":"\#(externalID)"}"#).id
    }

    /// Changes a customer.
    func patch(_ id: String, _ body: String, token: String = "A") async throws -> TestResponse {
        try await call(.patch, "/v1/customers/\(id)", token: token, body: body)
    }

    /// The members of a customer, oldest first.
    func members(of id: String) async throws -> [JSON] {
        try await call(.get, "/v1/members/?limit=100&customer_id=\(id)").items.reversed()
    }

    /// What a list says: the e-mail addresses of its items, in order.
    func emails(_ query: String, token: String = "A") async throws -> [String] {
        let answer = try await call(.get, "/v1/customers/?\(query)", token: token)
        guard answer.status == .ok else { throw Unexpected(answer) }
        return answer.items.map { $0["email"]?.string ?? "null" }
    }

    /// What the store keeps in columns of the rows of a table, deleted ones too, in the order of creation.
    ///
    /// A deleted customer is out of sight over HTTP; what is left of it is a promise all the same.
    func kept(_ columns: [String], in table: String) async throws -> [[String?]] {
        let list = columns.joined(separator: ", ")
        return try await store.engine.read { session in
            try session.rows("SELECT \(list) FROM \(table) ORDER BY created_at, id") { row in
                columns.indices.map { row.anyText($0) }
            }
        }
    }

    /// Sends bytes that need be no text.
    func call(_ method: HTTPRequest.Method, _ path: String, bytes: [UInt8]) async throws -> TestResponse {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let token = tokens["A"] { headers[.authorization] = "Bearer \(token)" }
        return try await client.execute(uri: path, method: method, headers: headers, body: ByteBuffer(bytes: bytes))
    }
}

/// An answer that a test cannot go on with.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ answer: TestResponse) { self.description = "\(answer.status): \(answer.text.prefix(1_000))" }
}

extension JSON {
    /// The `id` of a record.
    var id: String { self["id"]?.string ?? "" }

    /// The text of a member that is a string; "-" for anything else.
    func text(_ name: String) -> String { self[name]?.string ?? "-" }
}

extension TestResponse {
    /// The names of the answer's members, in order.
    var names: [String] { json.object?.map(\.name) ?? [] }

    /// The items of an error, each as its text.
    var details: [String] { json["detail"]?.array?.map(\.text) ?? [] }

    /// What the items of an error say.
    var messages: [String] { json["detail"]?.array?.map { $0.text("msg") } ?? [] }
}

/// The body of an error that the schema found.
func schemaError(_ items: String...) -> String {
    #"{"error":"RequestValidationError","detail":[\#(items.joined(separator: ","))]}"#
}

/// The body of an error that a rule found.
func serviceError(_ items: String...) -> String {
    #"{"error":"PolarRequestValidationError","detail":[\#(items.joined(separator: ","))]}"#
}

/// The body of an error that has a name and one sentence.
func namedError(_ error: String, _ detail: String) -> String { #"{"error":"\#(error)","detail":"\#(detail)"}"# }

/// An identifier of version 4 that nothing has.
let unknownID = "00000000-0000-4000-8000-000000000000"

/// One item of an error, by its parts as JSON texts.
func item(_ type: String, _ location: String, _ message: String, _ input: String, context: String? = nil) -> String {
    let context = context.map { #","ctx":\#($0)"# } ?? ""
    return #"{"type":"\#(type)","loc":\#(location),"msg":"\#(message)","input":\#(input)\#(context)}"#
}

/// What is said of a customer that there is not, by section 6.3's default.
let customerNotFound = namedError("ResourceNotFound", "Customer not found")
