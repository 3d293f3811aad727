import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting

/// Short ways to say what most tests of products and benefits begin with.
extension TestServer {
    /// Creates a record that must come about, and gives what the server said of it.
    func made(_ path: String, _ body: String, token: String = "A") async throws -> JSON {
        let answer = try await call(.post, path, token: token, body: body)
        guard answer.status == .created else { throw Unexpected(answer) }
        return answer.json
    }

    func newProduct(_ body: String, token: String = "A") async throws -> JSON {
        try await made("/v1/products/", body, token: token)
    }

    /// Creates a product that is free each month, and gives its id.
    func freeProduct(_ name: String = "Free", token: String = "A") async throws -> String {
        try await newProduct(
            #"{"name":"\#(name)","recurring_interval":"month","prices":[{"amount_type":"free"}]}"#,
            token: token
        ).id
    }

    func newBenefit(_ body: String, token: String = "A") async throws -> JSON {
        try await made("/v1/benefits/", body, token: token)
    }

    /// Creates a benefit without anything of its own, and gives its id.
    func flag(_ description: String = "Flag", token: String = "A") async throws -> String {
        try await newBenefit(
            #"{"type":"feature_flag","description":"\#(description)","properties":{}}"#,
            token: token
        ).id
    }

    /// Creates a meter that counts all events, and gives its id.
    func countingMeter(_ name: String = "Calls", token: String = "A") async throws -> String {
        let body = """
            {"name":"\(name)","filter":{"conjunction":"and","clauses":[]},"aggregation":{"func":"count"}}
            """
        return try await made("/v1/meters/", body, token: token).id
    }

    /// Subscribes a customer to a product, and gives the subscription's id.
    func subscribe(_ customer: String, to product: String, token: String = "A") async throws -> String {
        let body = #"{"customer_id":"\#(customer)","product_id":"\#(product)"}"#
        return try await made("/v1/subscriptions/", body, token: token).id
    }

    /// Gives a product these benefits, and says what the server said of it.
    @discardableResult
    func give(_ benefits: [String], with product: String, token: String = "A") async throws -> JSON {
        let ids = benefits.map { "\"\($0)\"" }.joined(separator: ",")
        let path = "/v1/products/\(product)/benefits"
        let answer = try await call(.post, path, token: token, body: #"{"benefits":[\#(ids)]}"#)
        guard answer.status == .ok else { throw Unexpected(answer) }
        return answer.json
    }

    /// What a list says: the names of its items, or what else is asked of them, in order.
    func names(of path: String, _ member: String = "name", token: String = "A") async throws -> [String] {
        let answer = try await call(.get, path, token: token)
        guard answer.status == .ok else { throw Unexpected(answer) }
        return answer.items.map { $0.text(member) }
    }

    /// Who is told the type and place of each issue that a body has.
    func issues(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> [String] {
        let answer = try await call(method, path, body: body)
        guard answer.status == .unprocessableContent else { throw Unexpected(answer) }
        return answer.issues
    }
}
