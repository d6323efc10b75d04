internal import HTTPTypes
package import Hummingbird
internal import KTSDBConfiguration

/// The routes of the second listener: what an Alertmanager has at its port.
package struct AlertmanagerRoutes {
    private let state: ServerState

    package init(_ state: ServerState) { self.state = state }

    /// A router that answers every request.
    package var router: Router<ServerRequestContext> {
        let router = Router(context: ServerRequestContext.self)
        ServerMiddleware.add(to: router, state)
        let prefix = state.options.alertmanager.routePrefix
        let group = router.group(RouterPath(prefix))
        if prefix != "/" { router.get("/") { _, _ in Response(status: .found, headers: [.location: prefix]) } }
        AlertmanagerRoute(state: state).add(to: group)
        MetricsRoute(state: state).add(to: group)
        addLifecycle(to: group)
        addVersionOne(to: group.group("api/v1"))
        return router
    }

    private func addLifecycle(to group: RouterGroup<ServerRequestContext>) {
        group.route("/", [.get]) { [state] _, _ in
            .text(Self.page(state.options.alertmanager.routePrefix), type: "text/html; charset=utf-8")
        }
        for path: RouterPath in ["-/healthy", "-/ready"] {
            group.route(path, [.get, .head]) { [state] request, _ in
                if path == "-/ready" { _ = try state.ready }
                return request.method == .head ? Response(status: .ok) : .text("OK")
            }
        }
        group.route("-/reload", [.post]) { [state] _, _ in
            do throws(ConfigurationError) { try await state.reload() } catch {
                throw PlainError(.internalServerError, "failed to reload config: \(state.paths.relative("\(error)"))\n")
            }
            return Response(status: .ok)
        }
    }

    /// Alertmanager's first API, of which nothing is left there either.
    private func addVersionOne(to group: RouterGroup<ServerRequestContext>) {
        let text =
            #"{"status":"deprecated","error":"The Alertmanager v1 API was deprecated in version 0.16.0 and is removed "#
            + #"as of version 0.27.0 - please use the equivalent route in the v2 API"}"# + "\n"
        for path: RouterPath in ["status", "receivers", "alerts", "silences", "silence/{id}"] {
            group.route(path, [.get, .post, .delete]) { _, _ in
                Response(
                    status: .gone, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
            }
        }
    }

    /// A page for people who come with a browser.
    private static func page(_ prefix: String) -> String {
        let base = prefix == "/" ? "" : prefix
        let links = ["api/v2/status", "api/v2/alerts", "api/v2/alerts/groups", "api/v2/silences", "metrics"]
        let list = links.map { "<li><a href=\"\(base)/\($0)\"><code>/\($0)</code></a></li>" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>ktsdb: notifications</title></head>
            <body>
            <h1>ktsdb \(BuildInformation.version)</h1>
            <p>The API of Alertmanager. Point amtool, karma or Grafana's Alertmanager data source at this address.</p>
            <ul>
            \(list.joined(separator: "\n"))
            </ul>
            \(NotificationLink.script(base))
            </body>
            </html>

            """
    }
}
