internal import KTSDBModel

extension MessageIndex {
    /// What is done with a new series: its labels, its metric's type and the names of its empty labels. Its row is the
    /// number of series before it.
    typealias Addition = (Labels, MetricType, [String]) throws -> Void

    /// Reads a body, and appends its samples.
    mutating func read(_ page: Span<UInt8>, into samples: inout ScrapedSamples, add: Addition) throws {
        scrape += 1
        (lastMetric, lastFamily, brokeOffAtSample) = (Self.none, Self.none, false)
        var stream = ProtobufCursor(0..<page.count)
        while stream.hasMore {
            let start = stream.position, message = stream.field(in: page)
            if stream.failed {
                throw MessageError(
                    offset: start, message: "the body breaks off, or is not protobuf with a length before each message")
            }
            try readFamily(message, page, &samples, add)
        }
        samples.finish()
    }

    private mutating func readFamily(
        _ message: Range<Int>, _ page: Span<UInt8>, _ samples: inout ScrapedSamples, _ add: Addition
    ) throws {
        guard let head = FamilyHead(message, in: page, isWhole: false) else {
            throw malformed("metric family", message)
        }
        guard head.hasMetrics else { return }
        let family = try passKnown(head, page) ?? family(message, page), kind = families[Int(family)].kind
        var parts = ProtobufCursor(head.firstMetric..<message.upperBound)
        var unit = 0..<0
        while parts.hasMore {
            if kind.isScalar { passKnownScalars(&parts, family, kind, page, &samples) }
            if !options.convertsClassic, kind == .histogram { passKnownHistograms(&parts, family, page, &samples) }
            guard parts.hasMore else { break }
            let tag = parts.tag(in: page)
            switch tag {
            case MetricField.Family.metric:
                try readMetric(parts.field(in: page), family, kind, page, &samples, add)
            case MetricField.Family.unit: unit = parts.field(in: page)
            default: if tag >> 3 <= 5 { parts.fail() } else { parts.skip(tag, in: page) }
            }
        }
        if parts.failed { throw malformed("metric family", message) }
        // A family that was passed as known may have got another unit.
        if !families[Int(family)].hasUnit(page.extracting(unit)) {
            _ = try self.family(message, page)
        }
    }

    func malformed(_ what: String, _ range: Range<Int>) -> MessageError {
        MessageError(offset: range.lowerBound, message: "malformed \(what)")
    }

    // MARK: Metrics

    /// The metric that followed the last one in the last body.
    var expected: UInt32 { lastMetric == Self.none ? firstMetric : metrics[Int(lastMetric)].next }

    private mutating func readMetric(
        _ range: Range<Int>, _ family: UInt32, _ kind: FamilyKind, _ page: Span<UInt8>,
        _ samples: inout ScrapedSamples, _ add: Addition
    ) throws {
        guard let parts = MetricParts(range, kind, in: page) else { throw malformed("metric", range) }
        let reading = MetricReading(
            number: number(of: parts.labels, family, page), parts: parts, family: family, kind: kind)
        layout.begin()
        do {
            switch kind {
            case .counter, .gauge, .untyped: try readScalar(reading, page, &samples, add)
            case .summary: try readSummary(reading, page, &samples, add)
            case .histogram, .gaugeHistogram: try readHistogram(reading, page, &samples, add)
            }
        } catch {
            // What was accepted of a new metric is known the next time.
            if metrics[Int(reading.number)].fieldCount == 0 { endLayout(of: reading.number) }
            throw error
        }
        endLayout(of: reading.number)
        follow(reading.number)
    }

    /// Returns the metric with these labels, which is added if it is new.
    private mutating func number(of labels: Range<Int>, _ family: UInt32, _ page: Span<UInt8>) -> UInt32 {
        let expected = expected
        if expected != Self.none,
            metricKeys.length(of: expected, in: family, at: labels.lowerBound, before: labels.upperBound, page)
                == labels.count
        {
            return expected
        }
        let bytes = page.extracting(labels)
        if let known = metricKeys.find(bytes, in: family) { return known }
        metrics.append(Metric())
        return metricKeys.add(bytes, in: family)
    }

    private mutating func follow(_ number: UInt32) {
        metrics[Int(number)].seen = scrape
        if lastMetric == Self.none { firstMetric = number } else { metrics[Int(lastMetric)].next = number }
        lastMetric = number
    }

