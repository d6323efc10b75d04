internal import CLibrary

/// Where discoveries find what is the same for all configurations on a machine.
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
    /// The longest answer, in bytes. Real installations are far below.
    package var answerBytes = 256 << 20
    /// The longest page of a list of Kubernetes, in bytes; one that is longer is asked for in parts.
    package var pageBytes = 64 << 20
    /// How long the first pause after a failure is; each one is twice as long as that before it.
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
