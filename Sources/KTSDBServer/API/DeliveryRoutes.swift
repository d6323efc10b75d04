internal import Hummingbird
internal import KTSDBAlerting
internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

/// The log of deliveries: what was sent to whom and why, and how that ended.
struct DeliveryRoutes: Sendable {
    /// The notifier of this process; nil without one.
    let notifier: @Sendable () -> NotifierService?

    /// How many reports an answer has unless a request says otherwise.
    private static let defaultLimit = 1_000

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("alerting/deliveries", [.get], parameters: deliveries)
    }

    private func deliveries(_ parameters: RequestParameters) async throws -> Response {
        guard let notifier = notifier() else {
            throw APIError(
                .notFound,
                "this server does not notify: set --alertmanager.config.file to an Alertmanager configuration")
        }
        let reports = await notifier.deliveries(try filter(parameters))
        return .success { json in
            json.object { $0.array("deliveries", reports) { json, report in json.report(report) } }
        }
    }

    private func filter(_ parameters: RequestParameters) throws -> DeliveryHistory.Filter {
        var filter = DeliveryHistory.Filter()
        filter.limit = min(try parameters.limit() ?? Self.defaultLimit, DeliveryHistory.limit)
        if !parameters["receiver"].isEmpty { filter.receiver = parameters["receiver"] }
        if !parameters["integration"].isEmpty { filter.integration = parameters["integration"] }
        if !parameters["start"].isEmpty { filter.from = try time("start", parameters) }
        if !parameters["end"].isEmpty { filter.to = try time("end", parameters) }
        switch parameters["state"].lowercased() {
        case "", "any": break
        case "delivered": filter.isDelivered = true
        case "failed": filter.isDelivered = false
        case let other: throw APIError.invalidParameter("state", "not supported value \(goQuoted(other))")
        }
        filter.matchers = try matchers(parameters)
        return filter
    }

    private func time(_ name: String, _ parameters: RequestParameters) throws -> WallTime {
        WallTime(milliseconds: try parameters.requiredTime(name).milliseconds)
    }

    /// What the labels of a delivery's group have to match: `filter`, as in Alertmanager's API.
    private func matchers(_ parameters: RequestParameters) throws -> Matchers {
        var list: [Matcher] = []
        for text in parameters.all("filter") {
            do throws(MatcherError) { list += try MatcherSyntax.fallback.matchers(text).list } catch {
                throw APIError.invalidParameter("filter", error)
            }
        }
        return Matchers(list)
    }
}

extension JSONWriter {
    fileprivate mutating func report(_ report: DeliveryReport) {
        object {
            $0.member("time", TimeText.milliseconds(report.time))
            $0.member("receiver", report.integration.receiver)
            $0.member("integration", report.integration.kind)
            $0.member("index", report.integration.index)
            $0.member("groupKey", report.groupKey)
            $0.member("groupLabels", report.groupLabels)
            $0.member("reason", report.reason.rawValue)
            $0.member("state", report.isDelivered ? "delivered" : "failed")
            $0.member("attempts", report.attempts)
            $0.member("firing", report.firing)
            $0.member("resolved", report.resolved)
            $0.member("durationSeconds", report.duration / .seconds(1))
            if let status = report.status { $0.member("status", status) }
            if !report.error.isEmpty { $0.member("error", report.error) }
        }
    }
}
