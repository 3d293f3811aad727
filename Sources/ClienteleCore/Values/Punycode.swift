/// The ASCII form of a domain label that is not ASCII (RFC 3492), without its `xn--`.
enum Punycode {
    /// The ASCII form of `label`.
    static func encoded(_ label: [Unicode.Scalar]) -> String {
        var output = label.filter(\.isASCII).map { UInt8(truncatingIfNeeded: $0.value) }
        let basicCount = output.count
        if basicCount > 0 { output.append(delimiter) }

        var next = initialScalar
        var delta = 0
        var bias = initialBias
        var handled = basicCount
        for smallest in Set(label).filter({ !$0.isASCII }).sorted() {
            delta += (Int(smallest.value) - next) * (handled + 1)
            next = Int(smallest.value)
            for scalar in label {
                if scalar < smallest { delta += 1 }
                guard scalar == smallest else { continue }
                append(delta, bias: bias, to: &output)
                bias = adapted(delta, points: handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The label whose ASCII form is `text`, or nil when it is the form of none.
    static func decoded(_ text: String) -> [Unicode.Scalar]? {
        let bytes = Array(text.utf8)
        let basicCount = bytes.lastIndex(of: delimiter) ?? 0
        guard bytes[..<basicCount].allSatisfy({ $0 < initialScalar }) else { return nil }
        var output = bytes[..<basicCount].map { Unicode.Scalar($0) }

        var digits = bytes[(basicCount > 0 ? basicCount + 1 : 0)...]
        var next = initialScalar
        var index = 0
        var bias = initialBias
        while !digits.isEmpty {
            guard let delta = takeNumber(from: &digits, bias: bias) else { return nil }
            let points = output.count + 1
            bias = adapted(delta, points: points, isFirst: output.count == basicCount)
            index += delta
            next += index / points
            index %= points
            guard let value = UInt32(exactly: next), let scalar = Unicode.Scalar(value) else { return nil }
            output.insert(scalar, at: index)
            index += 1
        }
        return output
    }

    /// Writes `number` with digits of varying weight.
    private static func append(_ number: Int, bias: Int, to output: inout [UInt8]) {
        var rest = number
        var position = base
        while true {
            let threshold = Self.threshold(at: position, bias: bias)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            position += base
        }
        output.append(digit(rest))
    }

    /// Reads one number and leaves what follows it; nil when it is cut short, malformed or too large.
    private static func takeNumber(from digits: inout ArraySlice<UInt8>, bias: Int) -> Int? {
        var number = 0
        var weight = 1
        var position = base
        while let byte = digits.popFirst() {
            guard let digit = value(of: byte) else { return nil }
            number += digit * weight
            guard number <= numberMax else { return nil }
            let threshold = Self.threshold(at: position, bias: bias)
            if digit < threshold { return number }
            weight = min(weight * (base - threshold), numberMax)
            position += base
        }
        return nil
    }

    private static func threshold(at position: Int, bias: Int) -> Int {
        min(max(position - bias, thresholdMin), thresholdMax)
    }

    /// The bias for the number after `delta` (RFC 3492, section 6.1).
    private static func adapted(_ delta: Int, points: Int, isFirst: Bool) -> Int {
        var rest = isFirst ? delta / damp : delta / 2
        rest += rest / points
        var bias = 0
        while rest > (base - thresholdMin) * thresholdMax / 2 {
            rest /= base - thresholdMin
            bias += base
        }
        return bias + (base - thresholdMin + 1) * rest / (rest + skew)
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30)
    }

    private static func value(of byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 0x61
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 0x41
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30 + 26
        default: nil
        }
    }

    // The parameters of RFC 3492, section 5.
    private static let base = 36
    private static let damp = 700
    private static let delimiter = UInt8(ascii: "-")
    private static let initialBias = 72
    private static let initialScalar = 128

    /// The numbers of any label that DNS can hold are smaller, and sums and products of two such never overflow.
    private static let numberMax = Int(Int32.max)
    private static let skew = 38
    private static let thresholdMax = 26
    private static let thresholdMin = 1
}
