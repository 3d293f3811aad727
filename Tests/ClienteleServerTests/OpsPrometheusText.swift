/// A reader of Prometheus' text format 0.0.4 that takes nothing which the format's grammar does not.
struct PrometheusText {
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Problem: Error {
        let line: String
        let reason: String
    }

    private(set) var types: [String: String] = [:]
    private(set) var samples: [Sample] = []

    init(_ text: String) throws {
        // The last line ends with a line feed too. A carriage return is no end of a line here.
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        guard lines.popLast() == "" else { throw Problem(line: text, reason: "no line feed at the end") }
        var family = ""
        for line in lines {
            if line.hasPrefix("#") {
                let match = line.wholeMatch(of: #/# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/#)
                guard let match else { throw Problem(line: line, reason: "not a TYPE line") }
                family = String(match.1)
                guard types.updateValue(String(match.2), forKey: family) == nil else {
                    throw Problem(line: line, reason: "a second TYPE line of that name")
                }
            } else {
                let sample = try Self.sample(line)
                let isOfFamily =
                    types[family] == "histogram"
                    ? ["_bucket", "_sum", "_count"].contains { sample.name == family + $0 } : sample.name == family
                guard isOfFamily else { throw Problem(line: line, reason: "not under its TYPE line") }
                samples.append(sample)
            }
        }
        guard Set(samples.map { "\($0.name) \($0.labels.sorted { $0.key < $1.key })" }).count == samples.count else {
            throw Problem(line: "", reason: "a series that is there twice")
        }
    }

    /// The value of the one series with that name and, among others, those labels.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return found.count == 1 ? found[0].value : nil
    }

    private static func sample(_ line: String) throws -> Sample {
        let match = line.wholeMatch(of: #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/#)
        guard let match, let value = Double(match.3) else { throw Problem(line: line, reason: "not a sample") }
        var labels: [String: String] = [:]
        var rest = match.2 ?? ""
        while !rest.isEmpty {
            let label = rest.prefixMatch(of: #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/#)
            guard let label, labels.updateValue(String(label.2), forKey: String(label.1)) == nil else {
                throw Problem(line: line, reason: "not a label: \(rest)")
            }
            rest = rest[label.range.upperBound...]
        }
        return Sample(name: String(match.1), labels: labels, value: value)
    }
}
