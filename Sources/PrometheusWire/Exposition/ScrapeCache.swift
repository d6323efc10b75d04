package import KTSDBModel

/// A series that appears in a scrape body for the first time.
package struct ScrapedSeries: Hashable, Sendable {
    /// Its labels, including the metric name and without empty labels.
    package var labels: Labels
    /// The names of its empty labels; an empty label means that the series is not to have this label.
    package var emptyLabelNames: [String]
    /// The type in the last `TYPE` line, or that of its family.
    package var type: MetricType
    /// Whether it only serves to make a native histogram, and has no samples of its own.
    package var isPart = false
}

/// Remembers the lines in the scrape bodies of one target, so that scraping it again is cheap: a known line is compared
/// and its value read, without creating a label set or allocating memory.
///
/// Each series has a payload that the caller chooses when the series appears for the first time, such as a handle and
/// whether relabelling drops it. A scrape consists of one ``scrape(_:format:into:makeSeries:)`` and one
/// ``finish(isStored:watchesTimed:stale:added:)``:
///
/// ```swift
/// do {
///     try cache.scrape(page.span, format: .text, into: &samples) { series in try makeHandle(series.labels) }
///     let payloads = cache.payloads
///     for index in 0..<samples.count { append(payloads[Int(samples.entries[index])], samples.values[index]) }
/// } catch { … }
/// (stale.removeAll(), added.removeAll())
/// cache.finish(isStored: stored, stale: &stale, added: &added)
/// ```
package struct ScrapeCache<Payload: BitwiseCopyable & Sendable>: ~Copyable, Sendable {
    private var index: ScrapeIndex
    /// In use instead of `index` if the bodies are protobuf.
    private var messages: MessageIndex
    private var isMessages = false
    private let histograms: HistogramOptions
    private var collation = ClassicCollation()
    private var store: [Payload] = []

    /// Creates an empty cache. With `addsTypeAndUnit`, series get the labels `__type__` and `__unit__`, taken from the
    /// body's metadata of their metric. With `readsStartTimes`, samples come with the times at which their counting
    /// began, where bodies in protobuf give them.
    package init(
        addsTypeAndUnit: Bool = false, histograms: HistogramOptions = HistogramOptions(), readsStartTimes: Bool = false
    ) {
        self.histograms = histograms
        index = ScrapeIndex(
            addsTypeAndUnit: addsTypeAndUnit, watchesKinds: addsTypeAndUnit || histograms.convertsClassic)
        messages = MessageIndex(
            addsTypeAndUnit: addsTypeAndUnit, options: histograms, readsStartTimes: readsStartTimes)
    }

    /// Whether the series that are known are those of bodies in another kind of format, text or protobuf. Such a cache
    /// must be replaced by an empty one.
    package func isOf(otherKindThan format: ExpositionFormat) -> Bool {
        !store.isEmpty && isMessages != (format == .protobuf)
    }

    /// Reads a body and replaces `samples` with its samples. `makeSeries` is called once for each new series, in the
    /// order of the body. Returns how many new series there were.
    ///
    /// Indices of entries are valid until the next scrape, which may drop series that have not come for some time.
    ///
    /// - Precondition: The cache is not ``isOf(otherKindThan:)``.
    /// - Throws: ``ExpositionError`` or ``MessageError`` if the body is malformed, or what `makeSeries` throws. Nothing
    ///   of the body should be stored then; `samples` has the samples before the error.
    @discardableResult
    package mutating func scrape(
        _ page: Span<UInt8>, format: ExpositionFormat, into samples: inout ScrapedSamples,
        makeSeries: (ScrapedSeries) throws -> Payload
    ) throws -> Int {
        precondition(!isOf(otherKindThan: format), "The cache has series of another kind of format.")
        samples.removeAll()
        isMessages = format == .protobuf
        if isMessages { return try scrapeMessages(page, into: &samples, makeSeries) }
        if let kept = index.evict() {
            store = kept.map { store[$0] }
            if histograms.convertsClassic { collation.keep(kept) }
        }
        index.begin(format: format)
        let before = store.count
        while let labels = try index.advance(in: page, &samples) {
            var series = ScrapedSeries(labels: labels, emptyLabelNames: index.emptyLabelNames, type: index.type)
            if histograms.convertsClassic {
                series.isPart = collation.add(labels, index.type, metric: index.metric) && !histograms.keepsClassic
            }
            do { store.append(try makeSeries(series)) } catch {
                if histograms.convertsClassic { collation.removeLast() }
                throw error
            }
            index.addPending(in: page, to: &samples)
        }
        if histograms.convertsClassic { try convert(&samples, makeSeries) }
        return store.count - before
    }

    private mutating func scrapeMessages(
        _ page: Span<UInt8>, into samples: inout ScrapedSamples, _ makeSeries: (ScrapedSeries) throws -> Payload
    ) throws -> Int {
        if let kept = messages.evict() { store = kept.map { store[$0] } }
        // Moved out of `self` during the call, for exclusive access.
        var payloads: [Payload] = []
        swap(&payloads, &store)
        let before = payloads.count
        defer { swap(&payloads, &store) }
        try messages.read(page, into: &samples) { labels, type, emptyNames in
            payloads.append(
                try makeSeries(ScrapedSeries(labels: labels, emptyLabelNames: emptyNames, type: type)))
        }
        return payloads.count - before
    }

    /// Adds the native histograms that are made of classic ones.
    private mutating func convert(
        _ samples: inout ScrapedSamples, _ makeSeries: (ScrapedSeries) throws -> Payload
    ) throws {
        for made in collation.collect(from: &samples, keepingParts: histograms.keepsClassic) {
            let key = made.key, isTimed = made.timestamp != nil
            var row = index.pass(made: key.span, isTimed: isTimed)
            if row == nil {
                store.append(
                    try makeSeries(ScrapedSeries(labels: made.labels, emptyLabelNames: [], type: .histogram)))
                collation.addMade()
                row = index.add(made: key.span, isTimed: isTimed)
            }
            if let row { samples.append(row, made.histogram, at: made.timestamp) }
            for exemplar in made.exemplars { samples.append(exemplar) }
        }
        samples.finish()
    }

    /// Whether the last body broke off, or was refused, at a well-formed sample, which is not among the samples.
    package var brokeOffAtSample: Bool { isMessages ? messages.brokeOffAtSample : index.brokeOffAtSample }

    /// Ends the scrape, and appends to `stale` the entries of series that end with it: those that had samples stored
    /// and are not in this body. If this body was not stored, or there was none, these are all series, and
    /// ``scrape(_:format:into:makeSeries:)`` need not be called before. Series with their own timestamps are not
    /// watched, unless `watchesTimed` is set.
    ///
    /// Appends to `added` the entries of series that are in this body and count as new: they were neither in the last
    /// body that was stored, nor in one since then that was not.
    package mutating func finish(
        isStored: Bool, watchesTimed: Bool = false, stale: inout Column<UInt32>, added: inout Column<UInt32>
    ) {
        if isMessages {
            messages.finish(isStored: isStored, watchesTimed: watchesTimed, stale: &stale, added: &added)
        } else {
            index.finish(isStored: isStored, watchesTimed: watchesTimed, stale: &stale, added: &added)
        }
    }

    /// Appends the entries of watched series that had samples stored by the last scrape: those that become stale when
    /// the target is no longer scraped.
    package func current(into entries: inout Column<UInt32>) {
        if isMessages { messages.current(into: &entries) } else { index.current(into: &entries) }
    }

    /// The payloads of all entries.
    package var payloads: Span<Payload> {
        @_lifetime(borrow self)
        borrowing get { store.span }
    }

    /// The payloads of all entries, for writing.
    package var mutablePayloads: MutableSpan<Payload> {
        @_lifetime(&self)
        mutating get { store.mutableSpan }
    }

    /// The number of known series.
    package var seriesCount: Int { isMessages ? messages.seriesCount : index.seriesCount }

    /// The metadata in the bodies.
    package var metricFamilies: [MetricFamily] {
        isMessages ? messages.metricFamilies : index.metricFamilies
    }

    /// Changes whenever ``metricFamilies`` may have changed.
    package var familiesVersion: Int { isMessages ? messages.familiesVersion : index.familiesVersion }

    /// How often a metric got another type or unit than its series were made with, if that matters to them: such a
    /// cache is useless.
    package var changedKinds: Int { isMessages ? messages.changedKinds : index.changedKinds }

    /// Traps if an invariant of the cache does not hold; for tests.
    package func checkInvariants() {
        if isMessages { messages.checkInvariants() } else { index.checkInvariants() }
        precondition(store.count == seriesCount, "Each series has a payload.")
    }
}
