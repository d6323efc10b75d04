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
                $0.array("activeAlertmanagers", sender?.active ?? []) { json, url in json.object { $0.member("url", url) } }
                $0.array("droppedAlertmanagers", sender?.dropped ?? []) { json, url in
                    json.object { $0.member("url", url) }
                }
            }
        }
    }
}
