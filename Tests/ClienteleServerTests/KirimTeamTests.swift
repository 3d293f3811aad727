import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Whose a customer is, and who calls: `spec/kirim.md` §1.5, §3 and §9.10.
struct KirimTeamTests {
    private static let missing = "400 invalid_request_error missing_required_field team_id"

    private static func create(_ server: TestServer, _ team: String) async throws -> TestResponse {
        try await server.kirim(.post, "/v1/customers", #"{"name":"A"\#(team)}"#)
    }

    private static func named(_ team: String) -> String { #","team_id":"\#(team)""# }

    @Test func takesTheOnlyTeamWhereNoneIsNamed() async throws {
        try await withServer { server in
            let standard = try await server.kirim(.get, "/v1/me").data["teams"]?.array?.first?.id ?? ""
            for team in ["", #","team_id":null"#, Self.named(standard)] {
                #expect(try await Self.create(server, team).data.text("team_id") == standard, "\(team)")
            }
        }
    }

    @Test func wantsATeamWhereThereAreSeveral() async throws {
        try await withServer { server in
            let standard = try await Self.create(server, "").data.text("team_id")
            let team = try await server.organizations.createTeam(name: "T", in: server.organizationA).id.text
            for absent in ["", #","team_id":null"#] {
                #expect(try await Self.create(server, absent).refusal == Self.missing, "\(absent)")
            }
            for team in [standard, team] {
                let answer = try await Self.create(server, Self.named(team))
                #expect(answer.data.text("team_id") == team)
                #expect(try await server.kirim(.get, "/v1/customers/\(answer.data.id)").data.text("team_id") == team)
            }
            let other = try await server.kirimCustomer(token: "kirim_B").text("team_id")
            #expect(![standard, team].contains(other))
        }
    }

    @Test func refusesATeamThatIsNotItsOrganizations() async throws {
        try await withServer { server in
            let foreign = try await server.organizations.createTeam(name: "T", in: server.organizationB).id.text
            let foreignStandard = try await server.kirim(.get, "/v1/me", token: "kirim_B").data["teams"]?.array?.first
            for severalTeams in [false, true] {
                if severalTeams { _ = try await server.organizations.createTeam(name: "T", in: server.organizationA) }
                for team in [foreign, foreignStandard?.id ?? "", unknownID, "x", ""] {
                    #expect(try await Self.create(server, Self.named(team)).refusal == invalid("team_id"), "\(team)")
                }
                for team in ["1", "{}", "[]", "true"] {
                    let answer = try await Self.create(server, #","team_id":\#(team)"#)
                    #expect(answer.refusal == invalid("team_id"), "\(team)")
                }
            }
            #expect(try await server.kirim(.get).listed.isEmpty)
        }
    }

    /// The other dialect knows no teams: its customers are of the default one.
    @Test func putsTheOtherDialectsCustomersIntoTheDefaultTeam() async throws {
        try await withServer { server in
            let standard = try await Self.create(server, "").data.text("team_id")
            _ = try await server.organizations.createTeam(name: "T", in: server.organizationA)
            let id = Spelling.kirimID(try await server.customerID("a@b.co"))
            #expect(try await server.kirim(.get, "/v1/customers/\(id)").data.text("team_id") == standard)
        }
    }

    @Test func tellsWhoCalls() async throws {
        try await withServer { server in
            let key = try #require(server.tokens["kirim_A"])
            #expect(key.wholeMatch(of: /kdv_live_[0-9A-Za-z_-]{24}/) != nil)
            let team = try await server.organizations.createTeam(name: "Sales", in: server.organizationA)
            let answer = try await server.kirim(.get, "/v1/me")
            let standard = try await server.call(.get, "/v1/customers/", token: "kirim_A").listed.isEmpty
            #expect(answer.status == .ok && standard)
            let organization = Spelling.kirimID(server.organizationA.text).replacing("cus_", with: "org_")
            let keyID = answer.data["api_key"]?.id ?? ""
            let standardID = answer.data["teams"]?.array?.first?.id ?? ""
            #expect(keyID.wholeMatch(of: /key_[0-7][0-9A-HJKMNP-TV-Z]{25}/) != nil)
            #expect(
                answer.textButID == """
                    {"data":{"organization":{"id":"\(organization)","object":"organization","name":"A"},\
                    "api_key":{"id":"\(keyID)","object":"api_key","label":"Test","last4":"\(key.suffix(4))"},\
                    "rate_limits":{"tier":"default","write_per_minute":60,"read_per_minute":600},\
                    "teams":[{"id":"\(standardID)","object":"team","name":"Default","is_default":true},\
                    {"id":"\(team.id.text)","object":"team","name":"Sales","is_default":false}]},"request_id":"req"}
                    """
            )
            #expect(answer.requestID == answer.json["request_id"]?.string)
        }
    }

    @Test func tellsTheLimitsThatAreSet() async throws {
        try await withServer { server in
            try await server.setLimits(reads: 7, writes: 5)
            let own = try await server.kirim(.get, "/v1/me").data["rate_limits"]
            #expect(own?.text == #"{"tier":"custom","write_per_minute":5,"read_per_minute":7}"#)
            let other = try await server.kirim(.get, "/v1/me", token: "kirim_B").data["rate_limits"]
            #expect(other?.text == #"{"tier":"default","write_per_minute":60,"read_per_minute":600}"#)
        }
    }
}
