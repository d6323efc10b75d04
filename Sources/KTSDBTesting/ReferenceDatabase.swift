public import KTSDBModel

/// A database that is plain enough to be right: an array of samples for each series, and every question answered by
/// looking at all of them. Tests compare the engine with it, and PromQL scripts run on it.
public struct ReferenceDatabase: SeriesSource {
    private var samples: [Labels: [Sample]] = [:]

    /// An empty database.
    public init() {}

    /// Throws everything away.
    public mutating func removeAll() { samples.removeAll() }

    /// Adds a sample in any order of time; a sample of the same series at the same time is replaced.
    public mutating func append(_ value: Double, at timestamp: Timestamp, to labels: Labels) {
        let sample = Sample(timestamp: timestamp, value: value)
        let index = samples[labels]?.firstIndex { $0.timestamp >= timestamp } ?? samples[labels]?.endIndex ?? 0
        if let old = samples[labels], index < old.count, old[index].timestamp == timestamp {
            samples[labels]![index] = sample
        } else {
            samples[labels, default: []].insert(sample, at: index)
        }
    }

    /// Adds samples that are in ascending order of time; as fast as appending when they follow what is there.
    public mutating func append(_ new: [Sample], to labels: Labels) {
        for sample in new {
            if samples[labels]?.last.map({ $0.timestamp < sample.timestamp }) ?? true {
                samples[labels, default: []].append(sample)
            } else {
                append(sample.value, at: sample.timestamp, to: labels)
            }
        }
    }

    /// Takes away the samples in `range` (both ends included) of the series that match; series without samples vanish.
    public mutating func delete(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) {
        for labels in samples.keys where matchers.allSatisfy({ $0.matches(labels) }) {
            samples[labels]!.removeAll { range.contains($0.timestamp) }
            if samples[labels]!.isEmpty { samples[labels] = nil }
        }
    }

    /// All series in canonical order: by fingerprint, then by labels.
    public var allSeries: [Labels] { samples.keys.sorted { ($0.fingerprint, $0) < ($1.fingerprint, $1) } }

    /// All samples of a series in ascending order of time; none if there is no such series.
    public func samples(of labels: Labels) -> [Sample] { samples[labels] ?? [] }

    /// The series that match and have samples in `range`, in canonical order.
    public func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>
    ) throws(ReadError) -> any SelectedSeries {
        let selected = allSeries.filter { labels in matchers.allSatisfy { $0.matches(labels) } }
        return Selection(
            series: selected.map { labels in
                (labels, samples(of: labels).filter { range.contains($0.timestamp) })
            }.filter { !$0.samples.isEmpty })
    }

    private struct Selection: SelectedSeries {
        let series: [(labels: Labels, samples: [Sample])]
        /// Equal columns of times have equal ids, so that readers which rely on that are tested, too.
        let timeColumnIDs: [UInt64]

        init(series: [(labels: Labels, samples: [Sample])]) {
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
            for sample in series[position].samples {
                columns.times.append(sample.timestamp.milliseconds)
                columns.values.append(sample.value)
            }
            columns.timeColumnID = timeColumnIDs[position]
        }
    }
}
