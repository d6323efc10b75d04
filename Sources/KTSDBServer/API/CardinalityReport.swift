internal import KTSDBModel

/// Where series and label values are many.
struct CardinalityReport: Sendable {
    struct Entry: Hashable, Sendable {
        var name: String
        var value: Int
    }

    /// The number of different labels.
    private(set) var labelPairs = 0
    private(set) var seriesByMetric: [Entry] = []
    private(set) var valuesByLabel: [Entry] = []
    private(set) var bytesByLabel: [Entry] = []
    private(set) var seriesByPair: [Entry] = []

    /// Looks at the labels of all series of `source`; the lists hold the `entries` largest of their kind.
    init(_ source: some SeriesSource, entries: Int) throws(ReadError) {
        // A label as it stands in a string form, name and value with their lengths: one key, cut apart at the end only.
        var pairs: [ArraySlice<UInt8>: Int] = [:]
        let selected = try source.select([], in: .earliest ... .latest)
        for position in 0..<selected.count {
            let bytes = selected.labels(at: position).stringForm
            var cursor = LabelCursor(bytes)
            var start = 0
            while let label = cursor.next() {
                pairs[bytes[start..<label.value.upperBound], default: 0] += 1
                start = label.value.upperBound
            }
        }
        labelPairs = pairs.count
        var metrics: [String: Int] = [:], values: [String: Int] = [:], bytes: [String: Int] = [:]
        var named: [Entry] = []
        for (pair, count) in pairs {
            guard let label = Labels(uncheckedStringForm: Array(pair)).first(where: { _ in true }) else { continue }
            if label.name == "__name__" { metrics[label.value] = count }
            values[label.name, default: 0] += 1
            bytes[label.name, default: 0] += label.value.utf8.count
            named.append(Entry(name: "\(label.name)=\(label.value)", value: count))
        }
        func largest(_ counts: [String: Int]) -> [Entry] {
            Self.largest(counts.map { Entry(name: $0.key, value: $0.value) }, entries)
        }
        seriesByMetric = largest(metrics)
        valuesByLabel = largest(values)
        bytesByLabel = largest(bytes)
        seriesByPair = Self.largest(named, entries)
    }

    private static func largest(_ entries: [Entry], _ count: Int) -> [Entry] {
        Array(entries.sorted { ($1.value, $0.name) < ($0.value, $1.name) }.prefix(count))
    }
}
