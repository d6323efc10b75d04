internal import KTSDBModel

extension MetricTextParser {
    mutating func readLabels(_ sample: inout MetricSample) throws(MetricTextError) {
        position += 1
        let isNameInside = sample.place == nil
        while true {
            skipBlanks()
            if try current() == UInt8(ascii: "}") { break }
            let name = try name(allowsColon: false), metric = sample.place?.name ?? ""
            guard !name.isEmpty else { throw fail("invalid label name for metric \(goQuoted(metric))") }
            skipBlanks()
            if try current() != UInt8(ascii: "=") {
                guard isNameInside else {
                    throw fail("expected '=' after label name, found \(shown(bytes[position]))")
                }
                guard sample.place == nil else { throw fail("multiple metric names for metric \(goQuoted(metric))") }
                guard [UInt8(ascii: ","), UInt8(ascii: "}")].contains(bytes[position]) else {
                    throw fail("unexpected end of metric name \(shown(bytes[position]))")
                }
                try begin(name, &sample)
            } else {
                position += 1
                try readValue(of: name, &sample)
            }
            if bytes[position] == UInt8(ascii: ",") { position += 1 }
        }
        position += 1
        guard sample.place != nil else { throw fail("invalid metric name") }
        skipBlanks()
    }

    mutating func readValue(of name: String, _ sample: inout MetricSample) throws(MetricTextError) {
        if name == "__name__" { throw fail("label name \"__name__\" is reserved") }
        let isPart =
            sample.kind == .summary && name == "quantile"
            || (sample.kind == .histogram || sample.kind == .gaugeHistogram) && name == "le"
        if !isPart, sample.labels.contains(where: { $0.name == name }) {
            throw fail("duplicate label names for metric \(goQuoted(sample.place?.name ?? ""))")
        }
        skipBlanks()
        guard try current() == UInt8(ascii: "\"") else {
            throw fail("expected '\"' at start of label value, found \(shown(bytes[position]))")
        }
        let value = try quoted("label value")
        if !isPart {
            sample.labels.append(CheckedFamily.LabelPair(name: name, value: value))
        } else if let number = Self.number(value) {
            sample.part = number.isNaN ? nil : number
        } else {
            throw fail("expected float as value for '\(name)' label, got \(goQuoted(value))")
        }
        skipBlanks()
        guard [UInt8(ascii: ","), UInt8(ascii: "}")].contains(try current()) else {
            throw fail("unexpected end of label value \(goQuoted(value))")
        }
    }
}
