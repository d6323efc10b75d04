internal import CLibrary
internal import PrometheusWire

/// The vertical scale of a chart, which maps values to lines.
struct ChartScale {
    private let low: Double
    private let high: Double
    private let rows: Int
    /// The number of lines from one label to the next.
    private static let labelDistance = 5

    /// Creates a scale of `rows` lines from `low` to `high`, both finite.
    init(_ low: Double, _ high: Double, rows: Int) {
        self.low = low
        self.high = high
        self.rows = rows
    }

    /// Returns the line of a value, from 0 at the top.
    func line(of value: Double) -> Int {
        guard high > low else { return rows / 2 }
        // Halving first keeps the difference of very large numbers finite.
        let part = (value / 2 - low / 2) / (high / 2 - low / 2)
        // Halves of the smallest numbers may be equal, which makes the quotient infinite or NaN.
        guard part.isFinite else { return rows / 2 }
        return rows - 1 - Int((min(max(part, 0), 1) * Double(rows - 1)).rounded())
    }

    /// The text at the left of each line, the highest first; empty for most lines.
    var labels: [String] {
        (0..<rows).map { line in
            guard high > low else { return line == rows / 2 ? Self.short(low) : "" }
            guard line % Self.labelDistance == 0 || line == rows - 1 else { return "" }
            let part = Double(rows - 1 - line) / Double(rows - 1)
            return Self.short(low * (1 - part) + high * part)
        }
    }

    /// Returns a number with about four digits, such as `0.0125`, `12.5` or `1.25e+9`.
    static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return formatDouble(value) }
        let power = log10(value.magnitude).rounded(.down)
        guard power >= -5, power < 9 else {
            let scale = pow(10, power)
            guard scale.isFinite, scale > 0 else { return formatDouble(value, style: .exponent) }
            let digits = (value / scale * 1000).rounded() / 1000
            return "\(formatDouble(digits, style: .fixed))e\(power < 0 ? "-" : "+")\(Int(power.magnitude))"
        }
        let factor = pow(10, max(0, 3 - power))
        return formatDouble((value * factor).rounded() / factor, style: .fixed)
    }
}
