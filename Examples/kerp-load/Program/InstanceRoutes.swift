internal import NIOHTTP1

/// What an instance of the service answers.
struct InstanceRoutes: Sendable {
    let host: ServiceHost
    let instance: Int

    func answer(_ head: HTTPRequestHead) -> Answer {
        switch head.uri.prefix(while: { $0 != "?" }) {
        case "/metrics":
            guard let page = host.page(of: instance) else { return Self.down }
            return Answer(type: "text/plain; version=0.0.4; charset=utf-8", body: page)
        case "/health": return host.page(of: instance) == nil ? Self.down : Answer(body: Array("ok\n".utf8))
        default: return .notFound
        }
    }

    private static let down = Answer(status: .serviceUnavailable, body: Array("the instance is down\n".utf8))
}
