internal import Hummingbird
internal import KTSDB
internal import KTSDBModel
internal import KTSDBScrape
internal import PromQL
internal import PrometheusWire

/// The newest samples of chosen series, as a page that another server can scrape.
struct FederationRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("federate", [.get], federate)
    }

    private func federate(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        let database = try state.ready.database
        let now = Timestamp.now
        let externalLabels = state.configuration.global.externalLabels
        let range = (now - state.options.queryLookback)...now
        let page: String
        do {
            page = try await state.read(context) { limits -> String in
                let selectors: [[LabelMatcher]]
                do { selectors = try parameters.selectors(limits: limits) } catch let error as SelectorError {
                    throw PlainError(.badRequest, "\(error)\n")
                }
                return try Self.page(
                    selectors, in: range, of: database.readView(), externalLabels: externalLabels, limits)
            }
        } catch let error as QueryError {
            throw PlainError(APIError(error))
        } catch let error as APIError {
            throw PlainError(error)
        }
        return .text(page, type: "text/plain; version=0.0.4; charset=utf-8")
    }

    private static func page(
        _ selectors: [[LabelMatcher]], in range: ClosedRange<Timestamp>, of view: ReadView, externalLabels: Labels,
        _ limits: QueryLimits
    ) throws(ReadError) -> String {
        let reservation = ReadReservation(limits)
        var pace = Pace(limits)
        var newest: [Labels: Sample] = [:]
        var columns = SampleColumns()
        for matchers in selectors {
            let selected = try view.select(matchers, in: range, limits: limits)
            for position in 0..<selected.count {
                try selected.decode(position, into: &columns)
                guard !columns.values.isEmpty else { continue }
                let last = columns.values.count - 1
                // The text format has no form for native histograms.
                if columns.histograms.rows.last == Int32(last) { continue }
                let sample = Sample(
                    timestamp: Timestamp(milliseconds: columns.times[last]), value: columns.values[last])
                if sample.value.isStaleMarker { continue }
                let labels = try selected.labels(at: position)
                try pace.step(64)
                if newest.updateValue(sample, forKey: labels) == nil {
                    // With its line of the page.
                    try reservation.grow(bytes: 3 * labels.stringForm.count + 256)
                }
            }
        }
        var page = ExpositionWriter()
        var family = ""
        var named = newest.compactMap { labels, sample in labels.metricName.map { ($0, labels, sample) } }
        try named.sort(within: limits, units: 16) { ($0.0, $0.1) < ($1.0, $1.1) }
        for (name, labels, sample) in named {
            try pace.step(256)
            if name != family { page.family(name, .unknown) }
            family = name
            var merged = LabelsBuilder(labels)
            for label in externalLabels where merged[label.name] == nil { merged.set(label.name, label.value) }
            page.sample(merged.labels, value: sample.value, at: sample.timestamp)
        }
        return page.text
    }
}
