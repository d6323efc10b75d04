import CLibrary
import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Text to Double` {
    @Test(arguments: [
        ("0", 0), ("-0", -0.0), ("1", 1), ("+1.5", 1.5), ("5.", 5), (".5", 0.5), ("1e5", 1e5), ("1E+05", 1e5),
        ("00012", 12),
        ("1e-400", 0), ("0e99999999", 0), ("0x1p-2", 0.25), ("-0X1.8P1", -3), ("inf", .infinity), ("+Inf", .infinity),
        ("-iNF", -.infinity), ("Infinity", .infinity), ("-infinity", -.infinity),
        ("9007199254740993", 9007199254740992),
        ("9007199254740995", 9007199254740996), ("1.7976931348623157e308", .greatestFiniteMagnitude),
        ("5e-324", .leastNonzeroMagnitude),
        ("123456789012345678901234567890", 123456789012345677877719597056),
    ])
    func `a number is read`(text: String, expected: Double) {
        #expect(parseDouble(text)?.bitPattern == expected.bitPattern)
    }

    @Test(arguments: ["NaN", "nan", "nAn"])
    func `not a number is the ordinary one`(text: String) {
        #expect(parseDouble(text)?.bitPattern == Double.ordinaryNaN.bitPattern)
    }

    @Test(arguments: [
        "", "+", "-", ".", "e5", "1e", "1e+", "1_000", "0x_1p0", "0x1", "0x", "1,5", "one", " 1", "1 ", "+nan", "-NaN",
        "nan(1)", "in", "infinit", "--1", "1.2.3", "1e5.5", "0x1p", "1\0", "\0", "𝟏",
    ])
    func `what is no number is refused`(text: String) {
        #expect(throws: DoubleParsingError.syntax) { try parsedDouble(Array(text.utf8).span) }
    }

    @Test(arguments: ["1e309", "-1.8e308", "0x1p1024", "1e99999999999999999999"])
    func `a number beyond the largest is out of range`(text: String) {
        #expect(throws: DoubleParsingError.range) { try parsedDouble(Array(text.utf8).span) }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `random numbers read as strtod reads them`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<randomRounds {
            let text: String
            switch round % 6 {
            case 0: text = randomDouble(&random).description
            case 1: text = "\(Double(Int64.random(in: -1 << 43...1 << 43, using: &random)) / 1e3)"
            case 2: text = "\(random.next() % 10_000_000)e\(Int.random(in: -25...25, using: &random))"
            case 3: text = "\(random.next())"
            case 4: text = "0.\(random.next())"
            default: text = "\(random.next()).\(random.next())e\(Int.random(in: -345...310, using: &random))"
            }
            let expected = unsafe strtod(text, nil)
            let read = parseDouble(text)
            guard read?.bitPattern == expected.bitPattern || (read == nil && expected.isInfinite) else {
                Issue.record("\(text) is read as \(read as Any), not \(expected)")
                return
            }
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `random bytes are read as strtod reads them, or refused`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789.eE+-xXpP_infNa \0".utf8)
        for _ in 0..<randomRounds {
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
            guard let read = parseDouble(text.span), !read.isNaN else { continue }
            let expected = unsafe strtod(String(decoding: text, as: UTF8.self), nil)
            #expect(read.bitPattern == expected.bitPattern, "\(String(decoding: text, as: UTF8.self))")
        }
    }
}

/// A million over eight seeds in a release build.
var randomRounds: Int {
    #if DEBUG
        2_000
    #else
        125_000
    #endif
}

/// Any finite number, small and large ones as likely as others.
func randomDouble(_ random: inout SeededGenerator) -> Double {
    while true {
        let value = Double(bitPattern: random.next())
        if value.isFinite { return value }
    }
}
