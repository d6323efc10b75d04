import KTSDBModel
import KTSDBTesting
import PrometheusWire

/// Makes pages together with what they say.
struct PageGenerator {
    struct Series {
        var labels: [(name: String, value: String)]
        var name: String
        /// How the page writes it.
        var text: String
    }

    var random: SeededGenerator
    var series: [Series] = []
    let format: ExpositionFormat

    init(seed: UInt64, count: Int, format: ExpositionFormat = .text) {
        random = SeededGenerator(seed: seed)
        self.format = format
        for number in 0..<count { series.append(makeSeries(number)) }
    }

    mutating func makeSeries(_ number: Int) -> Series {
        let isQuoted = Int.random(in: 0..<8, using: &random) == 0
        let name =
            isQuoted
            ? "metric.\(number)\"é\\n" : ["m", "_m", "a:b", "Z9_"].randomElement(using: &random)! + "\(number)"
        var labels: [(name: String, value: String)] = []
        let values = [
            "", "x", "한글", "a\"b", "back\\slash", "new\nline", "{}", " # ",
            "long " + String(repeating: "v", count: 300),
        ]
        for label in 0..<Int.random(in: 0...4, using: &random) {
            let quoted = Int.random(in: 0..<10, using: &random) == 0
            labels.append((quoted ? "l \(label)é" : "l\(label)", values.randomElement(using: &random)!))
        }
        labels.shuffle(using: &random)
        func escape(_ text: String) -> String {
            text.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) }.joined()
        }
        var parts = labels.map { label in
            (LabelName.isLegacy(label.name) ? label.name : "\"\(escape(label.name))\"") + "=\"\(escape(label.value))\""
        }
        if isQuoted { parts.insert("\"\(escape(name))\"", at: 0) }
        let isBraced = !parts.isEmpty || Bool.random(using: &random)
        let comma = format == .text && Bool.random(using: &random) ? ", " : ","
        let end = format == .text && Bool.random(using: &random) && !parts.isEmpty ? "," : ""
        let text = (isQuoted ? "" : name) + (isBraced ? "{" + parts.joined(separator: comma) + end + "}" : "")
        return Series(labels: labels, name: name, text: text)
    }

    /// A page with some of the series, and its samples.
    mutating func page(shuffled: Bool = false) -> (bytes: [UInt8], samples: [ParsedPage.Sample]) {
        var text = ""
        var samples: [ParsedPage.Sample] = []
        var chosen = series.filter { _ in Int.random(in: 0..<10, using: &random) > 0 }
        if shuffled { chosen.shuffle(using: &random) }
        for series in chosen {
            if Int.random(in: 0..<8, using: &random) == 0 {
                text +=
                    "# HELP m\(Int.random(in: 0..<3, using: &random)) text \(Int.random(in: 0..<3, using: &random))\n"
            }
            if format == .text, Int.random(in: 0..<20, using: &random) == 0 {
                text += ["\n", "# comment\n", "#\n", "  \t\n", "# HELP\n"].randomElement(using: &random)!
            }
            let value: Double
            let written: String
            switch Int.random(in: 0..<6, using: &random) {
            case 0: (value, written) = (.ordinaryNaN, "NaN")
            case 1: (value, written) = (-.infinity, "-Inf")
            case 2:
                value = randomDouble(&random)
                written = value.description
            case 3:
                value = Double(random.next() % 1000) / 100
                written = "\(value)"
            default:
                value = Double(random.next() % 100_000)
                written = "\(Int(value))"
            }
            var timestamp: Int64?
            var rest = ""
            if Int.random(in: 0..<12, using: &random) == 0 {
                timestamp = Int64.random(in: 0...2_000_000_000, using: &random) * 1000
                rest = format == .text ? " \(timestamp!)" : " \(timestamp! / 1000)"
            }
            if format == .openMetrics, Int.random(in: 0..<8, using: &random) == 0 { rest += " # {id=\"x\"} 1" }
            if format == .text, Int.random(in: 0..<12, using: &random) == 0 { rest += " \t" }
            let blank = format == .text && Int.random(in: 0..<10, using: &random) == 0 ? " \t " : " "
            text += series.text + blank + written + rest + "\n"
            samples.append(
                ParsedPage.Sample(
                    labels: Labels(series.labels.map { ($0.name, $0.value) } + [("__name__", series.name)]),
                    value: value, timestamp: timestamp, series: series.text))
        }
        if format == .openMetrics { text += "# EOF\n" }
        return (Array(text.utf8), samples)
    }
}

/// Fewer in debug builds, which are slow.
var pageSeeds: Range<UInt64> {
    #if DEBUG
        0..<5
    #else
        0..<200
    #endif
}
