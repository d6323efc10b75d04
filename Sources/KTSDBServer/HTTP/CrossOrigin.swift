internal import HTTPTypes
internal import Hummingbird
internal import KTSDBModel

/// Lets web pages of other origins use the API, if the flag `--web.cors.origin` names their origin.
struct CrossOrigin: RouterMiddleware {
    /// The allowed origins: a pattern for the whole of the header `Origin`.
    let allowed: RegularExpression

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers.append(.init(name: .vary, value: "Origin"))
        guard let origin = request.headers[.origin] else { return response }
        // As in Prometheus, the answer to an origin that is not allowed differs only in that it does not name the
        // origin.
        response.headers[.accessControlAllowHeaders] = "Accept, Authorization, Content-Type, Origin"
        response.headers[.accessControlAllowMethods] = "GET, POST, OPTIONS"
        response.headers[.accessControlExposeHeaders] = "Date"
        // For a pattern that allows every origin, the answer does not name one.
        if allowed.pattern == ".*" {
            response.headers[.accessControlAllowOrigin] = "*"
        } else if allowed.matchesWhole(Array(origin.utf8).span) {
            response.headers[.accessControlAllowOrigin] = origin
        }
        return response
    }
}
