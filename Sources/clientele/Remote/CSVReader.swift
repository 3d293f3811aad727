/// Reads CSV by RFC 4180: cells in quotes may have commas, quotes written twice, and line breaks.
struct CSVReader {
    /// One record, with the line of the file that it begins on.
    struct Record {
        let line: Int
        let cells: [String]
    }

    /// What keeps a file from being CSV.
    struct Fault: Error { let line: Int, reason: String }

    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// The next record that is not an empty line; nil at the end.
    mutating func next() throws(Fault) -> Record? {
        while offset < bytes.count, bytes[offset] == newline || bytes[offset] == carriageReturn { skipBreak() }
        guard offset < bytes.count else { return nil }
        let begin = line
        var cells: [String] = []
        repeat { cells.append(try cell()) } while takesComma()
        return Record(line: begin, cells: cells)
    }

    private mutating func cell() throws(Fault) -> String {
        guard offset < bytes.count, bytes[offset] == quote else {
            let start = offset
            while offset < bytes.count, ![comma, newline, carriageReturn].contains(bytes[offset]) { offset += 1 }
            return try text(bytes[start..<offset], on: line)
        }
        let begin = line
        offset += 1
        var cell: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == newline { line += 1 }
            guard byte == quote else {
                cell.append(byte)
                continue
            }
            guard offset < bytes.count, bytes[offset] == quote else { return try closed(cell, from: begin) }
            cell.append(quote)
            offset += 1
        }
        throw Fault(line: begin, reason: "a cell in quotes has no end")
    }

    private func closed(_ cell: [UInt8], from begin: Int) throws(Fault) -> String {
        guard offset == bytes.count || [comma, newline, carriageReturn].contains(bytes[offset]) else {
            throw Fault(line: line, reason: "a cell goes on behind its closing quote")
        }
        return try text(cell[...], on: begin)
    }

    /// What was saved in another encoding is not guessed at: names would be imported with other letters.
    private func text(_ bytes: ArraySlice<UInt8>, on line: Int) throws(Fault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault(line: line, reason: "a cell is not in UTF-8")
        }
        return text
    }

    private mutating func takesComma() -> Bool {
        guard offset < bytes.count else { return false }
        if bytes[offset] == comma {
            offset += 1
            return true
        }
        skipBreak()
        return false
    }

    private mutating func skipBreak() {
        if bytes[offset] == carriageReturn { offset += 1 }
        if offset < bytes.count, bytes[offset] == newline {
            offset += 1
        }
        line += 1
    }
}

private let comma = UInt8(ascii: ",")
private let quote = UInt8(ascii: "\"")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
