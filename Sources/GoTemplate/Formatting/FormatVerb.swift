/// The verbs of formats, by their letters.
enum FormatVerb {
    static let v = UInt32(UInt8(ascii: "v"))
    static let T = UInt32(UInt8(ascii: "T"))
    static let p = UInt32(UInt8(ascii: "p"))
    static let w = UInt32(UInt8(ascii: "w"))

    /// Verbs for which a value is replaced by its text.
    static func takesText(_ verb: UInt32) -> Bool { "vsxXq".unicodeScalars.contains { $0.value == verb } }
}
