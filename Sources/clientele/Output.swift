import ClienteleJSON

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Prints a line at once, also into a pipe.
func printLine(_ text: String) {
    print(text)
    fflush(nil)
}

/// Writes to standard error in one call, so that what several threads write does not mix.
func printError(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// Whether a person reads standard output.
var isOutputATerminal: Bool { isatty(STDOUT_FILENO) == 1 }

/// Whether a person reads standard error.
var isErrorATerminal: Bool { isatty(STDERR_FILENO) == 1 }

/// Draws how far a work is over what was drawn before; for a terminal only.
func showProgressBar(_ verb: String, done: Int, of total: Int, _ unit: String) {
    guard total > 0 else { return }
    let width = 30
    let filled = min(width, done * width / total)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    printError("\r\(verb) [\(bar)] \(done) of \(total) \(unit)" + (done >= total ? "\n" : ""))
}

/// Prints rows as a table whose first row is its heading.
func printTable(_ rows: [[String]]) {
    guard let heading = rows.first else { return }
    let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
        let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        var line = cells.joined(separator: "  ")[...]
        while line.last == " " { line = line.dropLast() }
        printLine(String(line))
    }
}

/// The path from the root, for people.
func absolutePath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}
