internal import HTTPTypes
internal import Hummingbird

extension RouterGroup where Context == ServerRequestContext {
    /// Answers requests to `path` with `handler` if their method is among `methods`, and with 405 and the text
    /// `refusal` otherwise.
    func route(
        _ path: RouterPath, _ methods: [HTTPRequest.Method], refusal: String = PlainError.wrongMethod.message,
        _ handler: @escaping @Sendable (Request, ServerRequestContext) async throws -> Response
    ) {
        for method in methods { on(path, method: method, use: handler) }
        let allowed = (methods + [.options]).map(\.rawValue).sorted().joined(separator: ", ")
        let others: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .trace].filter {
            !methods.contains($0)
        }
        for method in others {
            on(path, method: method) { _, _ -> Response in
                var response = Response.text(refusal, status: PlainError.wrongMethod.status)
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
