import ClienteleCore
import ClienteleJSON

/// The bodies that Polar's benefit routes take: one schema for each kind, told apart by `type`, named in every location.
extension PolarReader {
    mutating func benefitDraft(_ body: PolarBody) -> (draft: BenefitDraft, organization: Organization.ID?)? {
        guard let json = body.object(&self), let kind: Benefit.Kind = tag(of: json, "type", at: ["body"]) else {
            return nil
        }
        let location: [JSON] = ["body", .string(kind.rawValue)]
        let metadata = json["metadata"].flatMap { self.metadata($0, at: location + ["metadata"]) }
        let description = needed(json, "description", location) { $0.benefitDescription($1, at: $2) }
        let organization: Organization.ID? = optional(json, "organization_id", location) { $0.identifier($1, at: $2) }
        let visibility = visibility(json, of: kind, location)
        let properties = needed(json, "properties", location) { $0.properties($1, of: kind, at: $2) }
        guard let description, let properties else { return nil }
        let draft = BenefitDraft(
            kind: kind,
            description: description,
            visibility: visibility,
            metadata: metadata ?? Metadata(),
            properties: properties
        )
        return (draft, organization)
    }

    /// The body of an update call, which repeats the kind; `null` asks for nothing.
    mutating func benefitPatch(_ body: PolarBody) -> (patch: BenefitPatch, kind: Benefit.Kind)? {
        guard let json = body.object(&self), let kind: Benefit.Kind = tag(of: json, "type", at: ["body"]) else {
            return nil
        }
        let location: [JSON] = ["body", .string(kind.rawValue)]
        var patch = BenefitPatch()
        if let value = json["metadata"] { patch.metadata = metadata(value, at: location + ["metadata"]) }
        patch.description = optional(json, "description", location) { $0.benefitDescription($1, at: $2) }
        patch.visibility = visibility(json, of: kind, location)
        patch.properties = optional(json, "properties", location) { $0.properties($1, of: kind, at: $2) }
        return (patch, kind)
    }

    private mutating func benefitDescription(_ json: JSON, at location: [JSON]) -> String? {
        let lengths = Benefit.descriptionLengths
        return text(json, at: location, min: lengths.lowerBound, max: lengths.upperBound)
    }

    /// Who sees a benefit, where its kind leaves that open.
    private mutating func visibility(
        _ json: JSON,
        of kind: Benefit.Kind,
        _ location: [JSON]
    ) -> Benefit.Visibility? {
        guard kind.hasConfigurableVisibility else { return nil }
        return optional(json, "visibility", location) { $0.choice($1, at: $2) }
    }
}

