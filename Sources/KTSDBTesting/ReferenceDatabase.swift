public import KTSDBModel

/// A database that is simple enough to be right: an array of samples for each series, and every read looks at all of
/// them. Tests compare the engine with it, and PromQL scripts run on it.
public struct ReferenceDatabase: SeriesSource {
    private var samples: [Labels: [Sample]] = [:]
    /// The histograms of a series by time; where there is one, there is no float.
    private var histograms: [Labels: [Timestamp: Histogram]] = [:]
    private var starts: [Labels: [Timestamp: Int64]] = [:]

    /// Creates an empty database.
    public init() {}

    /// Discards all data.
    public mutating func removeAll() {
        samples.removeAll()
        histograms.removeAll()
        starts.removeAll()
    }

    /// Adds a sample in any order of time; replaces a sample of the same series at the same time.
    public mutating func append(_ value: Double, at timestamp: Timestamp, to labels: Labels) {
        let sample = Sample(timestamp: timestamp, value: value)
        if histograms[labels] != nil { histograms[labels]![timestamp] = nil }
        let index = samples[labels]?.firstIndex { $0.timestamp >= timestamp } ?? samples[labels]?.endIndex ?? 0
        if let old = samples[labels], index < old.count, old[index].timestamp == timestamp {
            samples[labels]![index] = sample
        } else {
            samples[labels, default: []].insert(sample, at: index)
        }
    }

    /// Adds samples that are in ascending order of time; as fast as appending if they are newer than those of the
    /// series.
    public mutating func append(_ new: [Sample], to labels: Labels) {
        for sample in new {
            if histograms[labels] == nil, samples[labels]?.last.map({ $0.timestamp < sample.timestamp }) ?? true {
                samples[labels, default: []].append(sample)
            } else {
                append(sample.value, at: sample.timestamp, to: labels)
            }
        }
    }

    /// Adds histograms in any order of time.
    public mutating func append(_ new: [TimedHistogram], to labels: Labels) {
        for item in new {
            append(0, at: item.timestamp, to: labels)
            histograms[labels, default: [:]][item.timestamp] = item.histogram
        }
    }

    /// Sets the start times of a series' samples: when the counting that led to each of them began.
    public mutating func setStartTimes(_ new: [Timestamp: Int64], of labels: Labels) {
        starts[labels, default: [:]].merge(new) { $1 }
    }

    /// Returns the histogram of a series at a time; nil without a sample, or if it is a float.
    public func histogram(of labels: Labels, at time: Timestamp) -> Histogram? { histograms[labels]?[time] }

    /// Returns the start time of a series' sample at a time, if it is known.
    public func startTime(of labels: Labels, at time: Timestamp) -> Timestamp? {
        starts[labels]?[time].map { Timestamp(milliseconds: $0) }
    }

    /// Returns the histograms of a series as they come from a storage that detects resets when it stores histograms: a
    /// histogram that continues the one before it is known not to be reset; for all others nothing is known, whatever
    /// was specified.
    private func storedHistograms(of labels: Labels) -> [Timestamp: Histogram] {
        guard let all = histograms[labels] else { return [:] }
        var stored: [Timestamp: Histogram] = [:], last: Histogram?
        for sample in samples(of: labels) {
            guard var histogram = all[sample.timestamp] else {
                last = nil
                continue
            }
            let given = histogram
            histogram.counterResetHint = .unknown
            if given.counterResetHint == .gauge {
                histogram.counterResetHint = .gauge
            } else if let last, last.counterResetHint != .gauge, given.counterResetHint != .reset,
                last.schema == histogram.schema, last.zeroThreshold == histogram.zeroThreshold,
                !histogram.isReset(from: last), last.customBounds == histogram.customBounds
            {
                histogram.counterResetHint = .notReset
            }
            stored[sample.timestamp] = histogram
            last = histogram
        }
        return stored
    }

    /// Removes the samples in `range` (both ends included) of the matching series; series without samples disappear.
    public mutating func delete(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) {
        for labels in samples.keys where matchers.allSatisfy({ $0.matches(labels) }) {
            samples[labels]!.removeAll { range.contains($0.timestamp) }
            if samples[labels]!.isEmpty { samples[labels] = nil }
        }
    }

    /// All series in canonical order: by fingerprint, then by labels.
    public var allSeries: [Labels] { samples.keys.sorted { ($0.fingerprint, $0) < ($1.fingerprint, $1) } }

    /// Returns all samples of a series in ascending order of time; none if the series does not exist.
    public func samples(of labels: Labels) -> [Sample] { samples[labels] ?? [] }

    /// Returns the matching series that have samples in `range`, in canonical order.
    public func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        try limits?.check()
        let selected = allSeries.filter { labels in matchers.allSatisfy { $0.matches(labels) } }
        return Selection(
            series: selected.map { labels in
                Selection.Series(
                    labels: labels, samples: samples(of: labels).filter { range.contains($0.timestamp) },
                    histograms: storedHistograms(of: labels), starts: starts[labels] ?? [:])
            }.filter { !$0.samples.isEmpty })
    }

    private struct Selection: SelectedSeries {
        struct Series {
            var labels: Labels
            var samples: [Sample]
            var histograms: [Timestamp: Histogram]
            var starts: [Timestamp: Int64]
        }
        let series: [Series]
        /// Ids of the columns of times: equal columns have equal ids, so that readers which rely on that are tested,
        /// too.
        let timeColumnIDs: [UInt64]

        init(series: [Series]) {
            self.series = series
            var ids: [[Timestamp]: UInt64] = [:]
            timeColumnIDs = series.map { entry in
                let times = entry.samples.map(\.timestamp)
                if let id = ids[times] { return id }
                ids[times] = UInt64(ids.count + 1)
                return UInt64(ids.count)
            }
        }

        var count: Int { series.count }

        func labels(at position: Int) -> Labels { series[position].labels }

        func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
            columns.removeAll()
            let entry = series[position]
            for sample in entry.samples {
                if let histogram = entry.histograms[sample.timestamp] {
                    columns.append(histogram, at: sample.timestamp.milliseconds)
                } else {
                    columns.times.append(sample.timestamp.milliseconds)
                    columns.values.append(sample.value)
                }
                if !entry.starts.isEmpty { columns.startTimes.append(entry.starts[sample.timestamp] ?? 0) }
            }
            columns.timeColumnID = timeColumnIDs[position]
        }
    }
}
