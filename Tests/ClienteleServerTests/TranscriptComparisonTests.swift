import ClienteleJSON
import HTTPTypes
import Testing

/// The comparison of recorded and given answers: it must see what differs.
struct TranscriptComparisonTests {
    private static let uuid = "5e1f0d7c-9c0d-4a53-8f62-0d6b3a3c9a11"
    private static let errors = #"{"detail": [{"type": "missing", "loc": ["body", "a", 0], "msg": "x"}]}"#

    @Test(arguments: [
        (#"{"a": 1}"#, #"{"body": {"a": 1}}"#), (#"{"a": 1}"#, #"{"body": {"a": 1.0}}"#),
        (#"{"b": 2, "a": 1, "msg": "x"}"#, #"{"body": {"a": 1, "b": 2}}"#),
        (#"{"a": [null]}"#, #"{"body": {"a": "$any"}}"#),
        (#""\#(uuid)""#, #"{"body": "$uuid"}"#), (#""2026-01-02T03:04:05.678901Z""#, #"{"body": "$time"}"#),
        (errors, #"{"errors": [["missing", ["body", "a", 0]]]}"#),
        (errors, #"{"errors": [["$any", ["body", "$rest"]]]}"#),
        (errors, #"{"errors": [["missing", ["body", "a", 0, "$rest"]], ["$any", ["$rest"]]]}"#),
        (#"{"items": [1, 2]}"#, #"{"items": 2}"#), ("[1, 2]", #"{"items": 2}"#),
        (#"{"error": "E"}"#, #"{"error": "E"}"#),
        ("a,b\r\n1,2\r\n", #"{"first_line": "a,b"}"#), ("", #"{"body": null}"#), ("", #"{"headers": {"x-a": "1"}}"#),
    ])
    func seesNoDifference(_ body: String, _ expected: String) throws {
        #expect(try differences(body, expected) == [])
    }

    @Test(arguments: [
        (#"{"a": 1}"#, #"{"body": {"a": 2}}"#), (#"{"a": true}"#, #"{"body": {"a": 1}}"#),
        (#"{"a": 1}"#, #"{"body": {"a": true}}"#), (#"{"a": "1"}"#, #"{"body": {"a": 1}}"#),
        (#"{"a": 1}"#, #"{"body": {}}"#), ("{}", #"{"body": {"a": 1}}"#), ("{}", #"{"body": {"a": null}}"#),
        ("{}", #"{"body": {"a": "$any"}}"#), (#"{"a": null}"#, #"{"body": {"a": "$uuid"}}"#),
        (#"{"a": [1, 2]}"#, #"{"body": {"a": [1]}}"#), (#"{"a": [1, 2]}"#, #"{"body": {"a": [2, 1]}}"#),
        (#""5E1F0D7C-9C0D-4A53-8F62-0D6B3A3C9A11""#, #"{"body": "$uuid"}"#), (#""\#(uuid)x""#, #"{"body": "$uuid"}"#),
        (#""2026-01-02T03:04:05+00:00""#, #"{"body": "$time"}"#), ("not JSON", #"{"body": {}}"#),
        ("", #"{"body": {}}"#),
        (errors, #"{"errors": []}"#), (errors, #"{"errors": [["missing", ["body", "a"]]]}"#),
        (errors, #"{"errors": [["string_type", ["body", "a", 0]]]}"#), ("{}", #"{"errors": [["missing", ["body"]]]}"#),
        (errors, #"{"errors": [["missing", ["body", "a", 0]], ["missing", ["body", "b"]]]}"#),
        (errors, #"{"errors": [["missing", ["query", "$rest"]]]}"#), (#"{"items": [1]}"#, #"{"items": 2}"#),
        ("{}", #"{"items": 0}"#), (#"{"error": "E"}"#, #"{"error": "F"}"#), ("{}", #"{"error": "F"}"#),
        ("a,b,c\r\n", #"{"first_line": "a,b"}"#), ("", #"{"headers": {"x-a": "2"}}"#),
        ("", #"{"headers": {"x-b": "1"}}"#),
        ("", #"{"status": 201}"#),
    ])
    func seesADifference(_ body: String, _ expected: String) throws {
        #expect(try !differences(body, expected).isEmpty)
    }

    private func differences(_ body: String, _ expected: String) throws -> [String] {
        var members = try JSON(parsing: Array(expected.utf8)).object ?? []
        members.insert(.init("status", 200), at: 0)
        var comparison = TranscriptComparison()
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name("X-A"))] = "1"
        let response = HTTPResponse(status: .ok, headerFields: headers)
        comparison.compare(response, body, with: .object(members))
        return comparison.differences
    }
}
