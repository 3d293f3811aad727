import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ClienteleServer

/// What another organization has is not there, and nothing tells it from what is nowhere.
struct IsolationTests {
    @Test func hidesCustomersInKirimsDialect() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer(#"{"name":"Secret","email":"s@b.co","metadata":{"s":1}}"#)
            let polar = Spelling.kirimID(try await server.customerID("p@b.co"))
            let before = try await server.kirim(.get).listed
            for id in [made.id, polar] {
                for (method, body) in [
                    (HTTPRequest.Method.get, nil), (.patch, "{}"), (.patch, #"{"name":"X"}"#),
                    (.patch, #"{"status":"archived"}"#), (.patch, #"{"name":null}"#), (.delete, nil),
                ] as [(HTTPRequest.Method, String?)] {
                    let foreign = try await server.kirim(method, "/v1/customers/\(id)", body, token: "kirim_B")
                    let path = "/v1/customers/\(unknownKirimID)"
                    let unknown = try await server.kirim(method, path, body, token: "kirim_B")
                    #expect(foreign.status == unknown.status && foreign.textButID == unknown.textButID)
                    #expect(foreign.refusal == (body?.contains("null") == true ? invalid("name") : kirimNotFound))
                    #expect(foreign.header("ETag") == nil)
                }
            }
            #expect(try await server.kirim(.get).listed == before)
        }
    }

    @Test func listsOnlyItsOwnInKirimsDialect() async throws {
        try await withServer { server in
            let made = try await server.kirimCustomer()
            let team = try await server.organizations.createTeam(name: "Secret", in: server.organizationA).id.text
            _ = try await server.kirim(.post, "/v1/customers", #"{"name":"A","team_id":"\#(team)"}"#)
            let queries = [
                "", "status=pending", "team_id=\(team)", "team_id=\(made.text("team_id"))", "team_id=\(unknownID)",
                "limit=100",
            ]
            for query in queries {
                let answer = try await server.kirim(.get, "/v1/customers?\(query)", token: "kirim_B")
                let nothing = #"{"data":[],"has_more":false,"next_cursor":null,"request_id":"req"}"#
                #expect(answer.textButID == nothing, "\(query)")
            }
            for (own, team) in [(false, team), (false, made.text("team_id")), (true, unknownID)] {
                let body = #"{"name":"A","team_id":"\#(team)"}"#
                let answer = try await server.kirim(.post, "/v1/customers", body, token: "kirim_B")
                #expect(answer.refusal == invalid("team_id"), "\(own)")
                #expect(!answer.text.contains("Secret"))
            }
            let me = try await server.kirim(.get, "/v1/me", token: "kirim_B")
            #expect(me.data["organization"]?.text("name") == "B" && me.data["teams"]?.array?.count == 1)
            #expect(!me.text.contains("Secret") && !me.text.contains(team))
            #expect(try await server.kirim(.get).listed.count == 2)
        }
    }

    /// A key belongs to an organization: another gets no answer by it, and learns nothing of it.
    @Test func sharesNoIdempotencyKeys() async throws {
        try await withServer { server in
            let first = try await server.kirim(.post, "/v1/customers", #"{"name":"Secret"}"#, key: "k")
            for body in [#"{"name":"Secret"}"#, #"{"name":"Other"}"#] {
                let other = try await server.kirim(.post, "/v1/customers", body, token: "kirim_B", key: body)
                let same = try await server.kirim(.post, "/v1/customers", body, token: "kirim_B", key: "k\(body)")
                #expect(other.status == .created && same.status == .created && other.replayed == "false")
            }
            let foreign = try await server.kirim(.post, "/v1/customers", #"{"name":"B"}"#, token: "kirim_B", key: "k")
            #expect(foreign.status == .created && foreign.replayed == "false" && foreign.data.id != first.data.id)
            #expect(try await server.kirim(.get).listed == [first.data])
        }
    }

    /// Every route of Polar's that names something: what is another's is answered as what is nowhere.
    @Test func tellsPolarsForeignFromUnknownNowhere() async throws {
        try await withServer { server in
            let customer = try await RouteCustomer(on: server)
            let before = try await customer.everything(on: server)
            let elsewhere = server.changing {
                $0.uri = Self.unknown($0.uri)
                $0.body = $0.body.map(Self.unknown)
            }
            var compared = 0
            for endpoint in customer.endpoints where endpoint.names {
                let foreign = try await customer.call(endpoint, on: server, token: "B")
                let unknown = try await customer.call(endpoint, on: elsewhere, token: "B")
                let name = "\(endpoint.method) \(endpoint.path)"
                #expect(foreign.status == unknown.status, "\(name)")
                // An error may say which id was asked for.
                #expect(Self.unknown(foreign.text) == Self.unknown(unknown.text), "\(name)")
                #expect(foreign.headers.count == unknown.headers.count, "\(name)")
                compared += 1
            }
            #expect(compared >= 30)
            #expect(try await customer.everything(on: server) == before)
        }
    }

    /// The text with every id as one that nothing has.
    private static func unknown(_ text: String) -> String {
        text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: unknownID)
            .replacing("external/team", with: "external/nobody")
    }
}

extension PolarEndpoint {
    /// Whether the route is about a record that there must be; one of them names it in its body.
    fileprivate var names: Bool {
        let makes = method == .put && path == "customers/external/:external_id"
        return path.contains(":") && !makes || path == "subscriptions" && method == .post
    }
}
