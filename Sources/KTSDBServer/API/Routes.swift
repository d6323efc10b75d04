internal import HTTPTypes
package import Hummingbird
internal import KTSDBModel

/// All routes of the server.
package struct Routes {
    let state: ServerState

    package init(_ state: ServerState) { self.state = state }

    /// A router that answers every request.
    package var router: Router<ServerRequestContext> {
        let router = Router(context: ServerRequestContext.self)
        router.add(middleware: RequestCounting(metrics: state.metrics))
        router.add(middleware: CrossOrigin(allowed: state.corsOrigin))
        router.add(middleware: Compression())
        router.add(middleware: ErrorAnswers(paths: state.paths))
        router.add(middleware: Preflight())
        let group = router.group(RouterPath(state.options.routePrefix))
        LifecycleRoutes(state: state).add(to: group)
        MetricsRoute(state: state).add(to: group)
        FederationRoute(state: state).add(to: group)
        let api = group.group("api/v1")
        QueryRoutes(state: state).add(to: api)
        ExemplarRoute(state: state).add(to: api)
        SeriesRoutes(state: state).add(to: api)
        TargetRoutes(state: state).add(to: api)
        RuleRoutes(state: state).add(to: api)
        HeartbeatRoutes(state: state).add(to: api)
        ExplainRoutes(state: state).add(to: api)
        BacktestRoutes(state: state).add(to: api)
        BackfillRoute(state: state).add(to: api)
        AlertmanagersRoute { nil }.add(to: api)
        NoticeRoutes(notices: state.notices).add(to: api)
        StatusRoutes(state: state).add(to: api)
        RemoteWriteRoute(state: state).add(to: api)
        AdminRoutes(state: state).add(to: api)
        return router
    }
}

/// Answers the preflight requests that browsers send before a request to another origin.
private struct Preflight: RouterMiddleware {
    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        request.method == .options ? .noContent : try await next(request, context)
    }
}

extension RouterGroup where Context == ServerRequestContext {
    /// Answers requests to `path` with `handler` if their method is among `methods`, and with 405 otherwise.
    func route(
        _ path: RouterPath, _ methods: [HTTPRequest.Method],
        _ handler: @escaping @Sendable (Request, ServerRequestContext) async throws -> Response
    ) {
        for method in methods { on(path, method: method, use: handler) }
        let allowed = (methods + [.options]).map(\.rawValue).sorted().joined(separator: ", ")
        let others: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .trace].filter {
            !methods.contains($0)
        }
        for method in others {
            on(path, method: method) { _, _ -> Response in
                let wrong = PlainError.wrongMethod
                var response = Response.text(wrong.message, status: wrong.status)
                response.headers[.allow] = allowed
                return response
            }
        }
    }

    /// The same, for handlers that need only the parameters.
    func route(
        _ path: RouterPath, _ methods: [HTTPRequest.Method],
        parameters handler: @escaping @Sendable (RequestParameters) async throws -> Response
    ) {
        route(path, methods) { request, _ in try await handler(RequestParameters(request)) }
    }
}
