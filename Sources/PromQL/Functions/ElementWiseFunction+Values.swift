internal import CLibrary
internal import KTSDBModel

extension ElementWiseFunction {
    /// Replaces each point of `row`, whose first step is `first` of those of the parameters, by the function's value.
    func apply(_ parameters: [ScalarRow], from first: Int, to row: inout MutableSpan<Double>) {
        switch self {
        case .abs: Self.map(&row) { Swift.abs($0) }
        case .ceil: Self.map(&row) { $0.rounded(.up) }
        case .floor: Self.map(&row) { $0.rounded(.down) }
        case .sqrt: Self.map(&row) { $0.squareRoot() }
        case .exp: Self.map(&row) { CLibrary.exp($0) }
        case .ln: Self.map(&row) { CLibrary.log($0) }
        case .log2: Self.map(&row) { CLibrary.log2($0) }
        case .log10: Self.map(&row) { CLibrary.log10($0) }
        case .sin: Self.map(&row) { CLibrary.sin($0) }
        case .cos: Self.map(&row) { CLibrary.cos($0) }
        case .tan: Self.map(&row) { CLibrary.tan($0) }
        case .asin: Self.map(&row) { CLibrary.asin($0) }
        case .acos: Self.map(&row) { CLibrary.acos($0) }
        case .atan: Self.map(&row) { CLibrary.atan($0) }
        case .sinh: Self.map(&row) { CLibrary.sinh($0) }
        case .cosh: Self.map(&row) { CLibrary.cosh($0) }
        case .tanh: Self.map(&row) { CLibrary.tanh($0) }
        case .asinh: Self.map(&row) { CLibrary.asinh($0) }
        case .acosh: Self.map(&row) { CLibrary.acosh($0) }
        case .atanh: Self.map(&row) { CLibrary.atanh($0) }
        case .deg: Self.map(&row) { $0 * 180 / .pi }
        case .rad: Self.map(&row) { $0 * .pi / 180 }
        case .sgn: Self.map(&row) { $0 < 0 ? -1 : $0 > 0 ? 1 : $0 }
        case .round: round(to: parameters.first ?? .constant(1), from: first, &row)
        case .clamp: Self.clamp(&row, from: first, parameters[0], parameters[1])
        case .clampMinimum: Self.clamp(&row, from: first, parameters[0], .constant(.infinity))
        case .clampMaximum: Self.clamp(&row, from: first, .constant(-.infinity), parameters[0])
        }
    }

    @inline(__always)
    static func map(_ row: inout MutableSpan<Double>, _ transform: (Double) -> Double) {
        for step in row.indices where !row[step].isAbsent { row[step] = point(transform(row[step])) }
    }

    /// To the nearest multiple, halves up. Multiplying by the inverse seems to cost fewer digits, says Prometheus.
    private func round(to multiple: ScalarRow, from first: Int, _ row: inout MutableSpan<Double>) {
        for step in row.indices where !row[step].isAbsent {
            let inverse = 1 / multiple[first + step]
            row[step] = point((row[step] * inverse + 0.5).rounded(.down) / inverse)
        }
    }

    private static func clamp(
        _ row: inout MutableSpan<Double>, from first: Int, _ lowest: ScalarRow, _ highest: ScalarRow
    ) {
        for step in row.indices where !row[step].isAbsent {
            let low = lowest[first + step], high = highest[first + step]
            row[step] = high < low ? .absent : point(goMaximum(low, goMinimum(high, row[step])))
        }
    }
}
