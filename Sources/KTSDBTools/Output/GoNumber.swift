internal import CLibrary
internal import PrometheusWire

/// Numbers as Go's package `fmt` prints them.
enum GoNumber {
    /// `%f`: six decimals.
    static func sixDecimals(_ value: Double) -> String {
        value.isFinite ? SystemCall.fixedText(value) : formatDouble(value, style: .fixed)
    }

    /// `%g` and `%v`: the fewest digits that give the number back, with an exponent below 1e-4 and from 1e6 on.
    static func shortest(_ value: Double) -> String { formatDouble(value, style: .general) }
}
