internal import KTSDBModel

extension MetricTextParser {
    mutating func readSample() throws(MetricTextError) {
        var sample = MetricSample()
        if bytes[position] != UInt8(ascii: "{") {
            let name = try name(allowsColon: true)
            guard !name.isEmpty else { throw fail("invalid metric name") }
            try begin(name, &sample)
            skipBlanks()
        }
        if try current() == UInt8(ascii: "{") { try readLabels(&sample) }
        guard let place = sample.place, let kind = families[place.name]?.kind else { throw fail("invalid metric name") }
        let index = member(place, kind, sample)
        let text = try token()
        guard let value = Self.number(text) else { throw fail("expected float as value, got \(goQuoted(text))") }
        if kind == .histogram || kind == .gaugeHistogram { try checkCount(place, value, sample) }
        families[place.name]?.members[index].add(value, place.role, sample.part)
        if bytes[position] != UInt8(ascii: "\n") {
            let time = try readTime()
            families[place.name]?.members[index].time = time
        }
        position += 1
    }

    mutating func begin(_ name: String, _ sample: inout MetricSample) throws(MetricTextError) {
        let place = try family(name)
        if families[place.name]?.kind == nil { families[place.name]?.kind = .untyped }
        sample.place = place
        sample.kind = families[place.name]?.kind
    }

    func checkCount(_ place: MetricPlace, _ value: Double, _ sample: MetricSample) throws(MetricTextError) {
        guard value < 0 else { return }
        if place.role == .count { throw fail("negative count for histogram \(goQuoted(place.name))") }
        if place.role == .value, sample.part != nil {
            throw fail("negative bucket population for histogram \(goQuoted(place.name))")
        }
    }

    /// The place of the sample's labels among those of its family. The parts of a histogram share one.
    mutating func member(_ place: MetricPlace, _ kind: CheckedFamily.Kind, _ sample: MetricSample) -> Int {
        let isComposed = kind != .counter && kind != .gauge && kind != .untyped
        let signature = MetricSignature(family: place.name, labels: sample.labels)
        if isComposed, let index = places[signature] { return index }
        let index = families[place.name]?.members.count ?? 0
        families[place.name]?.members.append(CheckedFamily.Member(labels: sample.labels))
        if isComposed { places[signature] = index }
        return index
    }

    mutating func readTime() throws(MetricTextError) -> Int64 {
        skipBlanks()
        let text = try token()
        guard let time = Int64(text) else { throw fail("expected integer as timestamp, got \(goQuoted(text))") }
        let start = position
        while try current() != UInt8(ascii: "\n") { position += 1 }
        guard start == position else {
            let rest = String(decoding: bytes[start..<position], as: UTF8.self)
            throw fail("spurious string after timestamp: \(goQuoted(rest))")
        }
        return time
    }

    /// A number as Go reads it, but for underscores.
    static func number(_ text: String) -> Double? {
        if text.contains("p") || text.contains("P") || text.contains("_") { return nil }
        switch text.lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan": return .nan
        default: return Double(text)
        }
    }
}

extension CheckedFamily.Member {
    /// Takes what a line says: its value, what it is of the metric, and the quantile or the bucket's bound.
    fileprivate mutating func add(_ number: Double, _ role: MetricPlace.Role, _ part: Double?) {
        switch (role, part) {
        case (.value, let part?): parts.append(CheckedFamily.Part(bound: part, value: number))
        case (.value, nil): value = number
        case (.sum, _): sum = number
        case (.count, _): count = number
        }
    }
}
