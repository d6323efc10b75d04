import KTSDBConfiguration
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBScrape

@Suite struct `Settings of Kubernetes` {
    private static func parse(_ entry: String) throws -> KubernetesDiscovery {
        let text = "scrape_configs: [{job_name: j, kubernetes_sd_configs: [\(entry)]}]"
        let source = try #require(try Configuration.parse(text, path: "/etc/p/prometheus.yml").jobs[0].sources.first)
        return try #require(source.settings as? KubernetesDiscovery)
    }

    @Test func `are all read, and shown again`() throws {
        let entry = """
            {role: endpoints, api_server: 'https://10.0.0.1:6443/base/', namespaces: {names: [a, b]},
            selectors: [{role: pod, label: 'a=b'}, {role: service, field: 'metadata.name=x'}],
            attach_metadata: {node: true, namespace: true, deployment: true, job: true, cronjob: true},
            authorization: {credentials: hidden}, tls_config: {ca_file: ca.crt}}
            """
        let settings = try Self.parse(entry)
        #expect(settings.role == .endpoints && settings.namespaces == ["a", "b"])
        #expect(settings.selectors[.pod]?.label == "a=b" && settings.selectors[.service]?.field == "metadata.name=x")
        #expect(settings.attachments.cronJob && settings.attachments.node)
        #expect(settings.client.tls.authorities == .file("/etc/p/ca.crt"))
        let text = "scrape_configs: [{job_name: j, kubernetes_sd_configs: [\(entry)]}]"
        let shown = try Configuration.parse(text, path: "p").yaml
        for line in ["role: endpoints", "own_namespace: false", "label: a=b", "cronjob: true", "api_server: https:"] {
            #expect(shown.contains(line), "\(line)")
        }
        #expect(!shown.contains("hidden"))
        // What is shown is read again.
        _ = try Configuration.parse(shown.replacing("<secret>", with: "x"), path: "p")
    }

    /// Entries, and Prometheus' words about them.
    private static let mistakes: [(entry: String, reason: String)] = [
        ("{}", "role missing (one of: pod, service, endpoints, endpointslice, node, ingress)"),
        ("{role: pods}", "unknown Kubernetes SD role \"pods\""),
        (
            "{role: pod, api_server: 'http://a', kubeconfig_file: x}",
            "cannot use 'kubeconfig_file' and 'api_server' simultaneously"
        ),
        (
            "{role: pod, kubeconfig_file: x, bearer_token: y}",
            "cannot use a custom HTTP client configuration together with 'kubeconfig_file'"
        ),
        (
            "{role: pod, bearer_token: y}",
            "to use custom HTTP client configuration please provide the 'api_server' URL explicitly"
        ),
        (
            "{role: pod, api_server: 'http://a', namespaces: {own_namespace: true}}",
            "cannot use 'api_server' and 'namespaces.own_namespace' simultaneously"
        ),
        (
            "{role: pod, kubeconfig_file: x, namespaces: {own_namespace: true}}",
            "cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously"
        ),
        ("{role: pod, selectors: [{role: pod}, {role: pod}]}", "duplicated selector role: pod"),
        ("{role: pod, selectors: [{role: service}]}", "pod role supports only pod, node selectors"),
        ("{role: node, selectors: [{role: pod}]}", "node role supports only node selectors"),
        ("{role: pod, namespaces: {names: ['a/../b']}}", "\"a/../b\" cannot be the name of a namespace"),
        ("{role: pod, api_server: 'ftp://a'}", "api_server \"ftp://a\" is not an address"),
        ("{role: pod, atach_metadata: {}}", "field atach_metadata not found in kubernetes_sd_config"),
    ]

    @Test(arguments: mistakes.indices) func `with mistakes are refused`(index: Int) {
        let (entry, reason) = Self.mistakes[index]
        #expect {
            try Self.parse(entry)
        } throws: { error in
            (error as? ConfigurationError)?.reason.hasPrefix(reason) == true
        }
    }

    // MARK: kubectl's file

    private static let file = """
        apiVersion: v1
        kind: Config
        current-context: here
        contexts:
        - {name: other, context: {cluster: x, user: y}}
        - {name: here, context: {cluster: local, user: me, namespace: n}}
        clusters:
        - name: local
          cluster:
            server: https://127.0.0.1:6443/
            certificate-authority-data: QUJD
        users:
        - name: me
          user: {client-certificate: me.crt, client-key-data: S0VZ, tokenFile: token}
        """

    private static func access(_ text: String) throws -> (KubernetesAccess, String) {
        let directory = TemporaryDirectory(), path = try directory.write(text, to: "config")
        return (try KubernetesConfigurationFile.access(path), directory.path)
    }

    @Test func `can be those of kubectl`() throws {
        let (access, directory) = try Self.access(Self.file)
        #expect(access.address == "https://127.0.0.1:6443")
        #expect(access.client.tls.authorities == .text("ABC"))
        #expect(access.client.tls.certificate == .file("\(directory)/me.crt"))
        #expect(access.client.tls.key == .text("KEY"))
        #expect(access.client.authorization == .credentials(type: "Bearer", .file("\(directory)/token")))
        let token = Self.file.replacing("tokenFile: token", with: "token: abc")
        #expect(try Self.access(token).0.client.authorization == .credentials(type: "Bearer", .text("abc")))
        let basic = Self.file.replacing("tokenFile: token", with: "username: u, password: p")
        #expect(
            try Self.access(basic).0.client.authorization == .basic(username: .text("u"), password: .text("p")))
        let unverified = Self.file.replacing("certificate-authority-data: QUJD", with: "insecure-skip-tls-verify: true")
        #expect(try !Self.access(unverified).0.client.tls.verifies)
    }

    @Test(arguments: [
        ("", "empty"), ("current-context: a", "the context \"a\" is not in the file"),
        ("contexts: []", "current-context is missing"), ("[]", "expected a mapping"),
        (file.replacing("cluster: local", with: "cluster: gone"), "the cluster \"gone\" is not in the file"),
        (file.replacing("QUJD", with: "'%%%'"), "certificate-authority-data is not base 64"),
        (file.replacing("https://127.0.0.1:6443/", with: "nowhere"), "the cluster's server is not an address"),
        (file.replacing("tokenFile: token", with: "exec: {command: x}"), "exec: this version does not run programs"),
        (
            file.replacing(
                "user: {client-certificate: me.crt, client-key-data: S0VZ, tokenFile: token}",
                with: "user:\n    exec:\n      command: x"), "config:15: exec: this version does not run programs"
        ),
    ])
    func `with mistakes in kubectl's file are refused`(text: String, reason: String) {
        #expect {
            try Self.access(text)
        } throws: { error in
            "\(error)".contains(reason)
        }
    }
}