    /// Keeps the series of a metric as they were in this body.
    private mutating func endLayout(of number: UInt32) {
        var metric = metrics[Int(number)]
        let old = Int(metric.fieldCount), count = layout.count
        if layout.isChanged {
            var first = Int(metric.firstField)
            if first + old == fields.count {
                fields.truncate(to: first)
                fieldRows.truncate(to: first)
            } else {
                wastedFields += old
                first = fields.count
            }
            metric.firstField = UInt32(first)
            for place in 0..<count {
                fields.append(layout.fields[place])
                fieldRows.append(layout.rows[place])
            }
        } else {
            // The last ones may be missing.
            wastedFields += old - count
        }
        metric.fieldCount = UInt32(count)
        let first = Int(metric.firstField)
        metric.wholeRow = count == 1 && fields[first].part == .whole ? fieldRows[first] : Self.none
        metrics[Int(number)] = metric
    }

    // MARK: Families

    /// The family that followed the last one in the last body.
    private var expectedFamily: UInt32 { lastFamily == Self.none ? firstFamily : families[Int(lastFamily)].next }

    private func isExpectedFamily(_ head: FamilyHead, _ page: Span<UInt8>) -> Bool {
        let expected = expectedFamily
        return expected != Self.none
            && familyKeys.length(of: expected, in: 0, at: head.name.lowerBound, before: head.name.upperBound, page)
                == head.name.count
    }

    /// Returns the family of a message if it is the expected one, and its head is as in the last body. Its unit is to
    /// be looked at later, unless series get it as a label.
    private mutating func passKnown(_ head: FamilyHead, _ page: Span<UInt8>) -> UInt32? {
        guard !addsTypeAndUnit, isExpectedFamily(head, page) else { return nil }
        let family = expectedFamily
        guard families[Int(family)].isAs(head.type, help: page.extracting(head.help)) else { return nil }
        follow(family: family)
        return family
    }

    private mutating func follow(family: UInt32) {
        families[Int(family)].seen = scrape
        if lastFamily == Self.none { firstFamily = family } else { families[Int(lastFamily)].next = family }
        lastFamily = family
    }

    /// Returns the family of a message, whose metadata it takes.
    private mutating func family(_ message: Range<Int>, _ page: Span<UInt8>) throws -> UInt32 {
        guard let head = FamilyHead(message, in: page, isWhole: true) else {
            throw malformed("metric family", message)
        }
        let number: UInt32
        if isExpectedFamily(head, page) {
            number = expectedFamily
        } else if let known = familyKeys.find(page.extracting(head.name), in: 0) {
            number = known
        } else {
            number = try add(head, message, page)
        }
        try learn(head, number, message, page)
        if number != lastFamily { follow(family: number) }
        return number
    }

    private mutating func add(_ head: FamilyHead, _ message: Range<Int>, _ page: Span<UInt8>) throws -> UInt32 {
        let bytes = page.extracting(head.name)
        guard !bytes.isEmpty, isValidUTF8(bytes) else {
            throw MessageError(
                offset: message.lowerBound, message: "invalid metric name: \(goQuoted(Self.bytes(bytes)))")
        }
        let name = String(decoding: Self.bytes(bytes), as: UTF8.self)
        families.append(Family(value: MetricFamily(name: name), kind: .untyped, help: [], unit: []))
        familiesVersion += 1
        return familyKeys.add(bytes, in: 0)
    }

    /// Takes the metadata of a family, if it has changed.
    private mutating func learn(
        _ head: FamilyHead, _ number: UInt32, _ message: Range<Int>, _ page: Span<UInt8>
    ) throws {
        let place = Int(number), help = page.extracting(head.help), unit = page.extracting(head.unit)
        if families[place].isAs(head.type, help: help, unit: unit) { return }
        let name = families[place].value.name
        guard let kind = FamilyKind(rawValue: head.type) else {
            throw MessageError(
                offset: message.lowerBound,
                message: "unknown metric type for metric \(goQuoted(name)): \(head.type)")
        }
        guard isValidUTF8(help), isValidUTF8(unit) else {
            throw MessageError(
                offset: message.lowerBound,
                message: "invalid help for metric \(goQuoted(name)): \(goQuoted(Self.bytes(help)))")
        }
        let last = families[place].value, isNew = families[place].seen == 0
        families[place].help = Self.bytes(help)
        families[place].unit = Self.bytes(unit)
        families[place].kind = kind
        families[place].value = MetricFamily(
            name: name, type: kind.type, help: String(decoding: Self.bytes(help), as: UTF8.self),
            unit: String(decoding: Self.bytes(unit), as: UTF8.self))
        familiesVersion += 1
        let now = families[place].value
        if addsTypeAndUnit, !isNew, last.type != now.type || last.unit != now.unit { changedKinds += 1 }
    }

    static func bytes(_ span: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(span.count)
        for index in span.indices { bytes.append(span[index]) }
        return bytes
    }
}

/// The metric that is being read.
struct MetricReading {
    var number: UInt32
    var parts: MetricParts
    var family: UInt32
    var kind: FamilyKind
}
