/// The properties of an ingress from which targets and labels are made.
struct KubernetesIngress: Hashable, Sendable {
    struct Rule: Hashable, Sendable {
        let host: String
        let paths: [String]
    }

    let className: String?
    /// The hosts with certificates, which may begin with `*.`.
    let secureHosts: [String]
    let rules: [Rule]

    init(_ json: JSONDocument) {
        let spec = json["spec"]
        className = spec["ingressClassName"].text
        secureHosts = spec["tls"].elements.flatMap { $0["hosts"].elements.compactMap(\.text) }
        rules = spec["rules"].elements.map { rule in
            let http = rule["http"]
            let paths = http["paths"].elements.map { path in
                path["path"].text.flatMap { $0.isEmpty ? nil : $0 } ?? "/"
            }
            return Rule(host: rule["host"].text ?? "", paths: http.isNull ? ["/"] : paths)
        }
    }

    /// Returns `https` if the host has a certificate, and otherwise `http`.
    func scheme(of host: String) -> String {
        secureHosts.contains { Self.matches($0, host) } ? "https" : "http"
    }

    /// Returns whether a host matches a pattern, whose first part may be `*`, which matches exactly one part.
    private static func matches(_ pattern: String, _ host: String) -> Bool {
        if pattern == host { return true }
        let wanted = pattern.split(separator: ".", omittingEmptySubsequences: false)
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return wanted[0] == "*" && wanted.count == parts.count && wanted.dropFirst() == parts.dropFirst()
    }
}
