internal import HTTPTypes
internal import Hummingbird
internal import KTSDBModel

/// Lets web pages of other origins use the API, those that the flag `--web.cors.origin` names.
struct CrossOrigin: RouterMiddleware {
    /// The origins that are let in: a pattern for the whole of the header `Origin`.
    let allowed: RegularExpression

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let origin = request.headers[.origin] else { return response }
        response.headers.append(.init(name: .vary, value: "Origin"))
        // A pattern that lets everyone in needs no list of who that is.
        let everyone = allowed.pattern == ".*"
        guard everyone || allowed.matchesWhole(Array(origin.utf8).span) else { return response }
        response.headers[.accessControlAllowOrigin] = everyone ? "*" : origin
        response.headers[.accessControlAllowHeaders] = "Accept, Authorization, Content-Type, Origin"
        response.headers[.accessControlAllowMethods] = "GET, POST, OPTIONS"
        response.headers[.accessControlExposeHeaders] = "Date"
        return response
    }
}
