/// The properties of a service from which targets and labels are made.
struct KubernetesService: Hashable, Sendable {
    /// A port of a service.
    struct Port: Hashable, Sendable {
        let name: String
        let number: Int
        let transport: String
    }

    let type: String
    let clusterIP: String
    let externalName: String
    /// The addresses of its load balancer, separated by commas.
    let balancerIP: String
    let ports: [Port]
    /// The preferred address family of a dual-stack service; nil for other services.
    let primaryFamily: String?

    init(_ json: JSONDocument) {
        let spec = json["spec"]
        type = spec["type"].text ?? ""
        clusterIP = spec["clusterIP"].text ?? ""
        externalName = spec["externalName"].text ?? ""
        let balancers = json["status"]["loadBalancer"]["ingress"].elements.compactMap { $0["ip"].text }
            .filter { !$0.isEmpty }
        balancerIP = balancers.isEmpty ? spec["loadBalancerIP"].text ?? "" : balancers.joined(separator: ",")
        ports = spec["ports"].elements.map { port in
            Port(
                name: port["name"].text ?? "", number: port["port"].integer ?? 0,
                transport: port["protocol"].text ?? "")
        }
        let hasTwo = ["PreferDualStack", "RequireDualStack"].contains(spec["ipFamilyPolicy"].text ?? "")
        primaryFamily = hasTwo ? spec["ipFamilies"].elements.first?.text : nil
    }
}
