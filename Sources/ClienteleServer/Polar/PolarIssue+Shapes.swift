import ClienteleJSON

/// Issues of unions, lists and members that do not belong.
extension PolarIssue {
    static func missingTag(_ location: [JSON], _ input: JSON, _ name: String) -> PolarIssue {
        PolarIssue(
            type: "union_tag_not_found",
            location: location,
            message: "Unable to extract tag using discriminator '\(name)'",
            input: input,
            context: ["discriminator": .string("'\(name)'")]
        )
    }

    static func unknownTag(
        _ location: [JSON],
        _ input: JSON,
        _ name: String,
        _ tag: JSON,
        of tags: [String]
    ) -> PolarIssue {
        let tag = tag == .null ? "None" : tag.string ?? tag.text
        let expected = tags.map { "'\($0)'" }.joined(separator: ", ")
        return PolarIssue(
            type: "union_tag_invalid",
            location: location,
            message: "Input tag '\(tag)' found using '\(name)' does not match any of the expected tags: \(expected)",
            input: input,
            context: [
                "discriminator": .string("'\(name)'"), "tag": .string(tag), "expected_tags": .string(expected),
            ]
        )
    }

    static func tooFew(_ location: [JSON], _ input: JSON, _ kind: String, min: Int, actual: Int) -> PolarIssue {
        let items = min == 1 ? "1 item" : "\(min) items"
        return PolarIssue(
            type: "too_short",
            location: location,
            message: "\(kind) should have at least \(items) after validation, not \(actual)",
            input: input,
            context: [
                "field_type": .string(kind), "min_length": .integer(Int64(min)),
                "actual_length": .integer(Int64(actual)),
            ]
        )
    }

    static func tooMany(_ location: [JSON], _ input: JSON, _ kind: String, max: Int, actual: Int) -> PolarIssue {
        PolarIssue(
            type: "too_long",
            location: location,
            message: "\(kind) should have at most \(max) items after validation, not \(actual)",
            input: input,
            context: [
                "field_type": .string(kind), "max_length": .integer(Int64(max)),
                "actual_length": .integer(Int64(actual)),
            ]
        )
    }

    static func listType(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(type: "list_type", location: location, message: "Input should be a valid list", input: input)
    }

    static func extraInput(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "extra_forbidden",
            location: location,
            message: "Extra inputs are not permitted",
            input: input
        )
    }
}
