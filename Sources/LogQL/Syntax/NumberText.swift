internal import KTSDBModel

/// Numbers as queries write them.
enum NumberText {
    /// The value of a literal; a message in the words of Go's `strconv` if Go could not convert it to a float.
    ///
    /// A hexadecimal number needs an exponent (`0x1p3`) to be a float; `0x1F` is not one. Underscores are skipped.
    static func parse(_ text: String) -> Result<Double, ConversionError> {
        let digits = text.filter { $0 != "_" }
        let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        guard !isHexadecimal || digits.contains(where: { $0 == "p" || $0 == "P" }),
            let value = Double(digits.hasSuffix(".") ? digits + "0" : digits)
        else { return .failure(ConversionError(text, "invalid syntax", value: 0)) }
        guard value.isFinite else { return .failure(ConversionError(text, "value out of range", value: value)) }
        return .success(value)
    }

    /// The value of a literal, or nil.
    static func value(_ text: String) -> Double? { try? parse(text).get() }

    /// Why a literal is not a float.
    struct ConversionError: Error, CustomStringConvertible {
        var description: String
        /// What Go answers besides the error.
        var value: Double

        init(_ text: String, _ reason: String, value: Double) {
            description = "strconv.ParseFloat: parsing \(goQuoted(text)): \(reason)"
            self.value = value
        }
    }
}
