import ClienteleCore
import Hummingbird
import NIOCore

/// Customers as CSV, sent while they are read.
struct PolarCustomerExport: Sendable {
    let customers: Customers
    let organizations: [Organization.ID]

    var response: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: #"attachment; filename="polar-customers.csv""#,
            ],
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: Self.header))
                nonisolated(unsafe) let sink = CSVSink(writer)
                try await customers.export(from: organizations) { batch in
                    try await sink.write(ByteBuffer(string: batch.map(Self.line).joined()))
                }
                writer = sink.writer
                try await writer.finish(nil)
            }
        )
    }

    /// Hands batches on to the connection.
    private final class CSVSink {
        var writer: any ResponseBodyWriter

        init(_ writer: any ResponseBodyWriter) { self.writer = writer }

        func write(_ buffer: ByteBuffer) async throws { try await writer.write(buffer) }
    }

    private static let header = line([
        "ID", "External ID", "Created At", "Email", "Name", "Tax ID", "Billing Address Line 1", "Billing Address Line 2",
        "Billing Address City", "Billing Address State", "Billing Address Zip", "Billing Address Country", "Metadata",
    ])

    static func line(_ customer: Customer) -> String {
        let address = customer.billingAddress
        return line([
            customer.id.text, customer.externalID, customer.createdAt.offsetText, customer.email?.text, customer.name,
            customer.taxID?.number, address?.line1, address?.line2, address?.city, address?.state, address?.postalCode,
            address?.country.code, customer.metadata.text,
        ])
    }

    private static func line(_ cells: [String?]) -> String {
        cells.map { cell($0 ?? "") }.joined(separator: ",") + "\r\n"
    }

    /// Quotes what needs it, and keeps a spreadsheet from taking a text for a formula.
    private static func cell(_ text: String) -> String {
        let guarded = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard guarded.utf8.contains(where: { #",""#.utf8.contains($0) || $0 == 0x0A || $0 == 0x0D }) else { return guarded }
        return "\"" + guarded.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
