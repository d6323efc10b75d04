internal import HTTPTypes
internal import Hummingbird
internal import KTSDBConfiguration
internal import KTSDBEngine
internal import KTSDBScrape
internal import PrometheusWire
internal import Synchronization

/// The server's health, its reload and its stop; and a page for people who come with a browser.
struct LifecycleRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("/", [.get]) { [self] _, _ in .text(page, type: "text/html; charset=utf-8") }
        group.route("-/healthy", [.get, .head]) { [state] request, _ in
            if let fault = state.storageFault {
                throw PlainError(
                    .serviceUnavailable, "ktsdb cannot store samples: \(state.paths.relative("\(fault)"))\n")
            }
            // A probe must not kill a server that works, so other concerns are only text.
            let disk = state.diskConcern.map { [$0] } ?? []
            let concerns = disk + ((try? state.ready)?.database.retention.concerns ?? [])
            return Self.state("Healthy", for: request, concerns + (state.refusal.withLock { $0 }.map { [$0] } ?? []))
        }
        group.route("-/ready", [.get, .head]) { [state] request, _ in
            _ = try state.ready
            return Self.state("Ready", for: request)
        }
        for path: RouterPath in ["debug/pprof", "debug/pprof/**"] {
            group.route(path, [.get]) { _, _ in
                throw PlainError(.notFound, "there are no profiles of Go: ktsdb is not written in Go. Use perf.\n")
            }
        }
        let refusal = "Only POST or PUT requests allowed"
        group.route("-/reload", [.post, .put], refusal: refusal, reload)
        group.route("-/quit", [.post, .put], refusal: refusal, quit)
    }

    private static func state(_ name: String, for request: Request, _ concerns: [String] = []) -> Response {
        guard request.method != .head else { return Response(status: .ok) }
        return .text((["ktsdb is \(name)."] + concerns).map { $0 + "\n" }.joined())
    }

    private func allowsLifecycle() throws(PlainError) {
        guard state.options.enablesLifecycle else { throw PlainError(.forbidden, "Lifecycle API is not enabled.") }
    }

    private func reload(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try allowsLifecycle()
        do throws(ConfigurationError) {
            try await state.reload()
        } catch {
            throw PlainError(.internalServerError, "failed to reload config: \(state.paths.relative("\(error)"))\n")
        }
        return Response(status: .ok)
    }

    private func quit(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try allowsLifecycle()
        state.quit()
        return .text("Requesting termination... Goodbye!")
    }

    /// A page with links to the API.
    private var page: String {
        let prefix = state.options.externalPath == "/" ? "" : state.options.externalPath
        let links = [
            ("api/v1/query?query=up", "is everything up?"), ("api/v1/targets", "what is scraped"),
            ("api/v1/rules", "rules and their state"), ("api/v1/alerts", "what is pending and what fires"),
            ("api/v2/silences", "silences, if this process notifies"),
            ("api/v1/alerting/deliveries", "what was sent to whom"),
            ("api/v1/labels", "all label names"), ("api/v1/label/__name__/values", "all metric names"),
            ("api/v1/status/tsdb", "the number of series"), ("api/v1/status/config", "the configuration"),
            ("api/v1/status/flags", "the flags"), ("metrics", "the server's own metrics"), ("-/ready", "is it ready?"),
        ]
        let list = links.map { "<li><a href=\"\(prefix)/\($0)\"><code>/\($0)</code></a> &ndash; \($1)</li>" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>ktsdb</title>
            <style>body { font-family: sans-serif; margin: 3em auto; max-width: 44em; line-height: 1.6 }</style></head>
            <body>
            <h1>ktsdb \(BuildInformation.version)</h1>
            <p>A time-series database with the HTTP API of Prometheus. Point Grafana's Prometheus data source or
            <code>promtool query instant</code> at this address, or look at:</p>
            <ul>
            \(list.joined(separator: "\n"))
            </ul>
            \(NotificationLink.script(prefix))
            </body>
            </html>

            """
    }
}
