/// The codes that language tags are made of.
///
/// They are those of the IANA language subtag registry of 2021-08-06 (its `File-Date`). What replaces the outdated ones
/// follows the registry and the aliases of Unicode CLDR 40, of the same year. A newer registry would accept tags that
/// the Polar dialect refuses.
enum LanguageRegistry {
    static func isLanguage(_ code: Substring) -> Bool {
        guard let last = code.last else { return false }
        return languages[code.dropLast()]?.contains(last) == true || isPrivateLanguage(code)
    }

    static func isScript(_ code: String) -> Bool {
        scripts.contains(code[...]) || ("Qaaa"..."Qabx").contains(code)
    }

    static func isRegion(_ code: String) -> Bool {
        regions.contains(code[...]) || ("QM"..."QZ").contains(code) || ("XA"..."XZ").contains(code)
    }

    static func isVariant(_ code: Substring) -> Bool { variants.contains(code) }

    /// Whether the language is so often written in the script that a tag leaves the script out.
    static func isScript(_ script: String, impliedBy language: Substring) -> Bool {
        impliedScripts[language] == script[...]
    }

    /// Finds what replaces a language, or a whole tag, in lower case; the replacement is itself up to date.
    static func replacement(forTag tag: String) -> String? { tagReplacements[tag[...]].map(String.init) }

    /// Finds what replaces a region, in upper case.
    static func replacement(forRegion code: String) -> String? { regionReplacements[code[...]].map(String.init) }

    private static func isPrivateLanguage(_ code: Substring) -> Bool {
        code.utf8.count == 3 && ("qaa"..."qtz").contains(code)
    }
}

/// The tables, each a text that is taken apart at first use.
extension LanguageRegistry {
    /// Reads a table of words, each with two sides and `separator` between.
    static func pairs(_ table: String, separator: Character) -> [Substring: Substring] {
        let pairs = words(table).map { word in
            let sides = word.split(separator: separator)
            precondition(sides.count == 2, "A word of the table has not two sides.")
            return (sides[0], sides[1])
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private static func words(_ table: String) -> [Substring] { table.split(whereSeparator: \.isWhitespace) }

    private static let scripts = Set(words(scriptTable))

    private static let regions = Set(words(regionTable))

    private static let variants = Set(words(variantTable))

    /// Scripts, by the languages that imply them.
    private static let impliedScripts: [Substring: Substring] = {
        var scripts: [Substring: Substring] = [:]
        var script: Substring = ""
        for word in words(impliedScriptTable) {
            if word.last == ":" { script = word.dropLast() } else { scripts[word] = script }
        }
        return scripts
    }()

    /// Every script but the private ones, Qaaa to Qabx.
    private static let scriptTable = """
        Adlm Afak Aghb Ahom Arab Aran Armi Armn Avst Bali Bamu Bass Batk Beng Bhks Blis Bopo Brah Brai Bugi Buhd Cakm
        Cans Cari Cham Cher Chrs Cirt Copt Cpmn Cprt Cyrl Cyrs Deva Diak Dogr Dsrt Dupl Egyd Egyh Egyp Elba Elym Ethi
        Geok Geor Glag Gong Gonm Goth Gran Grek Gujr Guru Hanb Hang Hani Hano Hans Hant Hatr Hebr Hira Hluw Hmng Hmnp
        Hrkt Hung Inds Ital Jamo Java Jpan Jurc Kali Kana Khar Khmr Khoj Kitl Kits Knda Kore Kpel Kthi Lana Laoo Latf
        Latg Latn Leke Lepc Limb Lina Linb Lisu Loma Lyci Lydi Mahj Maka Mand Mani Marc Maya Medf Mend Merc Mero Mlym
        Modi Mong Moon Mroo Mtei Mult Mymr Nand Narb Nbat Newa Nkdb Nkgb Nkoo Nshu Ogam Olck Orkh Orya Osge Osma Ougr
        Palm Pauc Pcun Pelm Perm Phag Phli Phlp Phlv Phnx Piqd Plrd Prti Psin Ranj Rjng Rohg Roro Runr Samr Sara Sarb
        Saur Sgnw Shaw Shrd Shui Sidd Sind Sinh Sogd Sogo Sora Soyo Sund Sylo Syrc Syre Syrj Syrn Tagb Takr Tale Talu
        Taml Tang Tavt Telu Teng Tfng Tglg Thaa Thai Tibt Tirh Tnsa Toto Ugar Vaii Visp Vith Wara Wcho Wole Xpeo Xsux
        Yezi Yiii Zanb Zinh Zmth Zsye Zsym Zxxx Zyyy Zzzz
        """

    /// Every region but the private ones, QM to QZ and XA to XZ.
    private static let regionTable = """
        001 002 003 005 009 011 013 014 015 017 018 019 021 029 030 034 035 039 053 054 057 061 142 143 145 150 151 154
        155 202 419 AA AC AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ
        BR BS BT BU BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CP CR CS CU CV CW CX CY CZ DD DE DG DJ DK DM DO DZ
        EA EC EE EG EH ER ES ET EU EZ FI FJ FK FM FO FR FX GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK
        HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR
        LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP
        NR NT NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM
        SN SO SR SS ST SU SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TP TR TT TV TW TZ UA UG UM UN US UY UZ VA VC
        VE VG VI VN VU WF WS YD YE YT YU ZA ZM ZR ZW ZZ
        """

    private static let variantTable = """
        1606nict 1694acad 1901 1959acad 1994 1996 abl1943 akuapem alalc97 aluku ao1990 aranes arevela arevmda arkaika
        asante auvern baku1926 balanka barla basiceng bauddha biscayan biske bohoric boont bornholm cisaup colb1945
        cornu creiss dajnko ekavsk emodeng fonipa fonkirsh fonnapa fonupa fonxsamp gallo gascon grclass grital grmistr
        hepburn heploc hognorsk hsistemo ijekavsk itihasa ivanchov jauer jyutping kkcor kociewie kscor laukika lemosin
        lengadoc lipaw luna1918 metelko monoton ndyuka nedis newfound nicard njiva nulik osojs oxendict pahawh2 pahawh3
        pahawh4 pamaka peano petr1708 pinyin polyton provenc puter rigik rozaj rumgr scotland scouse simple solba sotav
        spanglis surmiran sursilv sutsilv synnejyl tarask tongyong tunumiit uccor ucrcor ulster unifon vaidika valencia
        vallader vecdruka vivaraup wadegile xsistemo
        """

    /// After each script, the languages that imply it.
    private static let impliedScriptTable = """
        Arab: ar fa ps ur
        Armn: hy
        Beng: as bn
        Blis: zbl
        Cyrl: ab be bg kk mk ru uk
        Deva: hi kok mai mr ne
        Ethi: am ti
        Geor: ka
        Grek: el
        Gujr: gu
        Guru: pa
        Hebr: he iw yi
        Jpan: ja
        Khmr: km
        Knda: kn
        Kore: ko
        Laoo: lo
        Latn: af ay bs ca ch cs cy da de dsb en eo es et eu fi fj fo fr frr frs fy ga gl gn gsw gv hr hsb ht hu id in is
        it kl la lb ln lt lv men mg mh mo ms mt na nb nd nds niu nl nn no nr nso ny om pl pt qu rm rn ro rw sg sk sl sm
        so sq ss st sv sw tem tkl tl tmh tn to tpi tr ts tvl ve vi xh zu
        Mlym: ml
        Mymr: my
        Nkoo: nqo
        Orya: or
        Sinh: si
        Taml: ta
        Telu: te
        Thaa: dv
        Thai: th
        Tibt: dz
        """
}
