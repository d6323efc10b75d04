internal import NIOCore

/// Where this server listens, to recognise it among the Alertmanagers of its own configuration.
///
/// Names are not looked up: one that only a name service knows is not recognised, and gets its alerts over the network.
package struct OwnAddresses: Sendable {
    private var hosts: [Int: Set<String>] = [:]

    private static let wildcards: Set = ["", "0.0.0.0", "::"]
    private static let loopback: Set = ["localhost", "127.0.0.1", "::1"]

    /// Creates the addresses of a server that listens at these, and whose machine has a name.
    package init(listening: [(host: String, port: Int)], hostName: String) {
        self.init(listening: listening, hostName: hostName, interfaces: Self.interfaces)
    }

    /// The same for a machine whose network interfaces have these addresses.
    init(listening: [(host: String, port: Int)], hostName: String, interfaces: [String]) {
        for (host, port) in listening {
            let host = host.lowercased()
            var names: Set = [host]
            if Self.wildcards.contains(host) { names.formUnion(interfaces + [hostName.lowercased()]) }
            if Self.wildcards.contains(host) || Self.loopback.contains(host) { names.formUnion(Self.loopback) }
            hosts[port, default: []].formUnion(names)
        }
    }

    /// Returns whether a client that connects to this host and port reaches this server.
    package func contains(host: String, port: Int) -> Bool {
        hosts[port]?.contains(host.lowercased()) ?? false
    }

    private static var interfaces: [String] {
        ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress?.lowercased() }
    }
}
