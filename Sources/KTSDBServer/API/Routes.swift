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
        ServerMiddleware.add(to: router, state)
        let group = router.group(RouterPath(state.options.routePrefix))
        if state.options.routePrefix != "/" {
            // Whoever comes without the prefix is shown the way, as in Prometheus.
            let target = state.options.routePrefix
            router.get("/") { _, _ in Response(status: .found, headers: [.location: target]) }
        }
        LifecycleRoutes(state: state).add(to: group)
        HealthRoutes(state: state).add(to: group)
        MetricsRoute(state: state).add(to: group)
        FederationRoute(state: state).add(to: group)
        let api = group.group("api/v1")
        QueryRoutes(state: state).add(to: api)
        ExemplarRoute(state: state).add(to: api)
        SeriesRoutes(state: state).add(to: api)
        SearchRoutes(state: state).add(to: api)
        TargetRoutes(state: state).add(to: api)
        RuleRoutes(state: state).add(to: api)
        HeartbeatRoutes(state: state).add(to: api)
        ExplainRoutes(state: state).add(to: api)
        BacktestRoutes(state: state).add(to: api)
        BackfillRoute(state: state).add(to: api)
        AlertmanagersRoute { [state] in (try? state.ready)?.sender }.add(to: api)
        DeliveryRoutes { [state] in state.alertmanager.notifier }.add(to: api)
        NoticeRoutes(notices: state.notices).add(to: api)
        StatusRoutes(state: state).add(to: api)
        FeatureRoutes(state: state).add(to: api)
        OpenAPIRoute(state: state).add(to: api)
        RemoteWriteRoute(state: state).add(to: api)
        AdminRoutes(state: state).add(to: api)
        AlertmanagerRoute(state: state).add(to: group)
        return router
    }
}
