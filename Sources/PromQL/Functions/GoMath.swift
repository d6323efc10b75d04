internal import CLibrary

// Go's `math.Max` and `math.Min`, which Prometheus uses: a NaN wins over all but the infinity that is asked for, and -0
// is below +0.

@inline(__always)
func goMaximum(_ a: Double, _ b: Double) -> Double {
    if a == .infinity || b == .infinity { return .infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0, b == 0 { return a.sign == .minus ? b : a }
    return a > b ? a : b
}

@inline(__always)
func goMinimum(_ a: Double, _ b: Double) -> Double {
    if a == -.infinity || b == -.infinity { return -.infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0, b == 0 { return a.sign == .minus ? a : b }
    return a < b ? a : b
}

/// Whether two numbers are equal up to a relative difference, as Prometheus compares bucket counts.
func almostEqual(_ a: Double, _ b: Double, tolerance: Double) -> Bool {
    if a.isNaN && b.isNaN || a == b { return true }
    let sum = abs(a) + abs(b), difference = abs(a - b)
    if a == 0 || b == 0 || sum < .leastNormalMagnitude { return difference < tolerance * .leastNormalMagnitude }
    return difference / min(sum, .greatestFiniteMagnitude) < tolerance
}

/// The φ-quantile of `values`, interpolated linearly between neighbours; sorts `values`, NaN before all others.
func quantile(_ fraction: Double, sorting values: inout [Double]) -> Double {
    if values.isEmpty || fraction.isNaN { return .nan }
    if fraction < 0 { return -.infinity }
    if fraction > 1 { return .infinity }
    values.sort { $0.isNaN ? !$1.isNaN : $0 < $1 }
    let last = Double(values.count - 1)
    let rank = fraction * last
    let lower = max(0, rank.rounded(.down))
    let upper = min(last, lower + 1)
    let weight = rank - rank.rounded(.down)
    return values[Int(lower)] * (1 - weight) + values[Int(upper)] * weight
}

/// Milliseconds as seconds with the two roundings that Go's `Duration.Seconds` makes.
func goSeconds(_ milliseconds: Int64) -> Double {
    Double(milliseconds / 1000) + Double(milliseconds % 1000 * 1_000_000) / 1e9
}
