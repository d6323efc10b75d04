internal import KTSDBModel

extension MessageIndex {
    mutating func readScalar(
        _ reading: MetricReading, _ page: Span<UInt8>, _ samples: inout ScrapedSamples, _ add: Addition
    ) throws {
        typealias Part = MetricField.Scalar
        var value = 0.0, exemplar = 0..<0, start = 0..<0
        var parts = ProtobufCursor(reading.parts.value)
        while parts.hasMore {
            let tag = parts.tag(in: page)
            switch tag {
            case Part.value: value = parts.double(in: page)
            case Part.exemplar where reading.kind == .counter: exemplar = parts.field(in: page)
            case Part.start where reading.kind == .counter: start = parts.field(in: page)
            default: parts.skip(tag, in: page)
            }
        }
        if parts.failed { throw malformed("metric", reading.parts.value) }
        try append(value, .whole, reading, page, &samples, add)
        noteExemplar(exemplar, page, &samples)
        if !start.isEmpty { noteStart(ProtobufTime.milliseconds(start, in: page) ?? 0, &samples) }
    }

    mutating func readSummary(
        _ reading: MetricReading, _ page: Span<UInt8>, _ samples: inout ScrapedSamples, _ add: Addition
    ) throws {
        typealias Part = MetricField.Summary
        var count = 0.0, sum = 0.0, start: Int64 = 0
        var parts = ProtobufCursor(reading.parts.value)
        while parts.hasMore {
            let tag = parts.tag(in: page)
            switch tag {
            case Part.count: count = Double(parts.varint(in: page))
            case Part.sum: sum = parts.double(in: page)
            case Part.start: start = ProtobufTime.milliseconds(parts.field(in: page), in: page) ?? 0
            default: parts.skip(tag, in: page)
            }
        }
        if parts.failed { throw malformed("summary", reading.parts.value) }
        try append(count, .count, reading, page, &samples, add)
        noteStart(start, &samples)
        try append(sum, .sum, reading, page, &samples, add)
        noteStart(start, &samples)
        var quantiles = ProtobufCursor(reading.parts.value)
        while quantiles.hasMore {
            let tag = quantiles.tag(in: page)
            guard tag == Part.quantile else {
                quantiles.skip(tag, in: page)
                continue
            }
            let (bound, value) = try quantile(quantiles.field(in: page), page)
            try append(value, .bound, bound: bound, reading, page, &samples, add)
            noteStart(start, &samples)
        }
    }

    private func quantile(_ range: Range<Int>, _ page: Span<UInt8>) throws -> (bound: Double, value: Double) {
        typealias Part = MetricField.Quantile
        var bound = 0.0, value = 0.0
        var parts = ProtobufCursor(range)
        while parts.hasMore {
            let tag = parts.tag(in: page)
            switch tag {
            case Part.quantile: bound = parts.double(in: page)
            case Part.value: value = parts.double(in: page)
            default: parts.skip(tag, in: page)
            }
        }
        if parts.failed { throw malformed("quantile", range) }
        return (bound, value)
    }

    // MARK: Histograms

    mutating func readHistogram(
        _ reading: MetricReading, _ page: Span<UInt8>, _ samples: inout ScrapedSamples, _ add: Addition
    ) throws {
        guard histogram.read(reading.parts.value, in: page) else { throw malformed("histogram", reading.parts.value) }
        let isGauge = reading.kind == .gaugeHistogram
        if options.readsNative, histogram.isNative {
            try append(histogram.native(isGauge: isGauge), reading, page, &samples, add)
            if options.keepsClassic, !histogram.buckets.isEmpty { try readClassic(reading, page, &samples, add) }
            return
        }
        if options.keepsClassic || !options.convertsClassic { try readClassic(reading, page, &samples, add) }
        guard options.convertsClassic else { return }
        try append(try converted(reading, isGauge: isGauge), reading, page, &samples, add)
    }

    private mutating func converted(_ reading: MetricReading, isGauge: Bool) throws(MessageError) -> Histogram {
        do throws(ClassicBuckets.Problem) {
            return try histogram.converted(isGauge: isGauge, with: &classic)
        } catch {
            throw MessageError(offset: reading.parts.value.lowerBound, message: error.description)
        }
    }

