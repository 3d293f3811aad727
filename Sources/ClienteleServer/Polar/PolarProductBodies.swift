import ClienteleCore
import ClienteleJSON

/// The bodies that Polar's product routes take, read by their schemas.
extension PolarReader {
    /// The body of a create call: one of two schemas, told apart by `recurring_interval`, named in every location.
    mutating func productDraft(_ body: PolarBody) -> (draft: ProductDraft, organization: Organization.ID?)? {
        guard let json = body.object(&self, at: ["body", "one_time"]) else { return nil }
        let isRecurring = json["recurring_interval"].map { !$0.isNull } ?? false
        let location: [JSON] = ["body", isRecurring ? "recurring" : "one_time"]
        let issuesBefore = issues.items.count
        let metadata = json["metadata"].flatMap { self.metadata($0, at: location + ["metadata"]) }
        let name = needed(json, "name", location) { $0.productName($1, at: $2) }
        let description = optional(json, "description", location) { $0.trimmedString($1, at: $2) }
        let visibility: Product.Visibility? = optional(json, "visibility", location) { $0.choice($1, at: $2) }
        let prices = needed(json, "prices", location) {
            $0.list($1, at: $2, min: 1) { $0.price($1, at: $2) }
        }
        refuseEntries(json, "medias", location)
        refuseEntries(json, "attached_custom_fields", location)
        let organization: Organization.ID? = optional(json, "organization_id", location) { $0.identifier($1, at: $2) }
        let trial = isRecurring ? interval(json, "trial_interval", location, counts: Self.trialCounts) : nil
        let recurring = isRecurring ? interval(json, "recurring_interval", location) : nil
        let metering = isRecurring ? interval(json, "meter_interval", location) : nil
        if isRecurring, issues.items.count == issuesBefore { checkIntervals(json, location) }
        guard let name, let prices else { return nil }
        let draft = ProductDraft(
            name: name,
            description: description,
            visibility: visibility ?? .public,
            recurring: recurring,
            trial: trial,
            metering: metering,
            metadata: metadata ?? Metadata(),
            prices: prices
        )
        return (draft, organization)
    }

    /// The body of an update call, where `null` clears the description and the intervals, and else asks for nothing.
    mutating func productPatch(_ body: PolarBody) -> PolarProductPatch? {
        guard let json = body.object(&self) else { return nil }
        let location: [JSON] = ["body"]
        let issuesBefore = issues.items.count
        var update = PolarProductPatch()
        if let value = json["metadata"] { update.patch.metadata = metadata(value, at: location + ["metadata"]) }
        let trial = interval(json, "trial_interval", location, counts: Self.trialCounts)
        update.patch.trial = intervalChange(json, "trial_interval", to: trial)
        update.patch.name = optional(json, "name", location) { $0.productName($1, at: $2) }
        update.patch.description = change(json, "description") { $0.trimmedString($1, at: $2) }
        update.recurringUnit = optional(json, "recurring_interval", location) { $0.choice($1, at: $2) }
        update.recurringCount = optional(json, "recurring_interval_count", location) {
            $0.integer($1, at: $2, in: Self.intervalCounts)
        }
        let metering = interval(json, "meter_interval", location)
        update.patch.metering = intervalChange(json, "meter_interval", to: metering)
        update.patch.isArchived = optional(json, "is_archived", location) { $0.truth($1, at: $2) }
        update.patch.visibility = optional(json, "visibility", location) { $0.choice($1, at: $2) }
        update.patch.prices = optional(json, "prices", location) {
            $0.list($1, at: $2, min: 1) { $0.priceChoice($1, at: $2) }
        }
        refuseEntries(json, "medias", location)
        refuseEntries(json, "attached_custom_fields", location)
        if issues.items.count == issuesBefore { checkIntervals(json, location) }
        return update
    }

    /// The benefits that a product is to have, in order.
    mutating func productBenefits(_ body: PolarBody) -> [Benefit.ID]? {
        guard let json = body.object(&self) else { return nil }
        let location: [JSON] = ["body", "benefits"]
        let benefits: [Benefit.ID]? = needed(json, "benefits", ["body"]) {
            $0.list($1, at: $2) { $0.identifier($1, at: $2) }
        }
        var seen: Set<Benefit.ID> = []
        for (index, benefit) in (benefits ?? []).enumerated() where !seen.insert(benefit).inserted {
            let place = location + [.integer(Int64(index))]
            issues.append(.value(place, .string(benefit.text), "A product gives a benefit only once."))
        }
        return benefits
    }

