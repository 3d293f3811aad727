extension TaxIDKind {
    /// The kinds a country's identifiers are tried as, in that order.
    static func kinds(in country: String) -> [TaxIDKind] {
        unionMembers.contains(country) ? [.euVAT] : kindsByCountry[country, default: []]
    }

    /// Every country for which there are kinds.
    static let countries = unionMembers.union(kindsByCountry.keys)

    private static let unionMembers: Set<String> = [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    ]

    private static let kindsByCountry: [String: [TaxIDKind]] = [
        "AD": [.adNRT],
        "AE": [.aeTRN],
        "AR": [.arCUIT],
        "AU": [.auABN, .auARN],
        "BH": [.bhVAT],
        "BO": [.boTIN],
        "BR": [.brCNPJ, .brCPF],
        "CA": [.caGSTHST, .caPSTBC, .caPSTMB, .caPSTSK, .caQST, .caBN],
        "CH": [.chUID, .chVAT],
        "CL": [.clTIN],
        "CN": [.cnTIN],
        "CO": [.coNIT],
        "CR": [.crTIN],
        "DO": [.doRCN],
        "EC": [.ecRUC],
        "EG": [.egTIN],
        "GB": [.gbVAT],
        "GE": [.geVAT],
        "HK": [.hkBR],
        "ID": [.idNPWP],
        "IL": [.ilVAT],
        "IN": [.inGST],
        "IS": [.isVAT],
        "JP": [.jpCN, .jpRN, .jpTRN],
        "KE": [.kePIN],
        "KR": [.krBRN],
        "KZ": [.kzBIN],
        "LI": [.liUID],
        "MK": [.mkVAT],
        "MU": [.muTAN],
        "MX": [.mxRFC],
        "MY": [.myFRP, .myITN, .mySST],
        "NG": [.ngTIN],
        "NO": [.noVAT, .noVOEC],
        "NZ": [.nzGST],
        "OM": [.omVAT],
        "PE": [.peRUC],
        "PH": [.phTIN],
        "RS": [.rsPIB],
        "RU": [.ruINN, .ruKPP],
        "SA": [.saVAT],
        "SG": [.sgGST, .sgUEN],
        "SV": [.svNIT],
        "TH": [.thVAT],
        "TR": [.trTIN],
        "TW": [.twVAT],
        "UA": [.uaVAT],
        "US": [.usEIN],
        "UY": [.uyRUC],
        "VE": [.veRIF],
        "VN": [.vnTIN],
        "ZA": [.zaVAT],
    ]
}
