internal import KTSDBModel

/// Sizes in bytes: `10 KB`, `1,000`, `1.5MiB`, `5k`; without a unit bytes. Powers of 1000, or of 1024 with an `i`.
enum SizeConversion {
    private static let prefixes = Array("kmgtpe".utf8)

    /// Returns bytes; fractions are cut off.
    /// - Throws: the error of `ParseFloat`, or one that names the unit.
    static func parse(_ text: Span<UInt8>) throws(ConversionProblem) -> UInt64 {
        var end = 0, hasComma = false
        while end < text.count {
            let byte = text[end]
            if byte == UInt8(ascii: ",") {
                hasComma = true
            } else if byte != UInt8(ascii: "."), !LabelNameText.isDigit(byte) {
                break
            }
            end += 1
        }
        let value: Double
        if hasComma {
            let digits = Array(text.extracting(first: end)).filter { $0 != UInt8(ascii: ",") }
            value = try FloatConversion.parse(digits.span)
        } else {
            value = try FloatConversion.parse(text.extracting(first: end))
        }
        let size = value * (try factor(text.extracting(end..<text.count)))
        guard size < 0x1p64 else { throw ConversionProblem("too large: \(text.text)") }
        return UInt64(size)
    }

    private static func factor(_ text: Span<UInt8>) throws(ConversionProblem) -> Double {
        var unit: [UInt8] = []
        for index in text.indices {
            unit.append((0x41...0x5A).contains(text[index]) ? text[index] | 0x20 : text[index])
        }
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        var rest = unit.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        let name = rest
        if rest.isEmpty || rest.elementsEqual("b".utf8) { return 1 }
        if let prefix = prefixes.firstIndex(of: rest.removeFirst()) {
            let isBinary = rest.first == UInt8(ascii: "i")
            if isBinary { rest.removeFirst() }
            if rest.isEmpty || rest.elementsEqual("b".utf8) {
                return (0...prefix).reduce(1) { product, _ in product * (isBinary ? 1024 : 1000) }
            }
        }
        throw ConversionProblem("unhandled size name: \(String(decoding: name, as: UTF8.self))")
    }
}