    /// A name, measured after it is trimmed, in the words for a list.
    private mutating func productName(_ json: JSON, at location: [JSON]) -> String? {
        guard let name = string(json, at: location)?.trimmed else { return nil }
        let length = name.unicodeScalars.count
        guard length >= Product.nameLengths.lowerBound else {
            issues.append(.tooFew(location, json, "Value", min: Product.nameLengths.lowerBound, actual: length))
            return nil
        }
        guard length <= Product.nameLengths.upperBound else {
            issues.append(.tooMany(location, json, "Value", max: Product.nameLengths.upperBound, actual: length))
            return nil
        }
        return name
    }

    /// An interval, once where no count is told.
    private mutating func interval(
        _ json: JSON,
        _ name: String,
        _ location: [JSON],
        counts: ClosedRange<Int64> = intervalCounts
    ) -> CalendarInterval? {
        let unit: CalendarInterval.Unit? = optional(json, name, location) { $0.choice($1, at: $2) }
        let count = optional(json, name + "_count", location) { $0.integer($1, at: $2, in: counts) }
        return unit.map { CalendarInterval($0, count: Int(count ?? 1)) }
    }

    /// Notes an issue where a trial has one of its members, or the count of an interval stands alone.
    private mutating func checkIntervals(_ json: JSON, _ location: [JSON]) {
        func has(_ name: String) -> Bool { json[name].map { !$0.isNull } ?? false }
        if has("trial_interval") != has("trial_interval_count") {
            let message = "Both trial_interval and trial_interval_count must be set together."
            issues.append(.incomplete(location, json, message))
        }
        if has("meter_interval_count"), !has("meter_interval") {
            let message = "meter_interval_count is only allowed together with meter_interval."
            issues.append(.incomplete(location, json, message))
        }
    }

    /// What an update asks of an interval of that name: `null` for either of its members takes it away.
    private func intervalChange(
        _ json: JSON,
        _ name: String,
        to interval: CalendarInterval?
    ) -> Change<CalendarInterval> {
        if let interval { return .set(interval) }
        return json[name] ?? json[name + "_count"] == nil ? .keep : .clear
    }

    /// Notes an issue where a list has entries: what they name is not kept here.
    private mutating func refuseEntries(_ json: JSON, _ name: String, _ location: [JSON]) {
        _ = optional(json, name, location) { reader, value, location in
            guard let items = value.array else {
                reader.issues.append(.listType(location, value))
                return
            }
            guard !items.isEmpty else { return }
            reader.issues.append(.value(location, value, "This server keeps none of these. Leave the list empty."))
        }
    }

    private static let intervalCounts: ClosedRange<Int64> = 1...999
    private static let trialCounts: ClosedRange<Int64> = 1...1_000
}

/// Prices, each of one of five schemas, told apart by `amount_type`.
extension PolarReader {
    /// What `amount_type` says.
    private enum PriceTag: String, CaseIterable {
        case fixed
        case custom
        /// A former way to say that nothing is paid.
        case free
        case seatBased = "seat_based"
        case meteredUnit = "metered_unit"
    }

    private enum TaxBehavior: String, CaseIterable { case location, inclusive, exclusive }

    private enum SeatTierType: String, CaseIterable { case volume, graduated }

    private struct SeatTier {
        let min: Int64
        let max: Int64?
        let price: Int64

        var json: JSON {
            [
                "min_seats": .integer(min), "max_seats": max.map { .integer($0) } ?? .null,
                "price_per_seat": .integer(price),
            ]
        }
    }

    /// A price of an update: one that the product has, by its id, or a new one.
    private mutating func priceChoice(_ json: JSON, at location: [JSON]) -> ProductPatch.PriceChoice? {
        guard let id = json["id"] else { return price(json, at: location).map { .new($0) } }
        return identifier(id, at: location + ["id"]).map { .existing($0) }
    }

