internal import KerpLoadModel
internal import NIOHTTP1

/// Shows the phase and lets a client choose it.
struct ControlRoutes: Sendable {
    let host: ServiceHost

    func answer(_ head: HTTPRequestHead) -> Answer {
        let path = head.uri.prefix { $0 != "?" }.split(separator: "/")
        guard path.first == "phase", path.count <= 2 else { return .notFound }
        switch (head.method, path.dropFirst().first) {
        case (.GET, nil): break
        case (.POST, "auto"): host.choose(nil)
        case (.POST, let name?):
            guard let phase = Phase(rawValue: String(name)) else {
                let names = Phase.allCases.map(\.rawValue).joined(separator: ", ")
                return Answer(status: .badRequest, body: Array("no phase \(name); there are \(names) and auto\n".utf8))
            }
            host.choose(phase)
        default: return Answer(status: .methodNotAllowed, body: Array("GET /phase or POST /phase/NAME\n".utf8))
        }
        return Answer(type: "application/json", body: host.phaseDescription)
    }
}
