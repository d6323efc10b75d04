/// The properties of a pod from which targets and labels are made.
struct KubernetesPod: Hashable, Sendable {
    /// A port that a container declares.
    struct Port: Hashable, Sendable {
        let name: String
        let number: Int
        let transport: String
    }

    /// A container of a pod.
    struct Container: Hashable, Sendable {
        let name: String
        let image: String
        let id: String
        let isInit: Bool
        let ports: [Port]
    }

    let ip: String
    let hostIP: String
    let phase: String
    /// The status of the condition `Ready` in lower case: true, false or unknown.
    let readiness: String
    let nodeName: String
    /// The containers, followed by the init containers.
    let containers: [Container]

    init(_ json: JSONDocument) {
        let status = json["status"], spec = json["spec"]
        ip = status["podIP"].text ?? ""
        hostIP = status["hostIP"].text ?? ""
        phase = status["phase"].text ?? ""
        let ready = status["conditions"].elements.first { $0["type"].text == "Ready" }
        readiness = ready?["status"].text?.lowercased() ?? "unknown"
        nodeName = spec["nodeName"].text ?? ""
        containers =
            Self.containers(spec["containers"], status["containerStatuses"], areInit: false)
            + Self.containers(spec["initContainers"], status["initContainerStatuses"], areInit: true)
    }

    private static func containers(
        _ specifications: JSONDocument, _ statuses: JSONDocument, areInit: Bool
    ) -> [Container] {
        specifications.elements.map { container in
            let name = container["name"].text ?? ""
            let status = statuses.elements.first { $0["name"].text == name }
            return Container(
                name: name, image: container["image"].text ?? "", id: status?["containerID"].text ?? "",
                isInit: areInit,
                ports: container["ports"].elements.map { port in
                    Port(
                        name: port["name"].text ?? "", number: port["containerPort"].integer ?? 0,
                        transport: port["protocol"].text ?? "")
                })
        }
    }
}
