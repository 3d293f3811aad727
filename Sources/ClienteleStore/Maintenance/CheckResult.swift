/// What one check found.
public struct CheckResult: Sendable {
    /// What programs know it by.
    public let name: String
    /// What must hold, for people.
    public let rule: String
    /// How many rows break it.
    public private(set) var broken = 0
    /// Some of these, by their ids where they have one.
    public private(set) var examples: [String] = []

    static let examplesMax = 5

    init(_ name: String, _ rule: String) {
        self.name = name
        self.rule = rule
    }

    /// Counts one row that breaks the rule.
    mutating func note(_ example: @autoclosure () throws -> String) rethrows {
        broken += 1
        if examples.count < Self.examplesMax { examples.append(try example()) }
    }

    /// Takes what a statement counted, with some of it.
    mutating func note(_ count: Int, _ some: [String]) {
        broken += count
        examples += some.prefix(Self.examplesMax - examples.count)
    }
}
