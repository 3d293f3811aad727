import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Kirim's answer to "who am I": the organization, its teams, the key, the limits.
struct KirimMeRoutes {
    let organizations: Organizations

    var endpoints: [KirimEndpoint] { [KirimEndpoint(.get, "me", nil, get)] }

    @Sendable func get(_ call: KirimCall) async throws -> Response {
        let organization = try await organizations.organization(call.organization)
        let teams = try await organizations.teams(of: call.organization)
        return Response(.ok) { writer in
            writer.kirimEnvelope(call.requestID) { writer in
                writer.beginObject()
                writer.kirimOrganization(organization)
                writer.kirimKey(call.caller.token)
                writer.kirimLimits(call.caller.limits(of: call.organization))
                writer.kirimTeams(teams)
                writer.endObject()
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func kirimOrganization(_ organization: Organization) {
        name("organization")
        beginObject()
        member("id", KirimID.text("org", organization.id))
        member("object", "organization")
        member("name", organization.name)
        endObject()
    }

    fileprivate mutating func kirimKey(_ token: AccessToken) {
        name("api_key")
        beginObject()
        member("id", KirimID.text("key", token.id))
        member("object", "api_key")
        member("label", token.label)
        member("last4", token.lastFour)
        endObject()
    }

    /// Null is no limit.
    fileprivate mutating func kirimLimits(_ own: CallLimits?) {
        let limits = own ?? KirimGate.standardLimits
        name("rate_limits")
        beginObject()
        member("tier", own == nil ? "default" : "custom")
        member("write_per_minute", limits.writesPerMinute)
        member("read_per_minute", limits.readsPerMinute)
        endObject()
    }

    fileprivate mutating func kirimTeams(_ teams: [Team]) {
        name("teams")
        beginArray()
        for team in teams {
            beginObject()
            member("id", team.id)
            member("object", "team")
            member("name", team.name)
            member("is_default", team.isStandard)
            endObject()
        }
        endArray()
    }
}
