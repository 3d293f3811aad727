import ClienteleJSON
import HTTPTypes
import Hummingbird
import NIOCore

/// What a request says about versions: which it knows, which it expects, and how long it waits for another.
struct Conditions {
    /// Versions that the caller has: it wants no answer of one of them.
    let known: Tags
    /// Versions of one of which the record must be, for a change to be made; nil demands nothing.
    let expected: [Int64]?
    /// How long the caller wants to wait, in seconds.
    let waitSeconds: Int64?

    /// Entity tags as a header lists them.
    struct Tags {
        let versions: [Int64]
        let isAny: Bool

        /// Reads tags of the form `"7"`; what is none of this server's tags is left out.
        init(_ header: String?, weak: Bool) {
            let texts = (header ?? "").split(separator: ",").map { $0.split(separator: " ").joined() }
            self.isAny = texts.contains("*")
            self.versions = texts.compactMap { text in
                let tag = weak && text.hasPrefix("W/") ? text.dropFirst(2) : text[...]
                guard tag.count > 2, tag.first == "\"", tag.last == "\"" else { return nil }
                return Int64(tag.dropFirst().dropLast())
            }
        }
    }

    init(_ headers: HTTPFields) {
        self.known = Tags(headers.first(.ifNoneMatch), weak: true)
        let expected = Tags(headers.first(.ifMatch), weak: false)
        // A tag that this server never gave is not compared: clients of Polar send such, and are not refused there.
        self.expected = expected.isAny || expected.versions.isEmpty ? nil : expected.versions
        self.waitSeconds = headers.first(.prefer).flatMap { header in
            header.split(separator: ",").lazy.map { $0.split(separator: " ").joined().lowercased() }
                .first { $0.hasPrefix("wait=") }.flatMap { Int64($0.dropFirst(5)) }.map { max(0, $0) }
        }
    }

    /// The answer of a read: the record of that version, or that the caller has it already.
    func answer(
        _ version: Int64,
        capacity: Int = 1_024,
        _ write: (inout JSONWriter<BoundedOutput>) -> Void
    ) -> Response {
        guard !known.isAny, !known.versions.contains(version) else {
            return Answer(status: .notModified).tagged(version).response
        }
        return Answer(.ok, capacity: capacity, write).tagged(version).response
    }
}

extension HTTPField.Name {
    fileprivate static let prefer = HTTPField.Name("Prefer").unsafelyUnwrapped
}