    private mutating func price(_ json: JSON, at location: [JSON]) -> PriceDraft? {
        guard let tag: PriceTag = tag(of: json, "amount_type", at: location) else { return nil }
        let location = location + [.string(tag.rawValue)]
        let currency = optional(json, "price_currency", location) { $0.currency($1, at: $2) }
        let taxBehavior: TaxBehavior? = optional(json, "tax_behavior", location) { $0.choice($1, at: $2) }
        return amount(json, tag, at: location).map {
            PriceDraft(
                currency: currency ?? Price.currencyStandard,
                taxBehavior: taxBehavior?.rawValue,
                amount: $0
            )
        }
    }

    private mutating func amount(_ json: JSON, _ tag: PriceTag, at location: [JSON]) -> Price.Amount? {
        switch tag {
        case .free: return .fixed(0)
        case .fixed: return needed(json, "price_amount", location) { $0.priceAmount($1, at: $2) }.map { .fixed($0) }
        case .custom:
            let minimum = optional(json, "minimum_amount", location) { $0.priceAmount($1, at: $2) }
            let maximum = optional(json, "maximum_amount", location) { $0.priceAmount($1, at: $2) }
            let preset = optional(json, "preset_amount", location) { $0.priceAmount($1, at: $2) }
            return .custom(minimum: minimum ?? Price.customMinimumStandard, maximum: maximum, preset: preset)
        case .seatBased:
            return needed(json, "seat_tiers", location) { $0.seatTiers($1, at: $2) }.map { .seatBased(tiers: $0) }
        case .meteredUnit:
            let meter: Meter.ID? = needed(json, "meter_id", location) { $0.identifier($1, at: $2) }
            let unitAmount = needed(json, "unit_amount", location) { $0.unitAmount($1, at: $2) }
            let cap = optional(json, "cap_amount", location) { $0.integer($1, at: $2, in: 0...Self.columnMax) }
            guard let meter, let unitAmount else { return nil }
            return .meteredUnit(meter: meter, unitAmount: unitAmount, cap: cap)
        }
    }

    private mutating func priceAmount(_ json: JSON, at location: [JSON]) -> Int64? {
        integer(json, at: location, in: 0...Self.priceAmountMax)
    }

    private mutating func currency(_ json: JSON, at location: [JSON]) -> String? {
        guard let text = string(json, at: location)?.lowercased() else { return nil }
        guard text.utf8.count == 3, text.utf8.allSatisfy({ UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }) else {
            issues.append(.value(location, json, "A currency is three letters, such as usd."))
            return nil
        }
        return text
    }

    /// A positive decimal number, as a text or as a number, without an exponent and without zeros that say nothing.
    private mutating func unitAmount(_ json: JSON, at location: [JSON]) -> String? {
        let text: String
        switch json {
        case .string(let string): text = string.trimmed
        case .integer(let integer): text = String(integer)
        case .bigInteger(let digits): text = digits
        case .number(let number): text = number.description
        case .null, .bool, .array, .object:
            issues.append(.decimalType(location, json))
            return nil
        }
        guard let decimal = PolarDecimal(text) else {
            issues.append(.decimalParsing(location, json))
            return nil
        }
        guard decimal.isPositive else {
            issues.append(.notPositive(location, json))
            return nil
        }
        guard decimal.fraction.count <= Self.unitAmountPlaces else {
            issues.append(.decimalPlaces(location, json, max: Self.unitAmountPlaces))
            return nil
        }
        guard decimal.whole.count <= Self.unitAmountWholeDigits else {
            issues.append(.decimalWholeDigits(location, json, max: Self.unitAmountWholeDigits))
            return nil
        }
        return decimal.text()
    }

