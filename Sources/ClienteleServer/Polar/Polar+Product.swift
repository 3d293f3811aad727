import ClienteleCore
import ClienteleJSON

/// The wire's product, member for member in the published order.
extension JSONWriter {
    /// A product with the prices that it offers.
    mutating func polarProduct(_ product: Product, _ edition: PolarEdition) {
        beginObject()
        member("id", product.id)
        member("created_at", product.createdAt)
        member("modified_at", product.modifiedAt)
        member("trial_interval", product.trial?.unit.rawValue)
        member("trial_interval_count", product.trial?.count)
        member("name", product.name)
        member("description", product.description)
        member("visibility", product.visibility.rawValue)
        member("recurring_interval", product.recurring?.unit.rawValue)
        member("recurring_interval_count", product.recurring?.count)
        member("meter_interval", product.metering?.unit.rawValue)
        member("meter_interval_count", product.metering?.count)
        member("is_recurring", product.recurring != nil)
        member("is_archived", product.isArchived)
        member("organization_id", product.organization)
        member("metadata", raw: product.metadata.text)
        name("prices")
        beginArray()
        for price in product.offered { polarPrice(price, of: product) }
        endArray()
        name("benefits")
        beginArray()
        for benefit in product.benefits { polarBenefit(benefit) }
        endArray()
        // Neither files nor custom fields are kept here.
        member("medias", raw: "[]")
        member("attached_custom_fields", raw: "[]")
        // A product stays for the history of those who had it: it is archived instead.
        if edition == .versioned { member("is_deletable", false) }
        endObject()
    }

    mutating func polarPrice(_ price: Price, of product: Product) {
        beginObject()
        member("created_at", price.createdAt)
        member("modified_at", price.modifiedAt)
        member("id", price.id)
        member("source", "catalog")
        member("amount_type", price.amount.type)
        member("price_currency", price.currency)
        member("tax_behavior", price.taxBehavior)
        member("is_archived", price.isArchived)
        member("product_id", product.id)
        member("type", product.recurring == nil ? "one_time" : "recurring")
        member("recurring_interval", product.recurring?.unit.rawValue)
        switch price.amount {
        case .fixed(let amount): member("price_amount", amount)
        case .custom(let minimum, let maximum, let preset):
            member("minimum_amount", minimum)
            member("maximum_amount", maximum)
            member("preset_amount", preset)
        case .meteredUnit(let meter, let unitAmount, let cap):
            let decimal = PolarDecimal(unitAmount)
            member("unit_amount", decimal?.text(places: PolarReader.unitAmountPlaces) ?? unitAmount)
            member("cap_amount", cap)
            member("meter_id", meter)
            name("meter")
            polarMeter(ofPrice: product.meters.first { $0.id == meter })
        case .seatBased(let tiers): member("seat_tiers", tiers)
        }
        endObject()
    }

    private mutating func polarMeter(ofPrice meter: Meter?) {
        guard let meter else { return null() }
        beginObject()
        member("id", meter.id)
        member("name", meter.name)
        member("unit", meter.unit.rawValue)
        member("custom_label", meter.customLabel)
        member("custom_multiplier", meter.customMultiplier)
        endObject()
    }
}

/// A decimal number, digit for digit.
struct PolarDecimal {
    let isNegative: Bool
    /// The digits before the point, without zeros at the front.
    let whole: String
    /// The digits behind it, without zeros at the end.
    let fraction: String

    /// An exponent of more says nothing that a price could be.
    private static let exponentMax = 100

    /// Reads `-12.50` and `1.25e+1`; nil for anything that is no number.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        self.isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let mantissa = rest.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        var exponent = 0
        if mantissa.count < rest.count {
            let text = String(decoding: rest[mantissa.endIndex...].dropFirst(), as: UTF8.self)
            guard let value = Int(text), abs(value) <= Self.exponentMax else { return nil }
            exponent = value
        }
        let parts = mantissa.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        var digits = parts.joined().map { $0 }
        guard !digits.isEmpty, digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        var point = parts[0].count + exponent
        let zero = UInt8(ascii: "0")
        if point < 0 {
            digits.insert(contentsOf: repeatElement(zero, count: -point), at: 0)
            point = 0
        }
        digits.append(contentsOf: repeatElement(zero, count: max(0, point - digits.count)))
        self.whole = String(decoding: digits[..<point].drop { $0 == zero }, as: UTF8.self)
        let places = digits[point...].lastIndex { $0 != zero }.map { digits[point...$0] } ?? []
        self.fraction = String(decoding: places, as: UTF8.self)
    }

    var isPositive: Bool { !isNegative && !(whole.isEmpty && fraction.isEmpty) }

    /// The number with at least so many places.
    func text(places: Int = 0) -> String {
        let zeros = String(repeating: "0", count: max(0, places - fraction.count))
        let sign = isNegative ? "-" : ""
        let tail = fraction + zeros
        return sign + (whole.isEmpty ? "0" : whole) + (tail.isEmpty ? "" : "." + tail)
    }
}
