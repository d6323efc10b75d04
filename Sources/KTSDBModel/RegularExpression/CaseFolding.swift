/// The code points that differ only by case, by Unicode's simple case folding.
///
/// They are derived from the standard library's case mappings: two scalars fold alike if uppercasing and then
/// lowercasing them gives the same scalar. Mappings to several scalars (`ß` to `SS`) do not count, nor does the dotless
/// `ı`, which uppercases to `I` but folds to itself.
enum CaseFolding {
    /// The groups of two or more code points that fold alike, ascending.
    static let orbits: [[UInt32]] = {
        var members: [UInt32: [UInt32]] = [:]
        for scalar in casedPlanes.joined() {
            // Surrogates are not scalars.
            guard let scalar = Unicode.Scalar(scalar), scalar.properties.changesWhenCaseMapped, scalar != "ı" else {
                continue
            }
            let upper = only(scalar.properties.uppercaseMapping) ?? scalar
            let lower = only(upper.properties.lowercaseMapping) ?? upper
            members[lower.value, default: []].append(scalar.value)
        }
        return members.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }()

    private static let orbitOfScalar: [UInt32: Int] = {
        var result: [UInt32: Int] = [:]
        for (index, orbit) in orbits.enumerated() {
            for scalar in orbit { result[scalar] = index }
        }
        return result
    }()

    /// Returns `scalar` and all code points that fold alike, ascending.
    static func variants(of scalar: UInt32) -> [UInt32] {
        // ASCII does not need the table, which takes milliseconds to build.
        switch scalar {
        case 0..<0x41, 0x5B..<0x61, 0x7B..<0x80: [scalar]
        case 0x4B, 0x6B: [0x4B, 0x6B, 0x212A]
        case 0x53, 0x73: [0x53, 0x73, 0x17F]
        case 0x41...0x5A: [scalar, scalar + 0x20]
        case 0x61...0x7A: [scalar - 0x20, scalar]
        default: orbitOfScalar[scalar].map { orbits[$0] } ?? [scalar]
        }
    }

    /// Planes 0 and 1 without the ideographs and Hangul syllables, which have no case.
    private static let casedPlanes: [Range<UInt32>] = [0x41..<0x3400, 0xA000..<0xAC00, 0xF900..<0x2_0000]

    private static func only(_ text: String) -> Unicode.Scalar? {
        let scalars = text.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }
}
