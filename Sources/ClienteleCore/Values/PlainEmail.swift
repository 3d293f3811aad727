/// Recognises the common address, plain ASCII without surprises, in one pass.
///
/// It never refuses: what it does not recognise goes the long way, which knows the reasons. What it does recognise
/// comes out as it would there.
struct PlainEmail {
    private var count = 0
    private var previous = UInt8(ascii: ".")
    private var atSign: Int?
    private var labelStart = 0
    private var hasUppercaseDomain = false

    /// The address as it is kept, or nil when `input` is not plain.
    static func text(of input: String) -> String? {
        guard input.utf8.count <= EmailAddress.octetsMax else { return nil }
        var scan = Self()
        for byte in input.utf8 {
            guard scan.take(byte) else { return nil }
        }
        return scan.text(of: input)
    }

    /// Takes one byte, or returns false when it makes the address anything but plain.
    private mutating func take(_ byte: UInt8) -> Bool {
        let isPlain = atSign == nil ? takeLocal(byte) : takeDomain(byte)
        previous = byte
        count += 1
        return isPlain
    }

    private mutating func takeLocal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "@"):
            guard previous != UInt8(ascii: ".") else { return false }
            atSign = count
            labelStart = count + 1
            return true
        case UInt8(ascii: "."):
            return previous != UInt8(ascii: ".")
        default:
            return Unicode.Scalar(byte).isAtomText
        }
    }

    private mutating func takeDomain(_ byte: UInt8) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let position = count - labelStart
        switch byte {
        case UInt8(ascii: "."):
            labelStart = count + 1
            return position > 0 && previous != hyphen
        case hyphen:
            // Two hyphens in third place announce another encoding.
            return position > 0 && !(position == 3 && previous == hyphen)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"):
            hasUppercaseDomain = true
            return position < EmailDomain.labelOctetsMax
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return position < EmailDomain.labelOctetsMax
        default:
            return false
        }
    }

    private func text(of input: String) -> String? {
        guard let atSign, labelStart > atSign + 1, Unicode.Scalar(previous).isLetterASCII else { return nil }
        let utf8 = input.utf8
        let middle = utf8.index(utf8.startIndex, offsetBy: atSign)
        if count - labelStart <= EmailDomain.reservedCharactersMax {
            let topLevel = input[utf8.index(utf8.startIndex, offsetBy: labelStart)...]
            guard !EmailDomain.reserved.contains(topLevel.lowercased()) else { return nil }
        }
        if atSign <= EmailLocalPart.roleMailboxCharactersMax {
            guard !EmailLocalPart.roleMailboxes.contains(input[..<middle].lowercased()) else { return nil }
        }
        return hasUppercaseDomain ? input[..<middle] + input[middle...].lowercased() : input
    }
}
