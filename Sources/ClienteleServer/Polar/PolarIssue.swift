import ClienteleJSON

/// One thing wrong with the shape of a request, in Polar's words.
struct PolarIssue {
    var type: String
    var location: [JSON]
    var message: String
    var input: JSON
    var context: JSON?

    var json: JSON {
        var members: [JSON.Member] = [
            .init("type", .string(type)), .init("loc", .array(location)), .init("msg", .string(message)),
            .init("input", input),
        ]
        if let context { members.append(.init("ctx", context)) }
        return .object(members)
    }
}

/// Every issue of one request: Polar tells them all at once.
struct PolarIssues: Error {
    /// Who found them, which is the error's name on the wire.
    enum Source: String {
        case schema = "RequestValidationError"
        case service = "PolarRequestValidationError"
        case benefitProperties = "BenefitPropertiesValidationError"
    }

    let source: Source
    private(set) var items: [PolarIssue]

    init(source: Source = .schema, _ items: [PolarIssue] = []) {
        self.source = source
        self.items = items
    }

    var json: JSON { ["error": .string(source.rawValue), "detail": .array(items.map(\.json))] }

    mutating func append(_ issue: PolarIssue) { items.append(issue) }

    /// Throws if there is anything to tell.
    func finish() throws { if !items.isEmpty { throw self } }
}

/// The catalogue of issues: for each, its type and its words.
extension PolarIssue {
    static func missing(_ location: [JSON], in parent: JSON) -> PolarIssue {
        PolarIssue(type: "missing", location: location, message: "Field required", input: parent)
    }

    static func stringType(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(type: "string_type", location: location, message: "Input should be a valid string", input: input)
    }

    static func tooLong(_ location: [JSON], _ input: JSON, max: Int) -> PolarIssue {
        PolarIssue(
            type: "string_too_long",
            location: location,
            message: "String should have at most \(characters(max))",
            input: input,
            context: ["max_length": .integer(Int64(max))]
        )
    }

    static func tooShort(_ location: [JSON], _ input: JSON, min: Int) -> PolarIssue {
        PolarIssue(
            type: "string_too_short",
            location: location,
            message: "String should have at least \(characters(min))",
            input: input,
            context: ["min_length": .integer(Int64(min))]
        )
    }

    static func dictionaryType(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(type: "dict_type", location: location, message: "Input should be a valid dictionary", input: input)
    }

    static func objectType(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "model_attributes_type",
            location: location,
            message: "Input should be a valid dictionary or object to extract fields from",
            input: input
        )
    }

    /// A rule of ours that is not one of the schema's forms.
    static func value(_ location: [JSON], _ input: JSON, _ message: String) -> PolarIssue {
        PolarIssue(
            type: "value_error",
            location: location,
            message: "Value error, \(message)",
            input: input,
            context: ["error": [:]]
        )
    }

    static func invalidCharacters(_ location: [JSON], _ input: JSON) -> PolarIssue {
        value(location, input, "This value contains invalid characters")
    }

    static func email(_ location: [JSON], _ input: JSON, reason: String) -> PolarIssue {
        PolarIssue(
            type: "value_error",
            location: location,
            message: "value is not a valid email address: \(reason)",
            input: input,
            context: ["reason": .string(reason)]
        )
    }

    static func choice(
        _ location: [JSON],
        _ input: JSON,
        of choices: [String]
    ) -> PolarIssue {
        let quoted = choices.map { "'\($0)'" }
        let expected =
            quoted.count > 1
            ? quoted.dropLast().joined(separator: ", ") + " or " + quoted[quoted.count - 1] : quoted.joined()
        return PolarIssue(
            type: "enum",
            location: location,
            message: "Input should be \(expected)",
            input: input,
            context: ["expected": .string(expected)]
        )
    }

    static func unknownKind(_ tag: String, input: JSON) -> PolarIssue {
        PolarIssue(
            type: "union_tag_invalid",
            location: ["body"],
            message: "Input tag '\(tag)' found using _customer_create_type() does not match any of the expected tags: "
                + "'individual', 'team'",
            input: input,
            context: [
                "discriminator": "_customer_create_type()", "tag": .string(tag),
                "expected_tags": "'individual', 'team'",
            ]
        )
    }

    static func integerParsing(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "int_parsing",
            location: location,
            message: "Input should be a valid integer, unable to parse string as an integer",
            input: input
        )
    }

    static func notPositive(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "greater_than",
            location: location,
            message: "Input should be greater than 0",
            input: input,
            context: ["gt": 0]
        )
    }

    static func booleanParsing(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "bool_parsing",
            location: location,
            message: "Input should be a valid boolean, unable to interpret input",
            input: input
        )
    }

    static func uuidParsing(_ location: [JSON], _ input: JSON, _ problem: String) -> PolarIssue {
        PolarIssue(
            type: "uuid_parsing",
            location: location,
            message: "Input should be a valid UUID, \(problem)",
            input: input,
            context: ["error": .string(problem)]
        )
    }

    static func uuidType(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "uuid_type",
            location: location,
            message: "UUID input should be a string, bytes or UUID object",
            input: input
        )
    }

    static func uuidVersion(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "uuid_version",
            location: location,
            message: "UUID version 4 expected",
            input: input,
            context: ["expected_version": 4]
        )
    }

    static func invalidJSON(_ error: JSON.SyntaxError) -> PolarIssue {
        PolarIssue(
            type: "json_invalid",
            location: ["body", .integer(Int64(error.offset))],
            message: "JSON decode error",
            input: [:],
            context: ["error": .string(error.message)]
        )
    }

    private static func characters(_ count: Int) -> String { count == 1 ? "1 character" : "\(count) characters" }
}
