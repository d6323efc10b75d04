internal import Hummingbird
internal import KTSDBAlerting
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules
internal import PrometheusWire

/// Takes the heartbeats that the section `heartbeats` of ktsdb's own settings expects, and says what became of those
/// that are sent.
struct HeartbeatRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("heartbeat", [.get], parameters: list)
        group.route("heartbeat/{name}", [.get, .post]) { _, context in
            try await beat(context.parameters.get("name") ?? "")
        }
    }

    private var expectations: [HeartbeatExpectation] { state.settings[HeartbeatSettings.self].expectations }

    /// Notes a heartbeat.
    private func beat(_ name: String) async throws -> Response {
        let database = try state.ready.database
        guard let expectation = expectations.first(where: { $0.name == name }) else {
            throw APIError(
                .notFound,
                "no heartbeat \(goQuoted(name)) is expected; add it to heartbeats.expect in the file of "
                    + "--ktsdb.config.file")
        }
        let now = state.options.ruleClock.now.timestamp
        try await state.writers.run { () throws(AppendError) in try expectation.note(at: now, in: database) }
        return .success { json in
            json.object {
                $0.member("name", name)
                $0.member("time", RFC3339.format(now))
            }
        }
    }

    /// Lists what is expected, and when each came last; and what is sent, and how that fares.
    private func list(_ parameters: RequestParameters) async throws -> Response {
        let database = try state.ready.database, expectations = expectations
        let times = try await state.workers.run { () throws(ReadError) in
            let view = database.readView()
            var times: [Timestamp?] = []
            for expectation in expectations { times.append(try view.newest(of: expectation.seriesLabels)?.timestamp) }
            return times
        }
        let report = await state.heartbeatReport()
        return .success { json in
            json.object { json in
                json.array("heartbeats", Array(zip(expectations, times))) { json, entry in
                    json.object {
                        $0.member("name", entry.0.name)
                        $0.member("interval", entry.0.interval / .seconds(1))
                        $0.member("grace", entry.0.grace / .seconds(1))
                        $0.member("last", entry.1.map(RFC3339.format))
                    }
                }
                json.array("sent", report.entries) { json, entry in
                    json.object {
                        $0.member("host", entry.target.host)
                        $0.member("interval", entry.target.interval / .seconds(1))
                        $0.member("sent", entry.figures.sent)
                        $0.member("failed", entry.figures.failed)
                        $0.member("withheld", entry.figures.withheld)
                        $0.member("last", entry.figures.lastSent.map(RFC3339.format))
                        $0.member("error", entry.figures.error)
                    }
                }
                json.key("obstacles")
                json.strings(report.obstacles)
            }
        }
    }
}
