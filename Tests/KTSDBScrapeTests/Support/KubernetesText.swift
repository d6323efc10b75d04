/// Objects of the Kubernetes API as JSON; VERSION is replaced by the stub.
enum KubernetesText {
    /// A pod with one container; a port of nil means none.
    static func pod(
        _ namespace: String, _ name: String, ip: String, port: Int? = 8080, labels: [String: String] = [:],
        annotations: [String: String] = [:], node: String = "node-1", phase: String = "Running"
    ) -> String {
        let ports = port.map { #"[{"name":"http","containerPort":\#($0),"protocol":"TCP"}]"# } ?? "[]"
        return """
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"\(name)","namespace":"\(namespace)",
            "uid":"uid-\(name)","resourceVersion":"VERSION","labels":\(map(labels)),"annotations":\(map(annotations)),
            "managedFields":[{"manager":"kubelet","fieldsV1":{"f:metadata":{"f:labels":{}}}}]},
            "spec":{"nodeName":"\(node)","containers":[{"name":"main","image":"img:1","env":[{"name":"A"}],
            "ports":\(ports)}]},
            "status":{"phase":"\(phase)","podIP":"\(ip)","hostIP":"192.168.0.1",
            "conditions":[{"type":"PodScheduled","status":"True"},{"type":"Ready","status":"True"}],
            "containerStatuses":[{"name":"main","containerID":"containerd://\(name)"}]}}
            """
    }

    static func map(_ values: [String: String]) -> String {
        let members = values.sorted { $0.key < $1.key }.map { #""\#($0.key)":"\#($0.value)""# }
        return "{\(members.joined(separator: ","))}"
    }

    /// An object that only has a name, labels and annotations.
    static func plain(
        _ kind: String, _ namespace: String, _ name: String, labels: [String: String] = [:],
        annotations: [String: String] = [:], owner: String = "", rest: String = ""
    ) -> String {
        let place = namespace.isEmpty ? "" : #""namespace":"\#(namespace)","#
        let owners = owner.isEmpty ? "" : #","ownerReferences":[\#(owner)]"#
        return """
            {"kind":"\(kind)","metadata":{"name":"\(name)",\(place)"resourceVersion":"VERSION",
            "labels":\(map(labels)),"annotations":\(map(annotations))\(owners)}\(rest)}
            """
    }
}
