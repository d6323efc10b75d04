internal import PrometheusWire

/// A family of the server's own metrics, read from its page of metrics, for `/api/v1/status/self_metrics`.
struct OwnMetricFamily {
    private typealias Label = (name: String, value: String)
    private typealias Sample = (name: String, labels: [Label], value: Double)

    let name: String
    private var help = ""
    private var type = "untyped"
    private var samples: [Sample] = []

    private init(name: String) { self.name = name }

    /// Reads a page that ``ExpositionWriter`` has written; sorted by name.
    static func families(_ page: String) -> [OwnMetricFamily] {
        var families: [OwnMetricFamily] = []
        for line in page.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard words.count > 2, words[0] == "#" else {
                if let sample = sample(line), !families.isEmpty { families[families.count - 1].samples.append(sample) }
                continue
            }
            let name = String(words[2])
            if families.last?.name != name { families.append(OwnMetricFamily(name: name)) }
            let rest = words.count > 3 ? String(words[3]) : ""
            if words[1] == "HELP" { families[families.count - 1].help = unescaped(rest) }
            if words[1] == "TYPE" { families[families.count - 1].type = rest }
        }
        return families.sorted { $0.name < $1.name }
    }

    private static func sample(_ line: Substring) -> Sample? {
        let name = line.prefix { $0 != "{" && $0 != " " }
        var rest = line[name.endIndex...], labels: [Label] = []
        if rest.first == "{" {
            rest.removeFirst()
            while let first = rest.first, first != "}" {
                let label = rest.prefix { $0 != "=" }
                rest = rest[label.endIndex...].dropFirst(2)
                let value = quoted(&rest)
                labels.append((String(label), value))
                if rest.first == "," { rest.removeFirst() }
            }
            rest = rest.dropFirst()
        }
        let word = rest.split(separator: " ").first.map(String.init) ?? ""
        guard let value = word == "+Inf" ? .infinity : word == "-Inf" ? -.infinity : Double(word) else { return nil }
        return (String(name), labels.sorted { $0.name < $1.name }, value)
    }

    /// Takes a value up to its quotation mark, and that too.
    private static func quoted(_ rest: inout Substring) -> String {
        var text = Substring(), isEscaped = false
        while let character = rest.popFirst(), character != "\"" || isEscaped {
            text.append(character)
            isEscaped = character == "\\" && !isEscaped
        }
        return unescaped(String(text))
    }

    private static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var result = "", isEscaped = false
        for character in text {
            if isEscaped {
                result.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    // MARK: JSON

    /// Writes the family in the form that Prometheus takes from protobuf.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("name", name)
            if !help.isEmpty { json.member("help", help) }
            json.member("type", type.uppercased())
            json.array("metric", metrics) { json, metric in
                json.object { json in
                    json.array("label", metric.labels) { json, label in
                        json.object {
                            $0.member("name", label.name)
                            $0.member("value", label.value)
                        }
                    }
                    json.key(type)
                    json.object { write(metric.samples, to: &$0) }
                }
            }
        }
    }

    /// The samples of one set of labels each, apart from those within summaries and histograms.
    private var metrics: [(labels: [Label], samples: [Sample])] {
        var metrics: [(labels: [Label], samples: [Sample])] = [], places: [String: Int] = [:]
        let inner = type == "histogram" ? "le" : type == "summary" ? "quantile" : ""
        for sample in samples {
            let labels = sample.labels.filter { $0.name != inner }
            let key = labels.map { "\($0.name)\u{0}\($0.value)\u{0}" }.joined()
            if let place = places[key] {
                metrics[place].samples.append(sample)
            } else {
                places[key] = metrics.count
                metrics.append((labels, [sample]))
            }
        }
        return metrics
    }

    private func write(_ samples: [Sample], to json: inout JSONWriter) {
        guard type == "summary" || type == "histogram" else {
            return json.number(named: "value", samples.first?.value ?? 0)
        }
        let isHistogram = type == "histogram", inner = isHistogram ? "le" : "quantile"
        for sample in samples {
            if sample.name.hasSuffix("_sum") { json.number(named: "sampleSum", sample.value) }
            if sample.name.hasSuffix("_count") { json.member("sampleCount", Self.whole(sample.value)) }
        }
        let parts = samples.filter { sample in sample.labels.contains { $0.name == inner } }
        json.array(isHistogram ? "bucket" : "quantile", parts) { json, sample in
            let text = sample.labels.first { $0.name == inner }?.value ?? "",
                bound = text == "+Inf" ? .infinity : Double(text)
            json.object { json in
                if isHistogram { json.member("cumulativeCount", Self.whole(sample.value)) }
                json.number(named: isHistogram ? "upperBound" : "quantile", bound ?? .nan)
                if !isHistogram { json.number(named: "value", sample.value) }
            }
        }
    }

    /// Whole numbers of 64 bits are texts in this form.
    private static func whole(_ value: Double) -> String { "\(UInt64(exactly: value.rounded()) ?? 0)" }
}

extension JSONWriter {
    /// Writes a number; what JSON does not have as a text.
    fileprivate mutating func number(named name: String, _ value: Double) {
        if value.isFinite { return member(named: name, value) }
        member(named: name, value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
    }
}
