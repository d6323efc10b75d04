internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PrometheusWire
internal import Synchronization

/// Keeps write buffers from one request to the next.
final class WriteBufferPool: Sendable {
    private let free = Mutex<[WriteBuffer]>([])
    /// More than can be in use at once on any machine; what is beyond is freed.
    private static let largestPool = 16

    func use<Value>(_ body: (WriteBuffer) throws -> Value) throws -> Value {
        let buffer = free.withLock { $0.popLast() } ?? WriteBuffer()
        defer { free.withLock { if $0.count < Self.largestPool { $0.append(buffer) } } }
        return try body(buffer)
    }
}

/// What a remote write request is decoded into; kept from one to the next.
///
/// `@unchecked Sendable`: a buffer is either in its pool or in the hands of the one request that took it from there.
final class WriteBuffer: @unchecked Sendable {
    private var message = ByteWriter(capacity: 1 << 20)
    private var content = WriteContent()

    /// Stores what `body`, a snappy block, holds, in one commit: a body that cannot be read leaves nothing behind.
    func store(_ body: ByteBuffer, largestMessage: Int, in database: Database) throws -> WriteOutcome {
        try decode(body, largestMessage: largestMessage)
        // SAFETY: bytes may be read as such.
        return try unsafe message.withUnsafeBytes { bytes throws -> WriteOutcome in
            try unsafe content.store(bytes.bindMemory(to: UInt8.self).span, in: database)
        }
    }

    private func decode(_ body: ByteBuffer, largestMessage: Int) throws(PlainError) {
        message.removeAll()
        // SAFETY: bytes may be read as such, and are read during the call alone.
        let result: Result<Void, PlainError> = unsafe body.withUnsafeReadableBytes { bytes in
            do throws(SnappyError) {
                try unsafe Snappy.decode(bytes.bindMemory(to: UInt8.self).span, into: &message, limit: largestMessage)
                return .success(())
            } catch {
                return .failure(PlainError(error))
            }
        }
        try result.get()
    }
}

/// What became of a remote write request.
struct WriteOutcome: Sendable {
    var counts = ServerMetrics.RemoteWriteCounts()
    /// What of it was not stored, and why; nil when all was.
    var problem: String?
}

/// What a message is made into. A struct, so that its parts are used without a check for each access.
struct WriteContent: ~Copyable {
    private var decoder = WriteRequestDecoder()
    private var samples = SampleColumns()
    /// For each series of the message: where its label fields are, whether equal bytes mean equal labels, and where its
    /// samples end.
    private var rawLabels: [Range<Int>] = []
    private var rawLabelsAreWhole: [Bool] = []
    private var samplesEnds: [Int] = []
    /// Where exemplars are, each with the place of its series.
    private var exemplars: [(series: Int, field: Range<Int>)] = []

    /// Stores what `message` holds.
    mutating func store(_ message: Span<UInt8>, in database: Database) throws -> WriteOutcome {
        var outcome = WriteOutcome()
        try readSeries(of: message, assumingLabels: true)
        outcome.counts.histograms = decoder.histogramCount
        var bad = BadLabels()
        let limits = database.labelLimits
        let summary = try database.append { batch throws(PlainError) in
            bad = try append(message, within: limits, to: &batch)
        }
        outcome.counts.seriesWithBadLabels = bad.count
        outcome.counts.rejectedSamples = summary.rejected
        outcome.counts.samples = summary.appended
        outcome.counts.exemplars = summary.exemplars.appended
        outcome.counts.rejectedExemplars = summary.exemplars.rejected
        outcome.problem = problem(summary, bad)
        return outcome
    }

    /// Reads the message's series; their labels stay as they are.
    private mutating func readSeries(of message: Span<UInt8>, assumingLabels: Bool) throws(PlainError) {
        rawLabels.removeAll(keepingCapacity: true)
        rawLabelsAreWhole.removeAll(keepingCapacity: true)
        samplesEnds.removeAll(keepingCapacity: true)
        exemplars.removeAll(keepingCapacity: true)
        samples.removeAll()
        decoder.begin(message.count, assumingLabels: assumingLabels)
        while decoder.next(in: message, samples: &samples) {
            for field in decoder.exemplars { exemplars.append((rawLabels.count, field)) }
            rawLabels.append(decoder.rawLabels)
            rawLabelsAreWhole.append(decoder.rawLabelsAreWhole)
            samplesEnds.append(samples.values.count)
        }
        guard !decoder.isMalformed else { throw .malformedMessage }
    }

