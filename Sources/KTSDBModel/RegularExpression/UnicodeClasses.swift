/// The named sets of `\p{…}`: general categories, scripts, and the special names Any, Assigned and ASCII.
///
/// Names are compared as Unicode recommends: case, spaces, hyphens and underscores are ignored.
enum UnicodeClasses {
    /// Returns the set with this name, or nil if it does not exist.
    static func named(_ name: String) -> ScalarSet? {
        var key = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: " "): break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): key.unicodeScalars.append(Unicode.Scalar(byte + 0x20))
            default: key.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        switch key {
        case "any": return .all
        case "ascii": return ScalarSet(.init(0, 0x7F))
        case "assigned": return categories["cn"]?.inverted
        default: return categories[aliases[key] ?? key] ?? UnicodeScripts.sets[key]
        }
    }

    /// The scalars of each general category, of its major class (`l`), and of the cased letters (`lc`).
    private static let categories: [String: ScalarSet] = {
        var intervals: [String: [ScalarSet.Interval]] = [:]
        func add(_ low: UInt32, _ high: UInt32, _ category: String) {
            intervals[category, default: []].append(.init(low, high))
        }
        // Planes 4 to 13 are unassigned, and planes 15 and 16 are for private use, so their scalars need not be looked
        // up.
        for plane: UInt32 in [0, 1, 2, 3, 14] {
            var runStart = plane << 16
            var runCategory = category(of: runStart)
            for scalar in (runStart + 1)...(runStart + 0xFFFF) {
                let next = category(of: scalar)
                if next != runCategory {
                    add(runStart, scalar - 1, runCategory)
                    (runStart, runCategory) = (scalar, next)
                }
            }
            add(runStart, plane << 16 | 0xFFFF, runCategory)
        }
        add(0x4_0000, 0xD_FFFF, "cn")
        for plane: UInt32 in [0xF, 0x10] {
            add(plane << 16, plane << 16 | 0xFFFD, "co")
            add(plane << 16 | 0xFFFE, plane << 16 | 0xFFFF, "cn")
        }
        for (name, list) in intervals { intervals[String(name.prefix(1)), default: []] += list }
        for name in ["lu", "ll", "lt"] { intervals["lc", default: []] += intervals[name] ?? [] }
        return intervals.mapValues { ScalarSet($0) }
    }()

    private static func category(of scalar: UInt32) -> String {
        // Surrogates are code points with a category, but not scalars.
        guard let scalar = Unicode.Scalar(scalar) else { return "cs" }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter: "lu"
        case .lowercaseLetter: "ll"
        case .titlecaseLetter: "lt"
        case .modifierLetter: "lm"
        case .otherLetter: "lo"
        case .nonspacingMark: "mn"
        case .spacingMark: "mc"
        case .enclosingMark: "me"
        case .decimalNumber: "nd"
        case .letterNumber: "nl"
        case .otherNumber: "no"
        case .connectorPunctuation: "pc"
        case .dashPunctuation: "pd"
        case .openPunctuation: "ps"
        case .closePunctuation: "pe"
        case .initialPunctuation: "pi"
        case .finalPunctuation: "pf"
        case .otherPunctuation: "po"
        case .mathSymbol: "sm"
        case .currencySymbol: "sc"
        case .modifierSymbol: "sk"
        case .otherSymbol: "so"
        case .spaceSeparator: "zs"
        case .lineSeparator: "zl"
        case .paragraphSeparator: "zp"
        case .control: "cc"
        case .format: "cf"
        case .surrogate: "cs"
        case .privateUse: "co"
        case .unassigned: "cn"
        @unknown default: "cn"
        }
    }

    /// The long names of the categories.
    private static let aliases: [String: String] = [
        "other": "c", "control": "cc", "cntrl": "cc", "format": "cf", "unassigned": "cn", "privateuse": "co",
        "surrogate": "cs", "letter": "l", "casedletter": "lc", "lowercaseletter": "ll", "modifierletter": "lm",
        "otherletter": "lo", "titlecaseletter": "lt", "uppercaseletter": "lu", "mark": "m", "combiningmark": "m",
        "spacingmark": "mc", "enclosingmark": "me", "nonspacingmark": "mn", "number": "n", "decimalnumber": "nd",
        "digit": "nd", "letternumber": "nl", "othernumber": "no", "punctuation": "p", "punct": "p",
        "connectorpunctuation": "pc", "dashpunctuation": "pd", "closepunctuation": "pe", "finalpunctuation": "pf",
        "initialpunctuation": "pi", "otherpunctuation": "po", "openpunctuation": "ps", "symbol": "s",
        "currencysymbol": "sc", "modifiersymbol": "sk", "mathsymbol": "sm", "othersymbol": "so", "separator": "z",
        "lineseparator": "zl", "paragraphseparator": "zp", "spaceseparator": "zs",
    ]
}
