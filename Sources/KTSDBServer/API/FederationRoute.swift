internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PromQL
internal import PrometheusWire

/// Answers with the newest samples of chosen series, as a scrape body that another server can read.
struct FederationRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("federate", [.get], federate)
    }

    private func federate(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        if let problem = parameters.problem {
            throw PlainError(.badRequest, "error parsing form values: \(problem)\n")
        }
        let format = TextPageFormat(accept: request.headers[.accept] ?? "")
        let database = try state.ready.database
        let now = Timestamp.now
        let externalLabels = state.configuration.global.externalLabels
        let range = (now - state.options.queryLookback)...now
        let page: String, paths = state.paths
        do {
            page = try await state.read(context) { limits -> String in
                let selectors: [[LabelMatcher]]
                // As in Prometheus, a client that asks for all series of a server gets them here.
                do {
                    selectors = try parameters.selectors(limits: limits, allowingAll: true)
                } catch let error as SelectorError {
                    throw PlainError(.badRequest, "\(error)\n")
                }
                return try Self.page(
                    selectors, in: range, of: database.readView(), externalLabels: externalLabels,
                    escaping: format.escaping, paths: paths, limits)
            }
        } catch let error as QueryError {
            var answer = APIError(error)
            if case .storage = error { answer.message = state.paths.relative(answer.message) }
            throw PlainError(answer)
        } catch let error as APIError {
            throw PlainError(error)
        }
        return .text(page, type: format.contentType)
    }

    private static func page(
        _ selectors: [[LabelMatcher]], in range: ClosedRange<Timestamp>, of view: ReadView, externalLabels: Labels,
        escaping: NameEscaping, paths: ClientPaths, _ limits: QueryLimits
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
                // The text format cannot express native histograms.
                if columns.histograms.rows.last == Int32(last) { continue }
                let sample = Sample(
                    timestamp: Timestamp(milliseconds: columns.times[last]), value: columns.values[last])
                if sample.value.isStaleMarker { continue }
                let labels = try selected.labels(at: position)
                try pace.step(64)
                if newest.updateValue(sample, forKey: labels) == nil {
                    // Includes the sample's line of the answer.
                    try reservation.grow(bytes: 3 * labels.stringForm.count + 256)
                }
            }
        }
        let comments = limits.warnings.map { "# ktsdb: \(paths.relative($0))\n" }.joined()
        return try comments + text(newest, externalLabels, escaping, limits)
    }

    /// The answer's text: metrics by name, and the series of each by labels.
    private static func text(
        _ newest: [Labels: Sample], _ externalLabels: Labels, _ escaping: NameEscaping, _ limits: QueryLimits
    ) throws(ReadError) -> String {
        var page = ExpositionWriter()
        var family: String?
        // Otherwise, a reader that honours labels would add its own instance to a series that does not have one.
        var added: [(name: String, value: String)] = externalLabels.map { ($0.name, $0.value) }
        if externalLabels["instance"] == nil { added.append(("instance", "")) }
        added.sort { $0.name < $1.name }
        var named = newest.compactMap { labels, sample in labels.metricName.map { ($0, labels, sample) } }
        try named.sort(within: limits, units: 16) { ($0.0, $0.1) < ($1.0, $1.1) }
        var pace = Pace(limits)
        for (name, labels, sample) in named {
            try pace.step(256)
            let escapedName = escaping.metricName(name)
            if name != family { page.family(escapedName, .unknown) }
            family = name
            var pairs: [(name: String, value: String)] = []
            for label in labels where label.name != "__name__" { pairs.append((label.name, label.value)) }
            for label in added where labels[label.name] == nil { pairs.append(label) }
            page.sample(escapedName, ordered: escape(pairs, escaping), value: sample.value, at: sample.timestamp)
        }
        return page.text
    }

    /// Returns the labels under names that the reader can handle. Where two names become equal, one gets more
    /// underscores: a body in which a label occurs twice would be refused as a whole.
    private static func escape(
        _ pairs: [(name: String, value: String)], _ escaping: NameEscaping
    ) -> [(name: String, value: String)] {
        guard escaping != .allowUTF8, pairs.contains(where: { !LabelName.isLegacy($0.name) }) else { return pairs }
        var taken = Set(pairs.lazy.map(\.name).filter(LabelName.isLegacy))
        return pairs.map { pair in
            guard !LabelName.isLegacy(pair.name) else { return pair }
            var name = escaping.labelName(pair.name)
            while !taken.insert(name).inserted { name += "_" }
            return (name, pair.value)
        }
    }
}
