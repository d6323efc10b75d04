internal import Hummingbird
internal import KTSDBAlerting
internal import PrometheusWire

/// The Alertmanagers that get alerts, and those that were found and do not.
struct AlertmanagersRoute: Sendable {
    /// What sends alerts; nil while nothing does.
    let sender: @Sendable () -> AlertmanagerSender?

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("alertmanagers", [.get], parameters: alertmanagers)
    }

    private func alertmanagers(_ parameters: RequestParameters) async throws -> Response {
        let sender = sender()
        return .success { json in
            json.object {
                $0.array("activeAlertmanagers", sender?.active ?? []) { $0.address($1) }
                $0.array("droppedAlertmanagers", sender?.dropped ?? []) { $0.address($1) }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func address(_ url: String) { object { $0.member("url", url) } }
}
