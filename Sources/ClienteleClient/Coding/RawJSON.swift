/// Finds the parts of a JSON text as they are written, byte for byte.
///
/// The text was parsed before: of one that is not well formed the parts mean nothing.
enum RawJSON {
    /// The value of an object's member, the last of several; nil where there is none whose name is written so.
    static func member(_ name: String, of object: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let start = Array("\"\(name)\"".utf8)
        let values = parts(of: object).compactMap { part -> ArraySlice<UInt8>? in
            guard part.starts(with: start) else { return nil }
            let rest = part.dropFirst(start.count).trimmed
            return rest.first == UInt8(ascii: ":") ? rest.dropFirst().trimmed : nil
        }
        return values.last
    }

    /// What is between the outermost brackets of an object or a list, cut at its commas.
    static func parts(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var (depth, start, place) = (0, text.startIndex, Place.outside)
        for (index, byte) in zip(text.indices, text) {
            switch (place, byte) {
            case (.escaped, _): place = .string
            case (.string, UInt8(ascii: "\\")): place = .escaped
            case (.string, UInt8(ascii: "\"")): place = .outside
            case (.string, _): break
            case (.outside, UInt8(ascii: "\"")): place = .string
            case (.outside, UInt8(ascii: "{")), (.outside, UInt8(ascii: "[")):
                depth += 1
                if depth == 1 { start = index + 1 }
            case (.outside, UInt8(ascii: "}")), (.outside, UInt8(ascii: "]")):
                depth -= 1
                if depth == 0 { parts.append(text[start..<index].trimmed) }
            case (.outside, UInt8(ascii: ",")) where depth == 1:
                parts.append(text[start..<index].trimmed)
                start = index + 1
            case (.outside, _): break
            }
        }
        return parts == [[]] ? [] : parts
    }

    private enum Place { case outside, string, escaped }
}

extension ArraySlice<UInt8> {
    /// The bytes without the space round them that JSON allows.
    fileprivate var trimmed: ArraySlice<UInt8> {
        let space: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
        guard let first = firstIndex(where: { !space.contains($0) }),
            let last = lastIndex(where: { !space.contains($0) })
        else { return [] }
        return self[first...last]
    }
}