/// What each kind of benefit has of its own: read in the form of requests, given in that of answers.
///
/// A verb gives something even where it noted an issue, since then nothing of the request counts.
extension PolarReader {
    private mutating func properties(_ json: JSON, of kind: Benefit.Kind, at location: [JSON]) -> JSON? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        switch kind {
        case .custom: return ["note": JSON(optional(json, "note", location) { $0.string($1, at: $2) })]
        case .discord: return discord(json, at: location)
        case .githubRepository: return githubRepository(json, at: location)
        case .downloadables: return downloadables(json, at: location)
        case .licenseKeys: return licenseKeys(json, at: location)
        case .meterCredit: return meterCredit(json, at: location)
        case .featureFlag: return [:]
        case .slackSharedChannel: return slackSharedChannel(json, at: location)
        }
    }

    /// The token names the guild: without Discord to ask, it is taken for its id, unless that is sent too.
    private mutating func discord(_ json: JSON, at location: [JSON]) -> JSON {
        let token = neededText(json, "guild_token", location)
        let role = neededText(json, "role_id", location)
        let kicks = neededTruth(json, "kick_member", location)
        let guild = optional(json, "guild_id", location) { $0.string($1, at: $2) }
        return [
            "guild_id": guild.map { .string($0) } ?? token, "role_id": role, "kick_member": kicks,
            "guild_token": token,
        ]
    }

    private mutating func githubRepository(_ json: JSON, at location: [JSON]) -> JSON {
        let owner = neededText(json, "repository_owner", location)
        let name = neededText(json, "repository_name", location)
        let permission = needed(json, "permission", location) {
            $0.literal($1, at: $2, of: ["pull", "triage", "push", "maintain", "admin"])
        }
        return ["repository_owner": owner, "repository_name": name, "permission": JSON(permission)]
    }

    private mutating func downloadables(_ json: JSON, at location: [JSON]) -> JSON {
        let archived = optional(json, "archived", location) { $0.archivedFiles($1, at: $2) }
        let files = needed(json, "files", location) {
            $0.list($1, at: $2, min: 1) { $0.uuid($1, at: $2) }
        }
        return ["archived": archived ?? [:], "files": .array((files ?? []).map { .string($0) })]
    }

    private mutating func archivedFiles(_ json: JSON, at location: [JSON]) -> JSON? {
        guard let members = json.object else {
            issues.append(.dictionaryType(location, json))
            return nil
        }
        guard members.count <= Self.itemsMax else {
            issues.append(.tooMany(location, json, "Dictionary", max: Self.itemsMax, actual: members.count))
            return nil
        }
        return .object(
            members.compactMap { member in
                let place = location + [.string(member.name)]
                let file = uuid(.string(member.name), at: place + ["[key]"])
                let isArchived = truth(member.value, at: place)
                guard let file, let isArchived else { return nil }
                return JSON.Member(file, .bool(isArchived))
            }
        )
    }

    private mutating func licenseKeys(_ json: JSON, at location: [JSON]) -> JSON {
        let prefix = optional(json, "prefix", location) { $0.trimmedString($1, at: $2, max: Self.prefixMax) }
        let expires = optional(json, "expires", location) { $0.expiry($1, at: $2) }
        let activations = optional(json, "activations", location) { $0.activations($1, at: $2) }
        let usage = optional(json, "limit_usage", location) { $0.positive($1, at: $2) }
        return [
            "prefix": JSON(prefix), "expires": expires ?? .null, "activations": activations ?? .null,
            "limit_usage": usage.map { .integer($0) } ?? .null,
        ]
    }

    private mutating func expiry(_ json: JSON, at location: [JSON]) -> JSON? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let count = needed(json, "ttl", location) { $0.positive($1, at: $2) }
        let unit = needed(json, "timeframe", location) {
            $0.literal($1, at: $2, of: Self.expiryMaxima.map(\.unit))
        }
        guard let count, let unit else { return nil }
        if let max = Self.expiryMaxima.first(where: { $0.unit == unit })?.max, count > max {
            let message = "ttl value \(count) exceeds the maximum of \(max) for timeframe '\(unit)'."
            issues.append(.value(location, json, message))
        }
        return ["ttl": .integer(count), "timeframe": .string(unit)]
    }

    private mutating func activations(_ json: JSON, at location: [JSON]) -> JSON? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let limit = needed(json, "limit", location) { $0.positive($1, at: $2, max: Self.columnMax) }
        let isOpen = neededTruth(json, "enable_customer_admin", location)
        return ["limit": limit.map { .integer($0) } ?? .null, "enable_customer_admin": isOpen]
    }

    private mutating func meterCredit(_ json: JSON, at location: [JSON]) -> JSON {
        let units = needed(json, "units", location) { $0.positive($1, at: $2, max: Self.columnMax) }
        let rollover = neededTruth(json, "rollover", location)
        let meter = needed(json, "meter_id", location) { $0.uuid($1, at: $2) }
        return ["units": units.map { .integer($0) } ?? .null, "rollover": rollover, "meter_id": JSON(meter)]
    }

    private mutating func slackSharedChannel(_ json: JSON, at location: [JSON]) -> JSON {
        let integration = optional(json, "slack_integration_id", location) { $0.uuid($1, at: $2) }
        let template = needed(json, "channel_name_template", location) { $0.text($1, at: $2, min: 1, max: 80) }
        let isPrivate = optional(json, "private", location) { $0.truth($1, at: $2) }
        let welcome = optional(json, "welcome_message", location) { $0.string($1, at: $2, max: 4_000) }
        let archives = optional(json, "archive_on_revoke", location) { $0.truth($1, at: $2) }
        let invitees = optional(json, "team_invitees", location) {
            $0.list($1, at: $2) { $0.string($1, at: $2) }
        }
        return [
            "slack_integration_id": JSON(integration), "channel_name_template": JSON(template),
            "private": .bool(isPrivate ?? true), "welcome_message": JSON(welcome),
            "archive_on_revoke": .bool(archives ?? true),
            "team_invitees": .array((invitees ?? []).map { .string($0) }),
        ]
    }

    private mutating func neededText(_ json: JSON, _ name: String, _ location: [JSON]) -> JSON {
        JSON(needed(json, name, location) { $0.string($1, at: $2) })
    }

    private mutating func neededTruth(_ json: JSON, _ name: String, _ location: [JSON]) -> JSON {
        needed(json, name, location) { $0.truth($1, at: $2) }.map { .bool($0) } ?? .null
    }

    /// The canonical text of an identifier of something that is not kept here.
    private mutating func uuid(_ json: JSON, at location: [JSON]) -> String? {
        let identifier: Identifier<Void>? = identifier(json, at: location)
        return identifier?.text
    }

    /// How long a key may last, by the unit: a hundred years, but for years, by Polar's schema.
    private static let expiryMaxima: [(unit: String, max: Int64)] = [("year", 457), ("month", 1_200), ("day", 36_500)]
    /// The longest prefix of a key, in characters: more than a person would type.
    private static let prefixMax = 256
}

