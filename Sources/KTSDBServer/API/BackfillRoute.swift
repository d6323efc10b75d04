internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules
internal import Logging
internal import PromQL
internal import PrometheusWire

/// Records what recording rules would have recorded in the past; off unless the flag `--web.enable-admin-api` is given.
struct BackfillRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) { group.route("rules/backfill", [.post, .put], backfill) }

    /// What became of each rule.
    private typealias Reports = [(name: String, report: RecordingBackfill.Report)]

    /// Records from `start` to `end` what the rules that `rule` names, or all of them, would have recorded, one rule
    /// after the other.
    private func backfill(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parts = try state.ready, groups = await parts.rules.evaluators
        guard state.options.enablesAdminAPI else { throw APIError(.unavailable, "admin APIs disabled") }
        let parameters = try await RequestParameters(request), range = try Self.range(parameters)
        let interval = try parameters["interval"].isEmpty ? nil : parameters.requiredDuration("interval")
        let names = Set(parameters.all("rule"))
        let reports = try await state.readRules(context) { options, limits in
            var reports: Reports = []
            for group in groups.map(\.group) {
                for case .recording(let rule) in group.rules where names.isEmpty || names.contains(rule.name) {
                    var backfill = RecordingBackfill(rule, options: options)
                    backfill.limit = group.limit
                    backfill.options.queryOffset = group.queryOffset ?? options.queryOffset
                    backfill.check = { try limits.check() }
                    let report = try Self.run(backfill, range, interval ?? group.interval, parts.database)
                    reports.append((rule.name, report))
                }
            }
            return reports
        }
        guard !reports.isEmpty else { throw APIError(.notFound, "no recording rule of that name is evaluated here") }
        for (name, report) in reports {
            state.logger.info("past values of a rule recorded", metadata: ["rule": "\(name)", "result": "\(report)"])
        }
        return Self.answer(reports, asText: request.headers[.accept]?.hasPrefix("text/plain") ?? false)
    }

    private static func range(_ parameters: RequestParameters) throws(APIError) -> ClosedRange<PreciseTime> {
        let start = try parameters.requiredTime("start"), end = try parameters.time("end", default: .now)
        guard start <= end else {
            throw APIError.invalidParameter("end", "end timestamp must not be before start time")
        }
        return PreciseTime(start)...PreciseTime(end)
    }

    private static func answer(_ reports: Reports, asText: Bool) -> Response {
        if asText { return .text(reports.map { "\($0.name): \($0.report)\n" }.joined()) }
        return .success { json in
            json.object { json in
                json.array("rules", reports) { json, entry in
                    json.object { json in
                        json.member("rule", entry.name)
                        json.member("evaluations", entry.report.evaluations)
                        json.member("samples", entry.report.samples)
                        json.member("rejected", entry.report.rejected.values.reduce(0, +))
                        json.member("failures", entry.report.failures.values.reduce(0, +))
                    }
                }
            }
        }
    }

    private static func run(
        _ backfill: RecordingBackfill, _ range: ClosedRange<PreciseTime>, _ interval: Duration, _ database: Database
    ) throws -> RecordingBackfill.Report {
        do { return try backfill.run(over: range, interval: interval, in: database) } catch let error as RuleError {
            try backfill.check()
            throw APIError(.execution, error.description)
        }
    }
}
