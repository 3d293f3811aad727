import ClienteleCore
import ClienteleJSON
import Testing

@testable import ClienteleStore

/// Records of changes as they were kept when there were first any.
///
/// A feed of before an update goes on after it only if they are still read, and mean the same: columns may be added to a row at
/// its end only.
struct KeptRecordTests {
    fileprivate static let customer =
        #"["910a2dec-8902-4cc1-beeb-8da1658eec67","8b2e0244-5e4b-40f5-bf8c-59bb003553c1",1767225600000019,"#
        + #"1767225600000020,null,"individual","solo@example.com",1,"User_1",null,"Solo","Solo Ltd","1 Street","#
        + #""Floor 2","10115","Berlin","DE-BE","DE","DE136695976","eu_vat","de","{\"plan\":\"solo\"}",null,"#
        + #"1767225600000020,null,null,null,"archived",1767225600000020,null,0]"#
    fileprivate static let member =
        #"["f893a2ee-fb32-455e-b1c1-8690ee42c90b","764176e3-c9cf-4b25-bd84-5ef300ce2d0b","#
        + #""aa3de53f-bde4-4e5b-bbc4-2e82782acb92",1767225600000049,null,"ada@example.com","Other Ada","User_1","owner"]"#
    fileprivate static let benefit =
        #"["910a2dec-8902-4cc1-beeb-8da1658eec67","b86c9a98-359e-4b62-87a9-dc6739325fac",1767225600000036,null,null,"#
        + #""feature_flag","A benefit","private","{\"key\":\"flag\"}","{}","a benefit","flag"]"#
    fileprivate static let product =
        #"["910a2dec-8902-4cc1-beeb-8da1658eec67","29663e9e-a0ec-4561-92c6-1eeb27a21187",1767225600000039,null,"#
        + #""Product",null,"public","month",1,null,null,null,null,0,"{}","[{\"id\":\"f902155a-a328-4575-b0eb-"#
        + #"094e6f1dcf73\",\"created_at\":1767225600000039,\"modified_at\":null,\"is_archived\":false,\"currency\":"#
        + #"\"usd\",\"tax_behavior\":null,\"type\":\"fixed\",\"amount\":0}]","fixed",0,"product"]"#
    fileprivate static let subscription =
        #"["910a2dec-8902-4cc1-beeb-8da1658eec67",0,"c0257e40-3811-4379-a072-b26dfe81f26e",1767225600000042,"#
        + #"1767225600000043,"29663e9e-a0ec-4561-92c6-1eeb27a21187","[\"f902155a-a328-4575-b0eb-094e6f1dcf73\"]",0,"#
        + #""usd","canceled","month",1,1767225600000042,0,1767225600000042,1769904000000042,null,null,0,"#
        + #"1767225600000043,1767225600000042,1767225600000043,1767225600000043,"unused","Goodbye","{}",null]"#
    fileprivate static let meter =
        #"["910a2dec-8902-4cc1-beeb-8da1658eec67",0,"c09a1a81-7914-4fbc-88b8-94e1401ed25b","#
        + #""b1214e59-a815-4a05-8bf5-9f1ed00bd0db",1767225600000045,null,null,"unique",3,0.0,0.0,null,null,2,2.0,0]"#
    fileprivate static let grant =
        #"["910a2dec-8902-4cc1-beeb-8da1658eec67",0,"db20290a-c13e-4a81-9803-91ffb30d1390","#
        + #""91866d4d-0cde-46a9-9eb9-67d7929813bb","c0257e40-3811-4379-a072-b26dfe81f26e","#
        + #""e099ec6c-d736-4ca5-85e7-bb0f12278575",1767225600000042,1767225600000043,null,1767225600000043,"{}","#
        + #""{\"meter_id\":\"86c5d1b0-5ce2-4e14-9180-b23a1075b77f\",\"units\":10,\"at\":1767225600000042}"]"#

    enum Kind: CaseIterable {
        case customer, member, benefit, product, subscription, meter, grant

        var text: String {
            switch self {
            case .customer: KeptRecordTests.customer
            case .member: KeptRecordTests.member
            case .benefit: KeptRecordTests.benefit
            case .product: KeptRecordTests.product
            case .subscription: KeptRecordTests.subscription
            case .meter: KeptRecordTests.meter
            case .grant: KeptRecordTests.grant
            }
        }

        /// Keeps once more what `row` says.
        func rewritten(_ row: KeptRow) throws -> KeptRecord {
            switch self {
            case .customer: return KeptRecord(try Customer(row: row))
            case .member: return KeptRecord(try Member(row: row))
            case .benefit: return KeptRecord(try Benefit(row: row))
            case .product: return KeptRecord(try Product(row: row))
            case .subscription:
                return KeptRecord(try Subscription(row: row, customer: Customer.ID(high: 0x4000, low: 1 << 63)))
            case .meter: return KeptRecord(try CustomerMeter(row: row))
            case .grant:
                let previous = try row.grantProperties(KeptRecord.previousProperties)
                return KeptRecord(try BenefitGrant(row: row), previous: previous)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func readsWhatWasKeptFirst(_ kind: Kind) throws {
        let kept = try #require(try JSON(parsing: Array(kind.text.utf8)).array)
        let record = try kind.rewritten(try KeptRow(kind.text))
        #expect(try JSON(parsing: Array(record.text.utf8)).array?.prefix(kept.count) == kept[...])
    }
}
