package import KTSDBModel

/// A series that appears in a scrape body for the first time.
package struct ScrapedSeries: Hashable, Sendable {
    /// Its labels, including the metric name and without empty labels.
    package var labels: Labels
    /// The names of its empty labels; an empty label means that the series is not to have this label.
    package var emptyLabelNames: [String]
    /// The type in the last `TYPE` line.
    package var type: MetricType
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
    private var store: [Payload] = []

    /// Creates an empty cache. With `addsTypeAndUnit`, series get the labels `__type__` and `__unit__`, taken from the
    /// body's metadata of their metric.
    package init(addsTypeAndUnit: Bool = false) { index = ScrapeIndex(addsTypeAndUnit: addsTypeAndUnit) }

    /// Reads a body and replaces `samples` with its samples. `makeSeries` is called once for each new series, in the
    /// order of the body. Returns how many new series there were.
    ///
    /// Indices of entries are valid until the next scrape, which may drop series that have not come for some time.
    ///
    /// - Throws: ``ExpositionError`` if the body is malformed, or what `makeSeries` throws. Nothing of the body should
    ///   be stored then; `samples` has the samples before the error.
    @discardableResult
    package mutating func scrape(
        _ page: Span<UInt8>, format: ExpositionFormat, into samples: inout ScrapedSamples,
        makeSeries: (ScrapedSeries) throws -> Payload
    ) throws -> Int {
        samples.removeAll()
        if let kept = index.evict() { store = kept.map { store[$0] } }
        index.begin(format: format)
        let before = store.count
        while let labels = try index.advance(in: page, &samples) {
            let series = ScrapedSeries(labels: labels, emptyLabelNames: index.emptyLabelNames, type: index.type)
            store.append(try makeSeries(series))
            index.addPending(in: page, to: &samples)
        }
        return store.count - before
    }

    /// Whether the last body broke off, or was refused, at a well-formed sample, which is not among the samples.
    package var brokeOffAtSample: Bool { index.brokeOffAtSample }

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
        index.finish(isStored: isStored, watchesTimed: watchesTimed, stale: &stale, added: &added)
    }

    /// Appends the entries of watched series that had samples stored by the last scrape: those that become stale when
    /// the target is no longer scraped.
    package func current(into entries: inout Column<UInt32>) { index.current(into: &entries) }

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
    package var seriesCount: Int { index.seriesCount }

    /// The metadata in the bodies.
    package var metricFamilies: [MetricFamily] { index.metricFamilies }

    /// Changes whenever ``metricFamilies`` may have changed.
    package var familiesVersion: Int { index.familiesVersion }

    /// How often a metric got another type or unit than its series have in their labels, if they have these labels:
    /// such a cache is useless.
    package var changedKinds: Int { index.changedKinds }

    /// Traps if an invariant of the cache does not hold; for tests.
    package func checkInvariants() {
        index.checkInvariants()
        precondition(store.count == index.seriesCount, "Each series has a payload.")
    }
}
