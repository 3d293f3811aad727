import ClienteleJSON
import HTTPTypes

/// Collects in what an answer differs from a recorded one; `Transcript` says how they compare.
struct TranscriptComparison {
    private(set) var differences: [String] = []

    /// Compares an answer, whose body is `text`, with what was recorded.
    mutating func compare(_ response: HTTPResponse, _ text: String, with expected: JSON) {
        let status = expected["status"]?.integer ?? 0
        guard response.status.code == Int(status) else {
            differences.append("status: want \(status), got \(response.status.code) \(text.prefix(300))")
            return
        }
        // A body that is not JSON is compared as the text that it is.
        let body =
            text.isEmpty ? .null : (try? JSON(parsing: Array(text.utf8))) ?? .string(text)
        for member in expected["headers"]?.object ?? [] {
            let got = HTTPField.Name(member.name).flatMap { response.headerFields[$0] }
            if got != member.value.string { note("header \(member.name)", member.value, JSON(got)) }
        }
        if let want = expected["body"] { compare(want, body, at: "$") }
        if let want = expected["error"], body["error"] != want { note("error", want, body) }
        if let want = expected["errors"]?.array { compareErrors(want, body) }
        if let want = expected["items"]?.integer {
            let items = body["items"]?.array ?? body.array
            if items.map({ Int64($0.count) }) != want { note("items", .integer(want), body) }
        }
        if let want = expected["first_line"]?.string {
            let first = text.split(separator: "\r\n", omittingEmptySubsequences: false).first
            if first.map(String.init) != want { note("first line", .string(want), .string(text)) }
        }
    }

    static func isUUID(_ text: String) -> Bool {
        text.wholeMatch(of: #/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/#) != nil
    }

    private static func isTime(_ text: String) -> Bool {
        text.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#) != nil
    }

    private mutating func compare(_ want: JSON, _ got: JSON, at path: String) {
        switch want {
        case .string("$any"): return
        case .string("$uuid"): if !(got.string.map(Self.isUUID) ?? false) { note(path, want, got) }
        case .string("$time"): if !(got.string.map(Self.isTime) ?? false) { note(path, want, got) }
        case .object(let members):
            guard let found = got.object else { return note(path, want, got) }
            compare(members, found, at: path)
        case .array(let values):
            guard let found = got.array, found.count == values.count else { return note(path, want, got) }
            for (index, (value, other)) in zip(values, found).enumerated() {
                compare(value, other, at: "\(path)[\(index)]")
            }
        case .integer, .number:
            if Self.double(want) != Self.double(got) || Self.double(got) == nil { note(path, want, got) }
        case .null, .bool, .bigInteger, .string: if want != got { note(path, want, got) }
        }
    }

    private mutating func compare(_ want: [JSON.Member], _ got: [JSON.Member], at path: String) {
        for member in want where member.name != "msg" {
            if let other = got.last(where: { $0.name == member.name }) {
                compare(member.value, other.value, at: "\(path).\(member.name)")
            } else {
                differences.append("\(path).\(member.name): missing")
            }
        }
        for member in got where member.name != "msg" && !want.contains(where: { $0.name == member.name }) {
            differences.append("\(path).\(member.name): unexpected (\(member.value.text.prefix(80)))")
        }
    }

    private mutating func compareErrors(_ want: [JSON], _ body: JSON) {
        let got = (body["detail"]?.array ?? []).map { JSON.array([$0["type"] ?? .null, $0["loc"] ?? .null]) }
        for want in want where !got.contains(where: { Self.matches(want, $0) }) {
            note("errors", want, .array(got))
        }
        for got in got where !want.contains(where: { Self.matches($0, got) }) {
            differences.append("errors: unexpected \(got.text)")
        }
    }

    private static func matches(_ want: JSON, _ got: JSON) -> Bool {
        guard let want = want.array, let got = got.array, want.count == 2, got.count == 2 else { return false }
        guard want[0] == "$any" || want[0] == got[0] else { return false }
        guard let location = want[1].array, location.last == "$rest" else { return want[1] == got[1] }
        return (got[1].array ?? []).starts(with: location.dropLast())
    }

    private static func double(_ json: JSON) -> Double? { json.number ?? json.integer.map(Double.init) }

    private mutating func note(_ place: String, _ want: JSON, _ got: JSON) {
        differences.append("\(place): want \(want.text.prefix(200)), got \(got.text.prefix(200))")
    }
}