    /// Series whose labels cannot name one, which are left out.
    private struct BadLabels {
        var count = 0
        var first: LabelProblem?
    }

    private mutating func append(
        _ message: Span<UInt8>, within limits: LabelLimits, to batch: inout Batch
    ) throws(PlainError) -> BadLabels {
        var bad = BadLabels()
        var known = batch.known(in: message, at: rawLabels)
        if !assumptionsHold(known, message) {
            try readSeries(of: message, assumingLabels: false)
            known = batch.known(in: message, at: rawLabels)
        }
        // Needed for series that have not been met only.
        var labels = WriteRequestDecoder(), stringForm: [UInt8] = []
        var start = 0, exemplar = 0
        for index in known.indices {
            let range = start..<samplesEnds[index]
            start = range.upperBound
            let first = exemplar
            while exemplar < exemplars.count, exemplars[exemplar].series == index { exemplar += 1 }
            if known[index] != .unknown && rawLabelsAreWhole[index] {
                batch.append(range, of: samples, toKnown: known[index])
                if first < exemplar { append(first..<exemplar, in: message, range, known[index], [], &labels, &batch) }
            } else if let problem = labels.labels(at: rawLabels[index], in: message, into: &stringForm)
                ?? limits.excess(ofStringForm: stringForm.span).map(LabelProblem.overLimit)
            {
                bad.first = bad.first ?? problem
                bad.count += 1
            } else {
                let wire = rawLabelsAreWhole[index] ? rawLabels[index] : 0..<0
                batch.append(
                    range, of: samples, toStringForm: stringForm.span, onWire: message.extracting(wire))
                if first < exemplar {
                    append(first..<exemplar, in: message, range, nil, stringForm, &labels, &batch)
                }
            }
        }
        for field in decoder.metadata {
            if let (name, metadata) = decoder.metadata(at: field, in: message) {
                batch.setMetadata(metadata, of: name)
            }
        }
        return bad
    }

    /// Whether what was taken for labels is labels; those that are known are.
    private func assumptionsHold(_ known: [SeriesID], _ message: Span<UInt8>) -> Bool {
        for index in known.indices where known[index] == .unknown && rawLabelsAreWhole[index] {
            if !decoder.areLabels(rawLabels[index], in: message) { return false }
        }
        return true
    }

    /// Appends exemplars of one series, which is `known` or has the labels `stringForm`. One without a time of its own
    /// gets that of the series' last sample here; one that cannot be read is left out, as Prometheus does.
    private func append(
        _ range: Range<Int>, in message: Span<UInt8>, _ rows: Range<Int>, _ known: SeriesID?, _ stringForm: [UInt8],
        _ reader: inout WriteRequestDecoder, _ batch: inout Batch
    ) {
        var form: [UInt8] = []
        let time = rows.isEmpty ? Timestamp.now : Timestamp(milliseconds: samples.times[rows.upperBound - 1])
        for index in range {
            guard let (value, own) = reader.exemplar(at: exemplars[index].field, in: message, labels: &form) else {
                continue
            }
            if let known {
                batch.append(exemplarLabels: form.span, value: value, ownTime: own, at: time, toKnown: known)
            } else {
                batch.append(
                    exemplarLabels: form.span, value: value, ownTime: own, at: time, toStringForm: stringForm.span)
            }
        }
    }

    private func problem(_ summary: CommitSummary, _ bad: BadLabels) -> String? {
        let histogram = summary.rejections[.invalidHistogram] == nil ? nil : firstHistogramProblem
        var problems = summary.rejectionTexts.map { reason, count in
            let isHistogram = reason == RejectionReason.invalidHistogram.rawValue
            let cause = isHistogram ? histogram.map { ": \($0)" } ?? "" : ""
            return "\(reason)\(cause): \(count) of \(samples.values.count) samples not stored"
        }
        if let problem = bad.first { problems.append("\(problem)\(problem.advice)") }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// What is wrong with the first histogram of the message that makes no sense.
    private var firstHistogramProblem: HistogramError? {
        for histogram in samples.histograms.values {
            do throws(HistogramError) { try histogram.validate() } catch { return error }
        }
        return nil
    }
}

extension LabelProblem {
    /// Which flag to change, where one sets the limit.
    fileprivate var advice: String {
        guard case .overLimit(let excess) = self else { return "" }
        return "; the limit is set by \(excess.limit.flag)"
    }
}
