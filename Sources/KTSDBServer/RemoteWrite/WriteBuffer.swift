internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PrometheusWire
internal import Synchronization

/// Keeps write buffers from one request to the next.
final class WriteBufferPool: Sendable {
    private let free = Mutex<[WriteBuffer]>([])
    private let account: MemoryAccount
    /// More than can be in use at once on any machine; further ones are freed.
    private static let largestPool = 16

    init(_ memory: MemoryLedger) { account = MemoryAccount(memory, .requests) }

    /// Passes a buffer to `body`, which stores a request of `byteCount` bytes.
    func use<Value>(byteCount: Int, _ body: (WriteBuffer) throws -> Value) throws -> Value {
        let buffer = free.withLock { $0.popLast() } ?? WriteBuffer()
        account.add(byteCount)
        defer {
            account.add(-byteCount)
            free.withLock { free in
                let isKept = free.count < Self.largestPool
                buffer.count(isKept: isKept, in: account)
                if isKept { free.append(buffer) }
            }
        }
        return try body(buffer)
    }
}

/// The buffers that a remote write request is decoded into, kept from one request to the next.
///
/// `@unchecked Sendable`: a buffer is either in its pool or used by the one request that took it from there.
final class WriteBuffer: @unchecked Sendable {
    private var message = ByteWriter(capacity: 1 << 20)
    private var content = WriteContent()
    /// What the pool's account has of this buffer.
    private var counted = 0

    /// Counts the buffer's memory, or no longer counts it if it is not kept.
    func count(isKept: Bool, in account: MemoryAccount) {
        let now = isKept ? message.capacity + content.byteCount : 0
        account.add(now - counted)
        counted = now
    }

    /// Stores the content of `body`, a snappy block, in one commit; nothing of a malformed body is stored.
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

/// The outcome of a remote write request.
struct WriteOutcome: Sendable {
    var counts = ServerMetrics.RemoteWriteCounts()
    /// What was not stored, and why; nil if everything was.
    var problem: String?
}

/// The decoded content of a message. A struct, so that its parts are used without an exclusivity check for each access.
struct WriteContent: ~Copyable {
    private var decoder = WriteRequestDecoder()
    private var samples = SampleColumns()
    /// For each series of the message: where its label fields are, whether equal bytes mean equal labels, and where its
    /// samples end.
    private var rawLabels: [Range<Int>] = []
    private var rawLabelsAreWhole: [Bool] = []
    private var samplesEnds: [Int] = []
    /// The places of exemplars, each with the index of its series.
    private var exemplars: [(series: Int, field: Range<Int>)] = []

    /// The bytes of memory held, about.
    var byteCount: Int {
        samples.times.count * 16 + rawLabels.capacity * 16 + rawLabelsAreWhole.capacity + samplesEnds.capacity * 8
            + exemplars.capacity * 24
    }

    /// Stores the content of `message`.
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

    /// Reads the message's series; their labels stay encoded.
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

    /// Series that are left out because their labels are invalid.
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
        // Needed only for series that are new.
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

    /// Returns whether the fields assumed to be labels are labels; those of known series are.
    private func assumptionsHold(_ known: [SeriesID], _ message: Span<UInt8>) -> Bool {
        for index in known.indices where known[index] == .unknown && rawLabelsAreWhole[index] {
            if !decoder.areLabels(rawLabels[index], in: message) { return false }
        }
        return true
    }

    /// Appends exemplars of one series, which is `known` or has the labels `stringForm`. An exemplar without a time
    /// gets that of the series' last sample here; a malformed one is left out, as in Prometheus.
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

    /// The problem of the first invalid histogram in the message.
    private var firstHistogramProblem: HistogramError? {
        for histogram in samples.histograms.values {
            do throws(HistogramError) { try histogram.validate() } catch { return error }
        }
        return nil
    }
}

extension LabelProblem {
    /// Names the flag to change, if a flag sets the limit.
    fileprivate var advice: String {
        guard case .overLimit(let excess) = self else { return "" }
        return "; the limit is set by \(excess.limit.flag)"
    }
}