    /// Tiers in the order of their seats, with the bounds that follow from them.
    private mutating func seatTiers(_ json: JSON, at location: [JSON]) -> JSON? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let type: SeatTierType? = optional(json, "seat_tier_type", location) { $0.choice($1, at: $2) }
        let tiers = needed(json, "tiers", location) {
            $0.list($1, at: $2, min: 1) { $0.seatTier($1, at: $2) }
        }
        guard let tiers = tiers?.sorted(by: { $0.min < $1.min }), let first = tiers.first, let last = tiers.last else {
            return nil
        }
        for (tier, next) in zip(tiers, tiers.dropFirst()) where tier.max.map({ $0 + 1 }) != next.min {
            let message = "The seats of a tier must begin where those of the tier before end, at \(next.min)."
            issues.append(.value(location + ["tiers"], json["tiers"] ?? .null, message))
            return nil
        }
        return [
            "seat_tier_type": .string((type ?? .volume).rawValue), "tiers": .array(tiers.map(\.json)),
            "minimum_seats": .integer(first.min), "maximum_seats": last.max.map { .integer($0) } ?? .null,
        ]
    }

    private mutating func seatTier(_ json: JSON, at location: [JSON]) -> SeatTier? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let min = needed(json, "min_seats", location) { $0.integer($1, at: $2, in: 1...Self.columnMax) }
        let max = optional(json, "max_seats", location) { $0.integer($1, at: $2, in: (min ?? 1)...Self.columnMax) }
        let price = needed(json, "price_per_seat", location) { $0.priceAmount($1, at: $2) }
        guard let min, let price else { return nil }
        return SeatTier(min: min, max: max, price: price)
    }

    /// The largest price, in minor units, that a payment can have.
    private static let priceAmountMax: Int64 = 99_999_999
    /// The places behind the point of what a unit costs.
    static let unitAmountPlaces = 12
    /// The digits before it: 17 in all, as Polar keeps.
    private static let unitAmountWholeDigits = 5
}

/// What an update asks of a product, beside that which a product keeps for life.
struct PolarProductPatch {
    var patch = ProductPatch()
    var recurringUnit: CalendarInterval.Unit?
    var recurringCount: Int64?

    /// Whether it depends on how the product recurs.
    var asksOfRecurrence: Bool { recurringUnit != nil || recurringCount != nil || patch.trial.value != nil }

    /// Throws where it asks for another interval than `product` has, or for a trial of what is bought once.
    func check(against product: Product) throws {
        var issues = PolarIssues(source: .service)
        func refuse(_ name: String, _ message: String, _ input: JSON) {
            let location: [JSON] = ["body", .string(name)]
            issues.append(PolarIssue(type: "value_error", location: location, message: message, input: input))
        }
        let hasOtherUnit = recurringUnit.map { $0 != product.recurring?.unit } ?? false
        let hasOtherCount = recurringCount.map { Int($0) != product.recurring?.count } ?? false
        if hasOtherUnit || hasOtherCount {
            refuse("recurring_interval", "Recurring interval cannot be changed.", JSON(recurringUnit?.rawValue))
        }
        if product.recurring == nil, let trial = patch.trial.value {
            let message = "Trial configuration is only supported on recurring products."
            refuse("trial_interval", message, .string(trial.unit.rawValue))
            refuse("trial_interval_count", message, .integer(Int64(trial.count)))
        }
        try issues.finish()
    }
}

extension PolarIssue {
    /// Members that have a meaning only together.
    fileprivate static func incomplete(_ location: [JSON], _ input: JSON, _ message: String) -> PolarIssue {
        PolarIssue(type: "missing", location: location, message: message, input: input)
    }

    fileprivate static func decimalType(_ location: [JSON], _ input: JSON) -> PolarIssue {
        let message = "Decimal input should be an integer, float, string or Decimal object"
        return PolarIssue(type: "decimal_type", location: location, message: message, input: input)
    }

    fileprivate static func decimalParsing(_ location: [JSON], _ input: JSON) -> PolarIssue {
        let message = "Input should be a valid decimal"
        return PolarIssue(type: "decimal_parsing", location: location, message: message, input: input)
    }

    fileprivate static func decimalPlaces(_ location: [JSON], _ input: JSON, max: Int) -> PolarIssue {
        PolarIssue(
            type: "decimal_max_places",
            location: location,
            message: "Decimal input should have no more than \(max) decimal places",
            input: input,
            context: ["decimal_places": .integer(Int64(max))]
        )
    }

    fileprivate static func decimalWholeDigits(_ location: [JSON], _ input: JSON, max: Int) -> PolarIssue {
        PolarIssue(
            type: "decimal_whole_digits",
            location: location,
            message: "Decimal input should have no more than \(max) digits before the decimal point",
            input: input,
            context: ["whole_digits": .integer(Int64(max))]
        )
    }
}
