internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP1

/// Posts heartbeats to their targets.
package protocol HeartbeatClient: Sendable {
    /// Posts a text to one of a target's addresses.
    /// - Returns: Why the text did not arrive; nil if it did.
    func post(_ text: String, to url: String, of target: HeartbeatTarget) async -> String?
    /// Closes the connections to all targets except these.
    func keep(_ targets: [HeartbeatTarget]) async
}

/// Posts heartbeats over HTTP.
package actor HTTPHeartbeatClient: HeartbeatClient {
    private var clients: [HeartbeatTarget: SettingsClient] = [:]
    private let userAgent: String

    /// Creates a client without connections.
    package init(userAgent: String) { self.userAgent = userAgent }

    package func post(_ text: String, to url: String, of target: HeartbeatTarget) async -> String? {
        let client = clients[target] ?? SettingsClient(target.client)
        clients[target] = client
        let headers: HTTPHeaders = ["User-Agent": userAgent, "Content-Type": "text/plain; charset=utf-8"]
        do throws(FetchError) {
            let answer = try await client.post(
                ByteBuffer(string: text), to: url, headers, timeout: target.timeout)
            return answer.isSuccess ? nil : "status \(answer.status) \(answer.reason)"
        } catch {
            // The address may contain a secret, so only its host is shown.
            return "\(error)".replacing(url, with: HeartbeatTarget.host(of: url))
        }
    }

    package func keep(_ targets: [HeartbeatTarget]) async {
        let gone = clients.filter { !targets.contains($0.key) }
        for target in gone.keys { clients[target] = nil }
        for client in gone.values { await client.close() }
    }
}
