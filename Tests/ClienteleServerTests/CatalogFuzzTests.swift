import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Right bodies with something odd in one place, in every place: none of them may be our fault.
struct CatalogFuzzTests {
    @Test func takesOrRefusesEveryProduct() async throws {
        try await withServer { server in
            let meter = try await server.countingMeter()
            let body = """
                {"name":"Pro","description":"All","visibility":"private","recurring_interval":"month",\
                "recurring_interval_count":3,"trial_interval":"day","trial_interval_count":14,"meter_interval":"month",\
                "meter_interval_count":1,"metadata":{"tier":1},"medias":[],"attached_custom_fields":[],\
                "is_archived":false,"prices":[{"amount_type":"fixed","price_amount":2500,"price_currency":"eur",\
                "tax_behavior":"inclusive"},{"amount_type":"custom","minimum_amount":1,"maximum_amount":9,\
                "preset_amount":5},{"amount_type":"metered_unit","meter_id":"\(meter)","unit_amount":"0.25",\
                "cap_amount":900},{"amount_type":"seat_based","seat_tiers":{"seat_tier_type":"graduated",\
                "tiers":[{"min_seats":1,"max_seats":9,"price_per_seat":1}]}}]}
                """
            let statuses = try await server.sendOddities(of: body, to: "/v1/products/")
            #expect(statuses == [200, 201, 422])
        }
    }

    @Test func takesOrRefusesEveryBenefit() async throws {
        try await withServer { server in
            let meter = try await server.countingMeter()
            let keys = """
                {"prefix":"x","expires":{"ttl":1,"timeframe":"day"},\
                "activations":{"limit":1,"enable_customer_admin":true},"limit_usage":1}
                """
            let channel = """
                {"slack_integration_id":"\(unknownID)","channel_name_template":"c","private":true,\
                "welcome_message":"w","archive_on_revoke":true,"team_invitees":["U"]}
                """
            let files = #"{"archived":{"\#(unknownID)":true},"files":["\#(unknownID)"]}"#
            let longest = ["license_keys": keys, "downloadables": files, "slack_shared_channel": channel]
            for (kind, properties) in BenefitBodyTests.shortest(meter: meter) {
                let body = """
                    {"type":"\(kind)","description":"Some","metadata":{"key":"k"},"visibility":"public",\
                    "properties":\(longest[kind] ?? properties)}
                    """
                let statuses = try await server.sendOddities(of: body, to: "/v1/benefits/")
                #expect(statuses == [200, 201, 422], "\(kind)")
            }
        }
    }

    @Test func takesOrRefusesEverySetOfBenefits() async throws {
        try await withServer { server in
            let product = try await server.freeProduct()
            let body = try JSON(parsing: #"{"benefits":["\#(try await server.flag())"]}"#)
            for odd in body.oddities {
                let answer = try await server.call(.post, "/v1/products/\(product)/benefits", body: odd.text)
                #expect(answer.status == .ok || answer.status == .unprocessableContent, "\(odd.text): \(answer.text)")
            }
        }
    }
}

extension TestServer {
    /// Creates and updates with each oddity of a body, and gives the answers' statuses.
    fileprivate func sendOddities(of body: String, to path: String) async throws -> Set<Int> {
        let id = try await made(path, body).id
        var statuses: Set<Int> = []
        for odd in try JSON(parsing: body).oddities {
            for (method, path) in [(.post, path), (.patch, path + id)] as [(HTTPRequest.Method, String)] {
                let answer = try await call(method, path, body: odd.text)
                #expect(answer.status.code < 500, "\(method) \(odd.text): \(answer.text)")
                statuses.insert(answer.status.code)
            }
        }
        let list = try await call(.get, path + "?limit=100")
        #expect(list.status == .ok)
        return statuses
    }
}

extension JSON {
    /// The tree with each of its values, once each, replaced by something else or left out.
    fileprivate var oddities: [JSON] {
        var found = Self.odd
        if let members = object {
            for index in members.indices {
                var rest = members
                rest.remove(at: index)
                found.append(.object(rest))
                for value in members[index].value.oddities {
                    var members = members
                    members[index].value = value
                    found.append(.object(members))
                }
                var members = members
                members[index].name = "\0"
                found.append(.object(members))
            }
        }
        for (index, item) in (array ?? []).enumerated() {
            for value in item.oddities {
                var items = array ?? []
                items[index] = value
                found.append(.array(items))
            }
        }
        return found
    }

    private static let odd: [JSON] = [
        nil, true, "", "a\0b", "\u{1F600}\u{301}", -1, 1e308, [[]], ["a": [1]], .integer(.max),
        .bigInteger("99999999999999999999999999"), .string(String(repeating: "y", count: 3_000)),
    ]
}
