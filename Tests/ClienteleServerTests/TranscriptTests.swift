import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// Plays what a real Polar server was asked and answered, as `Transcript` describes.
///
/// The recording was made on a server whose organization A had a customer already, with the external id `rich_user`.
struct TranscriptTests {
    /// Exchanges that need routes we do not have yet.
    ///
    /// They are played with the others, so that one that starts to match is taken off this list.
    static let notServedYet: Set<String> = [
        "neighbours/customer session nothing given"
    ]

    @Test(arguments: TestEngine.allCases)
    func answersAsPolarDid(_ engine: TestEngine) async throws {
        try await withServer(engine, over: .live) { try await Self.play(on: $0) }
    }

    @Test(arguments: [TestEngine.sqliteOnDisk, .postgres])
    func answersAsPolarDidFromTwoServersInTurn(_ engine: TestEngine) async throws {
        try await withTwoServers(engine) { try await Self.play(on: $0) }
    }

    private static func play(on server: TestServer) async throws {
        let transcript = try Transcript(readingFile: path("polar.jsonl"))
        try #require(transcript.exchanges.count == 442)
        let rich = try await server.call(
            .post,
            "/v1/customers/",
            body: #"{"email": "rich@acme-peer.com", "external_id": "rich_user"}"#
        )
        try #require(rich.status == .created)
        let found = try await transcript.replay(
            on: server,
            variables: [
                "run": "5e5327", "zero": "00000000-0000-4000-8000-000000000000",
                "org_a": server.organizationA.text, "org_b": server.organizationB.text,
                "rich": try #require(rich.json["id"]?.string),
            ]
        )
        let differing = Set(found.map(\.name))
        #expect(notServedYet.subtracting(differing).sorted() == [], "These are served now: take them off the list.")
        let unexpected = found.filter { !notServedYet.contains($0.name) }
        let report = unexpected.map { "\($0.name)\n    " + $0.differences.joined(separator: "\n    ") }
        #expect(unexpected.isEmpty, "\(unexpected.count) exchanges differ:\n\(report.joined(separator: "\n"))")
    }

    private static func path(_ name: String) -> String {
        #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/Fixtures/" + name
    }
}
