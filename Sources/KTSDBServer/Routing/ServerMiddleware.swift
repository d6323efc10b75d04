internal import HTTPTypes
internal import Hummingbird

/// What every request of a listener goes through.
enum ServerMiddleware {
    static func add(to router: Router<ServerRequestContext>, _ state: ServerState) {
        router.add(middleware: RequestCounting(metrics: state.metrics))
        router.add(middleware: CrossOrigin(allowed: state.corsOrigin))
        router.add(middleware: Compression())
        router.add(middleware: ErrorAnswers(paths: state.paths))
        router.add(middleware: Preflight())
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