    /// Appends the series of a classic histogram; the bucket up to +Inf may be missing in the message.
    private mutating func readClassic(
        _ reading: MetricReading, _ page: Span<UInt8>, _ samples: inout ScrapedSamples, _ add: Addition
    ) throws {
        let start = histogram.start, count = histogram.count
        try append(count, .count, reading, page, &samples, add)
        noteStart(start, &samples)
        try append(histogram.sum, .sum, reading, page, &samples, add)
        noteStart(start, &samples)
        for index in histogram.buckets.indices {
            let bucket = histogram.buckets[index]
            try append(bucket.count, .bound, bound: bucket.bound, reading, page, &samples, add)
            noteExemplar(bucket.exemplar, page, &samples)
            noteStart(start, &samples)
            if bucket.bound == .infinity { return }
        }
        try append(count, .bound, bound: .infinity, reading, page, &samples, add)
        noteStart(start, &samples)
    }

    private mutating func append(
        _ value: Histogram, _ reading: MetricReading, _ page: Span<UInt8>, _ samples: inout ScrapedSamples,
        _ add: Addition
    ) throws {
        let row = try row(Field(part: .whole), reading, page, add)
        samples.append(row, value, at: reading.parts.timestamp == 0 ? nil : reading.parts.timestamp)
        noteStart(histogram.start, &samples)
        // Without their own, those of the classic buckets count. Those without a time cannot be recognized again.
        let own = histogram.exemplars.isEmpty ? histogram.buckets.map(\.exemplar) : histogram.exemplars
        for message in own where !message.isEmpty {
            guard let exemplar = exemplars.read(message, in: page), exemplar.timestamp != nil else { continue }
            samples.append(exemplar)
        }
    }

    // MARK: Samples

    private mutating func append(
        _ value: Double, _ part: Field.Part, bound: Double = 0, _ reading: MetricReading, _ page: Span<UInt8>,
        _ samples: inout ScrapedSamples, _ add: Addition
    ) throws {
        let row = try row(Field(part: part, bound: bound.bitPattern), reading, page, add)
        let value = value.isNaN ? .ordinaryNaN : value
        samples.append(row, value, at: reading.parts.timestamp == 0 ? nil : reading.parts.timestamp)
    }

    private mutating func noteExemplar(
        _ message: Range<Int>, _ page: Span<UInt8>, _ samples: inout ScrapedSamples
    ) {
        if message.isEmpty { return }
        if let exemplar = exemplars.read(message, in: page) { samples.append(exemplar) }
    }

    private func noteStart(_ time: Int64, _ samples: inout ScrapedSamples) {
        if readsStartTimes, time != 0 { samples.append(start: time) }
    }

    /// Returns the row of the metric's next series.
    private mutating func row(
        _ field: Field, _ reading: MetricReading, _ page: Span<UInt8>, _ add: Addition
    ) throws -> UInt32 {
        let metric = metrics[Int(reading.number)], place = Int(metric.firstField) &+ layout.count
        let row: UInt32
        if layout.count < Int(metric.fieldCount), fields[place].part == field.part, fields[place].bound == field.bound {
            row = fieldRows[place]
            layout.passExpected(field, row)
        } else {
            row = try otherRow(field, metric, reading, page, add)
        }
        rows[Int(row)].seen = scrape
        if reading.parts.timestamp != 0 { rows[Int(row)].stamped = scrape }
        return row
    }

    private mutating func otherRow(
        _ field: Field, _ metric: Metric, _ reading: MetricReading, _ page: Span<UInt8>, _ add: Addition
    ) throws -> UInt32 {
        if !layout.isChanged {
            let places = Int(metric.firstField)..<Int(metric.firstField + metric.fieldCount)
            layout.change(from: places.map { (fields[$0], fieldRows[$0]) })
        }
        if let known = layout.row(of: field) {
            layout.passOther(field, known)
            return known
        }
        brokeOffAtSample = true
        var emptyNames: [String] = []
        let labels = try labels(of: field, reading, page, &emptyNames)
        try add(labels, reading.kind.type, emptyNames)
        brokeOffAtSample = false
        let row = UInt32(rows.count)
        rows.append(Row())
        layout.passOther(field, row)
        return row
    }
}
