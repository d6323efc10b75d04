package import KTSDBModel

/// A series that comes up on a page for the first time.
package struct ScrapedSeries: Hashable, Sendable {
    /// Its labels, metric name included, without those that have no value.
    package var labels: Labels
    /// The names of the labels that the page gives it without a value: they say that it is to have no such label.
    package var emptyLabelNames: [String]
    /// The type that the last `TYPE` line named.
    package var type: MetricType
}

/// What is known about the pages of one target, so that scraping it again costs next to nothing: a line seen before is
/// compared and its value read, without a label set and without an allocation.
///
/// Each series has a payload that the caller chooses when the series comes up for the first time, such as a handle and
/// whether relabelling drops it. A scrape is one ``scrape(_:format:into:makeSeries:)`` and one
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

    /// Creates a cache that knows nothing. With `addsTypeAndUnit` series get the labels `__type__` and `__unit__`, of
    /// what the page says about their metric.
    package init(addsTypeAndUnit: Bool = false) { index = ScrapeIndex(addsTypeAndUnit: addsTypeAndUnit) }

    /// Reads a page and replaces `samples` by what it says. `makeSeries` is called once for each series that is new, in
    /// the order of the page. Returns how many were.
    ///
    /// Indices of entries are valid up to the next scrape, which may drop series that have not come for some time.
    ///
    /// - Throws: ``ExpositionError`` when the page cannot be read, or what `makeSeries` throws. Nothing of the page
    ///   should be stored then; `samples` has what came before.
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

    /// Whether the last page broke off, or was refused, at a sample that could be read as such; it is not among the
    /// samples.
    package var brokeOffAtSample: Bool { index.brokeOffAtSample }

    /// Ends the scrape, and appends to `stale` the entries of series that end with it: those that had samples stored
    /// and are not on this page, or all if this page was not stored, or there was none: then there need be no
    /// ``scrape(_:format:into:makeSeries:)`` before. Series that come with their own timestamps are not watched, unless
    /// `watchesTimed` is set.
    ///
    /// Appends to `added` the entries of series that are on this page and count as new: they were not on the last page
    /// that was stored, nor on one since that was not.
    package mutating func finish(
        isStored: Bool, watchesTimed: Bool = false, stale: inout Column<UInt32>, added: inout Column<UInt32>
    ) {
        index.finish(isStored: isStored, watchesTimed: watchesTimed, stale: &stale, added: &added)
    }

    /// Appends the entries of series that had samples stored by the last scrape and are watched: those that become
    /// stale when the target is no longer scraped.
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

    /// The number of series known.
    package var seriesCount: Int { index.seriesCount }

    /// What the pages say about their metrics.
    package var metricFamilies: [MetricFamily] { index.metricFamilies }

    /// Changes whenever ``metricFamilies`` may have changed.
    package var familiesVersion: Int { index.familiesVersion }

    /// How often a metric got another type or unit than its series have in their labels, if these have them: such a
    /// cache is of no more use.
    package var changedKinds: Int { index.changedKinds }

    /// Stops the program when the cache contradicts itself; for tests.
    package func checkInvariants() {
        index.checkInvariants()
        precondition(store.count == index.seriesCount, "Each series has a payload.")
    }
}
