import CLibrary
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Double to text` {
    @Test(
        arguments: [
            (0, "0", "0", "0", "0e+00"), (-0.0, "-0", "-0", "-0", "-0e+00"), (1, "1", "1", "1", "1e+00"),
            (-1.5, "-1.5", "-1.5", "-1.5", "-1.5e+00"), (0.1, "0.1", "0.1", "0.1", "1e-01"),
            (1e6, "1000000", "1000000", "1e+06", "1e+06"),
            (123456.5, "123456.5", "123456.5", "123456.5", "1.234565e+05"),
            (1234567.5, "1234567.5", "1234567.5", "1.2345675e+06", "1.2345675e+06"),
            (1e15, "1000000000000000", "1000000000000000", "1e+15", "1e+15"),
            (1e20, "100000000000000000000", "100000000000000000000", "1e+20", "1e+20"),
            (1e21, "1e+21", "1000000000000000000000", "1e+21", "1e+21"),
            (1e-4, "0.0001", "0.0001", "0.0001", "1e-04"), (1e-5, "0.00001", "0.00001", "1e-05", "1e-05"),
            (1e-6, "0.000001", "0.000001", "1e-06", "1e-06"), (1e-7, "1e-07", "0.0000001", "1e-07", "1e-07"),
            (1.5e-10, "1.5e-10", "0.00000000015", "1.5e-10", "1.5e-10"), (1e100, "1e+100", nil, "1e+100", "1e+100"),
            (
                0.30000000000000004, "0.30000000000000004", "0.30000000000000004", "0.30000000000000004",
                "3.0000000000000004e-01"
            ),
            (.leastNonzeroMagnitude, "5e-324", nil, "5e-324", "5e-324"),
            (.nan, "NaN", "NaN", "NaN", "NaN"), (.infinity, "+Inf", "+Inf", "+Inf", "+Inf"),
            (-.infinity, "-Inf", "-Inf", "-Inf", "-Inf"),
        ] as [(Double, String, String?, String, String)])
    func `a number is written`(value: Double, sample: String, fixed: String?, general: String, exponent: String) {
        #expect(formatDouble(value) == sample)
        if let fixed { #expect(formatDouble(value, style: .fixed) == fixed) }
        #expect(formatDouble(value, style: .general) == general)
        #expect(formatDouble(value, style: .exponent) == exponent)
    }

    @Test func `the extremes have all their digits`() {
        #expect(
            formatDouble(-.leastNonzeroMagnitude, style: .fixed) == "-0." + String(repeating: "0", count: 323) + "5")
        #expect(
            formatDouble(.greatestFiniteMagnitude, style: .fixed)
                == "17976931348623157" + String(repeating: "0", count: 292))
    }

    /// The standard library's description has the shortest digits too, found by another algorithm.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `random numbers have the digits of their description and read back`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<randomRounds {
            var value: Double
            switch round % 5 {
            case 0: value = randomDouble(&random)
            case 1: value = Double(random.next() >> UInt64.random(in: 0...63, using: &random))
            case 2: value = Double(random.next() % 100_000_000) / 100
            case 3: value = Double(sign: .minus, exponent: Int.random(in: -1074...1023, using: &random), significand: 1)
            default: value = Double(random.next() >> 11) * 0x1p-53 * 1000
            }
            if round % 7 == 0 { value = -value }
            if round % 11 == 0 { value = value.nextUp }
            if !value.isFinite { continue }
            for style in [DoubleStyle.sample, .fixed, .general, .exponent] {
                let text = formatDouble(value, style: style)
                guard unsafe strtod(text, nil).bitPattern == value.bitPattern, digits(text) == digits(value.description)
                else {
                    Issue.record("\(value) is written \(text)")
                    return
                }
            }
        }
    }

    /// The significant digits alone.
    private func digits(_ text: String) -> String {
        let mantissa = text.prefix { $0 != "e" }.filter { $0.isNumber }
        let trimmed = mantissa.drop { $0 == "0" }
        return String(trimmed.reversed().drop { $0 == "0" }.reversed())
    }
}
