/// Why a text is no domain name, in words for whoever typed it.
struct DomainFault: Error {
    let detail: String

    init(_ detail: String) {
        self.detail = detail
    }
}
