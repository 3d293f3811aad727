/// What IDNA 2008 asks of a character, worked out as RFC 5892 does it.
extension Unicode.Scalar {
    /// Whether a label may hold this character wherever it likes (PVALID; RFC 5892, section 3).
    var isDomainText: Bool {
        switch value {
        case 0x2D, 0x30...0x39, 0x61...0x7A: return true
        case 0x00...0x7F: return false
        // The exceptions of section 2.6.
        case 0xDF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007: return true
        case 0x0640, 0x07FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        // Marks for symbols, musical notation, old Hangul.
        case 0x20D0...0x20FF, 0x1D100...0x1D24F: return false
        case 0x1100...0x11FF, 0xA960...0xA97C, 0xD7B0...0xD7FB: return false
        default: break
        }
        guard !properties.changesWhenNFKCCaseFolded, !properties.isDefaultIgnorableCodePoint else { return false }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .modifierLetter, .otherLetter: return true
        case .nonspacingMark, .spacingMark, .decimalNumber: return true
        default: return false
        }
    }

    var isGreek: Bool {
        switch value {
        case 0x0370...0x03E1, 0x03F0...0x03FF, 0x1D26...0x1D2A, 0x1F00...0x1FFF, 0xAB65: true
        default: false
        }
    }

    var isHebrew: Bool {
        switch value {
        case 0x0591...0x05F4, 0xFB1D...0xFB4F: true
        default: false
        }
    }

    /// Whether the character is Hiragana, Katakana or Han.
    var isJapanese: Bool {
        switch value {
        case 0x3005, 0x3007, 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF: true
        case 0x16FE3, 0x16FF0, 0x16FF1, 0x1AFF0...0x1AFFE, 0x1B000...0x1B167: true
        default: properties.isUnifiedIdeograph
        }
    }

    /// The classes of the bidirectional algorithm, as far as the rule for domains tells them apart.
    enum Direction {
        case leftToRight
        case rightToLeft
        case arabicNumber
        case europeanNumber
        case mark
        case neutral
    }

    /// The class of a character that a label may hold; the classes of others are not kept here.
    var direction: Direction {
        switch value {
        case 0x30...0x39, 0x06F0...0x06F9: return .europeanNumber
        case 0x0660...0x0669, 0x10D30...0x10D39, 0x10D40...0x10D49: return .arabicNumber
        case 0x2D, 0xB7, 0x02B9, 0x02BA, 0x02C6...0x02CF, 0x02EC, 0x0375, 0x200C, 0x200D, 0x2E2F: return .neutral
        case 0x30FB, 0xA67F, 0xA717...0xA71F, 0xA788: return .neutral
        case 0x0CBF, 0x0CC6, 0x11A07, 0x11A08, 0x11C3F: return .leftToRight
        default: break
        }
        guard properties.generalCategory != .nonspacingMark else { return .mark }
        switch value {
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            return .rightToLeft
        default: return .leftToRight
        }
    }
}
