package import KTSDBModel

/// `query analyze`: prints how many buckets native and classic histograms use.
package struct HistogramAnalysis {
    private static let header = """
        Bucket stats for each histogram series over time
        ------------------------------------------------
        First the min, avg, and max number of populated buckets, followed by the total
        number of buckets (only if different from the max number of populated buckets
        which is typical for classic but not native histograms).


        """
    private static let footer = """

        Aggregated bucket stats
        -----------------------
        Each line shows min/avg/max over the series above.

        """

    private let source: any QuerySource
    private var native = BucketSummary(), classic = BucketSummary()

    package init(_ source: any QuerySource) { self.source = source }

    /// Prints the analysis of the histograms that the selectors find in the `window` before `end`; `window` is a
    /// duration in PromQL.
    /// - Throws: ``QueryProblem``; the results before it have been printed.
    package mutating func run(
        _ selectors: [String], window: String, until end: Timestamp, _ output: inout ToolOutput
    ) throws(QueryProblem) {
        output.write(Self.header)
        for selector in selectors {
            guard case .matrix(let series) = try source.value(of: "\(selector)[\(window)]", at: end).value else {
                throw QueryProblem("query of buckets resulted in non-Matrix")
            }
            try add(series, &output)
        }
        output.write(Self.footer)
        if native.count > 0 { output.write("\nNative \(native.text)\n") }
        if classic.count > 0 { output.write("\nClassic \(classic.text)\n") }
    }

    private mutating func add(_ series: [QueriedSeries], _ output: inout ToolOutput) throws(QueryProblem) {
        var groups: [(name: String, series: [QueriedSeries])] = [], places: [String: Int] = [:]
        for series in series {
            if series.points.isEmpty {
                guard let statistics = BucketStatistics(native: series) else { continue }
                output.print("- \(series.labels.text) (native): \(statistics.text)")
                native.add(statistics)
            } else if let name = Self.classicName(series.labels) {
                let place = places[name] ?? groups.count
                if place == groups.count { groups.append((name, [])) }
                places[name] = place
                groups[place].series.append(series)
            }
        }
        for group in groups {
            guard let statistics = try BucketStatistics(classic: group.series) else { continue }
            output.print("- \(group.name) (classic): \(statistics.text)")
            classic.add(statistics)
        }
    }

    /// Returns the name and labels of the classic histogram that a series is a bucket of; nil if it is not a bucket.
    private static func classicName(_ labels: QueriedLabels) -> String? {
        guard labels["le"] != nil, let name = labels["__name__"], name.hasSuffix("_bucket") else { return nil }
        return name + labels.without(["__name__", "le"]).setText
    }
}
