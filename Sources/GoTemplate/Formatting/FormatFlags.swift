/// What comes between `%` and the verb of a format.
struct FormatFlags {
    var minus = false
    var plus = false
    var sharp = false
    var space = false
    var zero = false
    /// `%+v`: fields with their names.
    var plusV = false
    /// `%#v`: Go syntax.
    var sharpV = false
    var width: Int?
    var precision: Int?

    /// The byte that fills up a width: zeros only on the left.
    var padding: UInt8 { zero && !minus ? 0x30 : 0x20 }

    /// For the verb `v`, `+` and `#` have meanings of their own.
    mutating func becomeValueFlags() {
        sharpV = sharp
        sharp = false
        plusV = plus
        plus = false
    }
}
