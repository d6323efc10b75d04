internal import KTSDBModel
internal import NIOCore
internal import PrometheusWire

/// Reads the bodies of one target into columns, by the rules of its job, and counts their samples.
struct ScrapeReader {
    let job: SharedJob
    let policy: SeriesPolicy
    let counters: ScrapeCounters
    /// The last header `Content-Type` and its format; it rarely changes.
    private var lastType = "", lastFormat: ExpositionFormat?
    /// Bodies of up to this length, in bytes, are known to have few enough lines.
    private var checkedLength = ScrapeReader.shortLength
    private static let shortLength = 4 << 20

    init(job: SharedJob, policy: SeriesPolicy, counters: ScrapeCounters) {
        self.job = job
        self.policy = policy
        self.counters = counters
    }

    private mutating func format(of body: ScrapeBody) throws(BodyRefusal) -> ExpositionFormat {
        if let lastFormat, lastType == body.contentType { return lastFormat }
        let format = try job.value.format(of: body.contentType)
        (lastType, lastFormat) = (body.contentType, format)
        return format
    }

    /// Returns whether a body's format cannot be read with the cached series, so that they have to be forgotten.
    mutating func changesKind(_ body: ScrapeBody, of series: borrowing ScrapeSeries) -> Bool {
        guard body.bytes.readableBytes > 0, let format = try? format(of: body) else { return false }
        return series.areOf(otherKindThan: format)
    }

    /// Reads a body, or notes that it is missing. `starts` receives the start times of its counters; nil if they are
    /// not requested.
    mutating func read(
        _ body: Result<ScrapeBody, FetchError>, into scratch: Scratch, _ series: inout ScrapeSeries,
        _ starts: inout StartTimes?
    ) -> ScrapeOutcome {
        scratch.samples.removeAll()
        var outcome = ScrapeOutcome()
        do {
            let body = try body.get()
            outcome.bytes = body.bytes.readableBytes
            if outcome.bytes > 0 {
                let format = try format(of: body)
                try limitLines(body.bytes, format)
                defer { count(scratch.samples, series, &starts, in: &outcome) }
                try read(body.bytes, format, into: scratch, &series, &starts, &outcome)
            } else if ExpositionFormat.named(by: body.contentType) == .openMetrics {
                // Such a body was cut off; only a body in the text format may be empty.
                throw ExpositionError(line: 1, message: "data does not end with # EOF")
            }
        } catch {
            outcome.error = "\(error)"
            count(error, in: &outcome)
        }
        return outcome
    }

    private func read(
        _ bytes: ByteBuffer, _ format: ExpositionFormat, into scratch: Scratch, _ series: inout ScrapeSeries,
        _ starts: inout StartTimes?, _ outcome: inout ScrapeOutcome
    ) throws {
        do {
            try series.read(bytes.readableBytesUInt8Span, format: format, into: &scratch.samples) { new in
                if new.isPart { return .part }
                var role = format == .text ? nil : starts?.role(of: new.labels, type: new.type)
                // In protobuf, start times do not have lines of their own.
                if format == .protobuf, role?.isCreationTime == true { role = nil }
                return try decide(new, role)
            }
        } catch {
            // The sample at which the body is refused counts as scraped, too.
            if series.brokeOffAtSample { outcome.scraped += 1 }
            throw error
        }
        if !scratch.samples.histograms.isEmpty { try limitHistograms(&scratch.samples) }
        try limitSamples(scratch.samples, series, &outcome)
    }

    /// Refuses a body with too many lines before any of it is read, if the job sets no limit of its own: its series
    /// would take many times its length. The lines of a body about as long as an earlier one are not counted again.
    private mutating func limitLines(_ bytes: ByteBuffer, _ format: ExpositionFormat) throws(BodyRefusal) {
        guard bytes.readableBytes > checkedLength, format != .protobuf, let limit = job.value.limits.maximumLines else {
            return
        }
        let text = bytes.readableBytesUInt8Span
        var count = 0
        for index in 0..<text.count where text[index] == UInt8(ascii: "\n") { count += 1 }
        guard count <= limit else {
            counters.update { $0.sampleLimitExceeded += 1 }
            throw BodyRefusal(
                reason:
                    "the body has \(count) lines; where neither sample_limit nor body_size_limit is set, it may have "
                    + "\(limit)")
        }
        checkedLength = bytes.readableBytes + min(bytes.readableBytes / 4, limit)
    }

    /// Checks the native histograms of a body, and merges buckets where there are too many.
    private func limitHistograms(_ samples: inout ScrapedSamples) throws(BodyRefusal) {
        let schema = job.value.limits.histogramSchema, limit = job.value.limits.histogramBuckets ?? .max
        do throws(HistogramLimitError) { try samples.limitHistograms(schema: schema, buckets: limit) } catch {
            if case .buckets = error { counters.update { $0.bucketLimitExceeded += 1 } }
            throw BodyRefusal(reason: "\(error)")
        }
    }

    private func limitSamples(
        _ samples: borrowing ScrapedSamples, _ series: borrowing ScrapeSeries, _ outcome: inout ScrapeOutcome
    ) throws(BodyRefusal) {
        guard let limit = job.value.limits.samples, samples.count > limit else { return }
        let (count, within) = series.distinct(of: samples, limit: limit, honoringTimes: job.value.honorsTimestamps)
        guard count > limit else { return }
        outcome.addable = within
        counters.update { $0.sampleLimitExceeded += 1 }
        throw BodyRefusal(reason: "sample limit exceeded (samples: \(count), limit: \(limit))")
    }

    /// Decides what to do with a series that appears for the first time.
    private func decide(
        _ new: ScrapedSeries, _ role: StartTimes.Role?
    ) throws(BodyRefusal) -> ScrapeSeries.Decision {
        if let role, role.isCreationTime { return .creationTime(role.group) }
        switch policy.verdict(on: new.labels, emptyNames: new.emptyLabelNames) {
        case .keep(let labels): return .keep(labels, role?.group)
        case .drop: return .drop
        case .refuse(let reason, let isLimit): throw BodyRefusal(reason: reason, isLabelLimit: isLimit)
        }
    }

    /// Counts the samples of a body, up to where it was read; lines with start times do not count.
    private func count(
        _ samples: borrowing ScrapedSamples, _ series: borrowing ScrapeSeries, _ starts: inout StartTimes?,
        in outcome: inout ScrapeOutcome
    ) {
        outcome.scraped += samples.count
        if starts != nil { outcome.scraped -= series.note(samples, in: &starts!) }
        outcome.kept = series.kept(of: samples)
    }

    private func count(_ error: any Error, in outcome: inout ScrapeOutcome) {
        switch error {
        case FetchError.bodySizeLimit:
            counters.update { $0.bodySizeLimitExceeded += 1 }
            outcome.bytes = -1
        case let refusal as BodyRefusal:
            if refusal.isLabelLimit { counters.update { $0.labelLimitsExceeded += 1 } }
        default: break
        }
    }
}
