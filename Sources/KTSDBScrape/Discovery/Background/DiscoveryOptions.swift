internal import CLibrary

/// Settings of discoveries that are the same for all configurations on a machine.
package struct DiscoveryOptions: Sendable {
    /// The folder in which Kubernetes puts the account of a pod: `ca.crt`, `token` and `namespace`.
    package var serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"
    /// The address of the Kubernetes API for a configuration that does not name one, such as `https://10.96.0.1:443`;
    /// nil outside a cluster.
    package var kubernetesAddress = Self.addressInCluster
    /// The file that names the DNS servers.
    package var resolverFile = "/etc/resolv.conf"
    /// The port of DNS servers.
    package var resolverPort = 53
    /// The longest answer, in bytes: far above real installations.
    package var answerBytes = 256 << 20
    /// The longest page of a Kubernetes list, in bytes; a longer one is requested again as smaller pages.
    package var pageBytes = 64 << 20
    /// The first pause after a failure; each further pause is twice as long as the one before.
    package var firstPause = Duration.milliseconds(800)
    /// The longest pause after a failure.
    package var longestPause = Duration.seconds(30)

    package init() {}

    /// The address that Kubernetes puts in the environment of each pod.
    private static var addressInCluster: String? {
        guard let host = SystemCall.environment("KUBERNETES_SERVICE_HOST"), !host.isEmpty,
            let port = SystemCall.environment("KUBERNETES_SERVICE_PORT"), !port.isEmpty
        else { return nil }
        return "https://\(NetworkAddress.joined(host, port))"
    }
}
