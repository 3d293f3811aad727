import ClienteleCore
import Hummingbird
import NIOCore

/// Customers as CSV, read while they are sent: as fast as the caller takes them, and never all at once.
struct PolarCustomerExport: AsyncSequence, Sendable {
    let customers: Customers
    let organizations: [Organization.ID]

    var response: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: #"attachment; filename="polar-customers.csv""#,
            ],
            body: ResponseBody(asyncSequence: self)
        )
    }

    func makeAsyncIterator() -> Iterator { Iterator(customers: customers, organizations: organizations[...]) }

    struct Iterator: AsyncIteratorProtocol {
        let customers: Customers
        var organizations: ArraySlice<Organization.ID>
        var last: Customer?
        var hasBegun = false

        mutating func next() async throws -> ByteBuffer? {
            guard hasBegun else {
                hasBegun = true
                return ByteBuffer(string: PolarCustomerExport.header)
            }
            while let organization = organizations.first {
                let batch = try await customers.batch(of: organization, after: last)
                last = batch.last
                if !batch.isEmpty { return ByteBuffer(string: batch.map(PolarCustomerExport.line).joined()) }
                organizations.removeFirst()
            }
            return nil
        }
    }

    private static let header = line([
        "ID", "External ID", "Created At", "Email", "Name", "Tax ID", "Billing Address Line 1",
        "Billing Address Line 2",
        "Billing Address City", "Billing Address State", "Billing Address Zip", "Billing Address Country", "Metadata",
    ])

    private static func line(_ customer: Customer) -> String {
        let address = customer.billingAddress
        return line([
            customer.id.text, customer.externalID, customer.createdAt.offsetText, customer.email?.text, customer.name,
            customer.taxID?.number, address?.line1, address?.line2, address?.city, address?.state, address?.postalCode,
            address?.country.code, customer.metadata.polarText,
        ])
    }

    private static func line(_ cells: [String?]) -> String {
        cells.map { cell($0 ?? "") }.joined(separator: ",") + "\r\n"
    }

    /// Quotes what needs it, and keeps a spreadsheet from taking a text for a formula.
    private static func cell(_ text: String) -> String {
        let guarded = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard guarded.utf8.contains(where: { #",""#.utf8.contains($0) || $0 == 0x0A || $0 == 0x0D }) else {
            return guarded
        }
        return "\"" + guarded.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
