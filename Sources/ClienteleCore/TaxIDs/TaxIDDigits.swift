/// One or more decimal digits, and the arithmetic that check digits are made of.
struct TaxIDDigits: Sendable {
    private let values: [Int]

    /// Reads a text of ASCII digits; nil when it is empty or holds anything else.
    init?(_ text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        values = text.utf8.map { Int($0) - 0x30 }
    }

    private init(_ values: some Sequence<Int>) {
        self.values = Array(values)
    }

    var count: Int { values.count }

    var last: Int { values[count - 1] }

    /// The digits read as one number, of which there must not be more than eighteen.
    var number: Int {
        values.reduce(0) { $0 * 10 + $1 }
    }

    subscript(_ index: Int) -> Int {
        values[index]
    }

    subscript(_ range: some RangeExpression<Int>) -> TaxIDDigits {
        TaxIDDigits(values[range])
    }

    func reversed() -> TaxIDDigits {
        TaxIDDigits(values.reversed())
    }

    static func + (left: TaxIDDigits, right: TaxIDDigits) -> TaxIDDigits {
        TaxIDDigits(left.values + right.values)
    }

    /// The sum of the first digits times a weight each; digits beyond the weights do not count.
    func sum(_ weights: some Sequence<Int>) -> Int {
        zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The remainder of the weighted sum, never negative.
    func sum(_ weights: some Sequence<Int>, modulo modulus: Int) -> Int {
        let remainder = sum(weights) % modulus
        return remainder < 0 ? remainder + modulus : remainder
    }

    /// What the weighted sum lacks to be a multiple of eleven, from 0 to 10.
    func complement11(_ weights: some Sequence<Int>) -> Int {
        (11 - sum(weights, modulo: 11)) % 11
    }

    /// The Luhn sum modulo 10, zero when the last digit is a right check digit.
    var luhnSum: Int {
        TaxIDDigits.luhnSum(values, base: 10)
    }

    var passesLuhn: Bool { luhnSum == 0 }

    /// The digit that would make these pass Luhn when added.
    var luhnCheckDigit: Int {
        (10 - TaxIDDigits.luhnSum(values + [0], base: 10)) % 10
    }

    /// Whether the last digit is right by ISO 7064 MOD 11,10.
    var passesMod11And10: Bool {
        var check = 5
        for value in values {
            check = ((check == 0 ? 10 : check) * 2 % 11 + value) % 10
        }
        return check == 1
    }

    /// The Luhn sum of values in any base: every second one from the right is doubled and its digits added.
    static func luhnSum(_ values: [Int], base: Int) -> Int {
        var sum = 0
        for (place, value) in values.reversed().enumerated() {
            sum += place.isMultiple(of: 2) ? value : value * 2 / base + value * 2 % base
        }
        return sum % base
    }
}
