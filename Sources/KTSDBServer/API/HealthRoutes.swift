internal import HTTPTypes
internal import Hummingbird
internal import KTSDBModel
internal import PrometheusWire

/// The server's health in JSON, for probes that expect the paths of an application's service: `/health/live`,
/// `/health/ready` and `/health/version`. For those of Prometheus, see ``LifecycleRoutes``.
struct HealthRoutes: Sendable {
    let state: ServerState

    /// How long the text of a check may be, in bytes.
    private static let longestText = 200

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("health/live", [.get, .head]) { request, _ in
            Self.answer(request) { json in
                json.object {
                    $0.member("status", "ok")
                    $0.member("time", RFC3339.format(.now))
                }
            }
        }
        group.route("health/ready", [.get, .head]) { [self] request, _ in readiness(request) }
        group.route("health/version", [.get, .head]) { request, _ in Self.answer(request, Self.version) }
    }

    /// Answers 200 if every check succeeds, and 503 otherwise. On a full disk the status is `degraded`, and the answer
    /// 200: queries are answered, and another server on the same disk would not do better.
    private func readiness(_ request: Request) -> Response {
        let checks = self.checks
        let isReady = checks.allSatisfy { $0.fault == nil }
        let concern = state.diskConcern
        return Self.answer(request, status: isReady ? .ok : .serviceUnavailable) { json in
            json.object { json in
                json.member("status", !isReady ? "unhealthy" : concern == nil ? "ok" : "degraded")
                json.object("checks") { json in
                    for (name, fault) in checks { json.member(named: name, fault.map { "error: \($0)" } ?? "ok") }
                    json.member("disk", concern.map { "warning: \($0)" } ?? "ok")
                }
                json.member("time", RFC3339.format(.now))
            }
        }
    }

    /// What the server needs to do its work, and why it lacks it.
    private var checks: [(name: String, fault: String?)] {
        let isOpen = (try? state.ready) != nil
        let fault = state.storageFault.map { state.paths.relative("\($0)") }
        return [
            ("database", isOpen ? nil : "the database is being opened or closed"),
            ("storage", fault.map { String(decoding: $0.utf8.prefix(Self.longestText), as: UTF8.self) }),
        ]
    }

    private static func version(_ json: inout JSONWriter) {
        json.object {
            $0.member("version", BuildInformation.version)
            $0.member("commit", "unknown")
            $0.member("build_time", "unknown")
            $0.member("swift_version", BuildInformation.swiftVersion)
        }
    }

    private static func answer(
        _ request: Request, status: HTTPResponse.Status = .ok, _ body: (inout JSONWriter) -> Void
    ) -> Response {
        guard request.method != .head else { return Response(status: status) }
        var json = JSONWriter()
        body(&json)
        return .json(json, status: status)
    }
}
