internal import Hummingbird
internal import KTSDB
internal import KTSDBModel
internal import KTSDBScrape
internal import PrometheusWire

/// The newest samples of chosen series, as a page that another server can scrape.
struct FederationRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("federate", [.get], parameters: federate)
    }

    private func federate(_ parameters: RequestParameters) async throws -> Response {
        let database = try state.ready.database
        let selectors: [[LabelMatcher]]
        do { selectors = try parameters.selectors() } catch { throw PlainError(.badRequest, "\(error)\n") }
        let now = Timestamp.now
        let externalLabels = state.configuration.global.externalLabels
        let range = (now - state.options.queryLookback)...now
        let page = try await state.workers.run { () throws(ReadError) -> String in
            try Self.page(selectors, in: range, of: database.readView(), externalLabels: externalLabels)
        }
        return .text(page, type: "text/plain; version=0.0.4; charset=utf-8")
    }

    private static func page(
        _ selectors: [[LabelMatcher]], in range: ClosedRange<Timestamp>, of view: ReadView, externalLabels: Labels
    ) throws(ReadError) -> String {
        var newest: [Labels: Sample] = [:]
        var columns = SampleColumns()
        for matchers in selectors {
            let selected = try view.select(matchers, in: range)
            for position in 0..<selected.count {
                try selected.decode(position, into: &columns)
                guard !columns.values.isEmpty else { continue }
                let last = columns.values.count - 1
                // The text format has no form for native histograms.
                if columns.histograms.rows.last == Int32(last) { continue }
                let sample = Sample(
                    timestamp: Timestamp(milliseconds: columns.times[last]), value: columns.values[last])
                if !sample.value.isStaleMarker { newest[selected.labels(at: position)] = sample }
            }
        }
        var page = ExpositionWriter()
        var family = ""
        let named = newest.compactMap { labels, sample in labels.metricName.map { ($0, labels, sample) } }
        for (name, labels, sample) in named.sorted(by: { ($0.0, $0.1) < ($1.0, $1.1) }) {
            if name != family { page.family(name, .unknown) }
            family = name
            var merged = LabelsBuilder(labels)
            for label in externalLabels where merged[label.name] == nil { merged.set(label.name, label.value) }
            page.sample(merged.labels, value: sample.value, at: sample.timestamp)
        }
        return page.text
    }
}