/// Parts that bodies have in common.
extension PolarReader {
    /// The largest integer of Polar's columns.
    static let columnMax = Int64(Int32.max)
    /// Entries of a list at the most: more than any record has, and few enough to be checked one by one.
    static let itemsMax = 1_000

    /// The schema that a member of `json` names.
    mutating func tag<Tag: RawRepresentable & CaseIterable>(of json: JSON, _ name: String, at location: [JSON]) -> Tag?
    where Tag.RawValue == String {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        guard let value = json[name] else {
            issues.append(.missingTag(location, json, name))
            return nil
        }
        if let tag = value.string.flatMap(Tag.init(rawValue:)) { return tag }
        issues.append(.unknownTag(location, json, name, value, of: Tag.allCases.map(\.rawValue)))
        return nil
    }

    /// The entries of a list, each read at its place; nil where one of them, or their number, is not right.
    mutating func list<Value>(
        _ json: JSON,
        at location: [JSON],
        min: Int = 0,
        _ read: (inout PolarReader, JSON, [JSON]) -> Value?
    ) -> [Value]? {
        guard let items = json.array else {
            issues.append(.listType(location, json))
            return nil
        }
        guard items.count >= min else {
            issues.append(.tooFew(location, json, "List", min: min, actual: items.count))
            return nil
        }
        guard items.count <= Self.itemsMax else {
            issues.append(.tooMany(location, json, "List", max: Self.itemsMax, actual: items.count))
            return nil
        }
        let values = items.enumerated().compactMap { index, item in
            read(&self, item, location + [.integer(Int64(index))])
        }
        return values.count == items.count ? values : nil
    }

    /// An integer above 0.
    mutating func positive(_ json: JSON, at location: [JSON], max: Int64 = .max) -> Int64? {
        guard let integer = integer(json, at: location, in: .min...max) else { return nil }
        guard integer > 0 else {
            issues.append(.notPositive(location, json))
            return nil
        }
        return integer
    }

    /// One of a few words.
    mutating func literal(_ json: JSON, at location: [JSON], of choices: [String]) -> String? {
        if let text = json.string, choices.contains(text) { return text }
        var issue = PolarIssue.choice(location, json, of: choices)
        issue.type = "literal_error"
        issues.append(issue)
        return nil
    }
}
