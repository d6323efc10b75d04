/// An event of a watch: one line.
enum KubernetesEvent: Sendable {
    case set(KubernetesObject)
    case removed(KubernetesObject.Key)
    /// Nothing has changed up to a version (a bookmark), or the object has no name.
    case nothing
    /// The watch has failed.
    case failed(KubernetesAPI.Problem)

    /// Reads a document of the API, without bulky parts that no label is made from.
    static func read(_ bytes: [UInt8]) throws(DiscoveryFailure) -> JSONDocument {
        try JSONDocument.read(
            bytes, ignoring: ["managedFields", "volumes", "volumeMounts", "env", "images"])
    }

    /// Reads a line. `version` is the version that the next watch begins with.
    static func event(
        _ line: [UInt8], _ kind: KubernetesKind
    ) throws(DiscoveryFailure) -> (event: KubernetesEvent, version: String?) {
        let json = try read(line), object = json["object"]
        if json["type"].text == "ERROR" {
            let message = object["message"].text ?? "no reason given"
            let isExpired = object["code"].integer == 410 || object["reason"].text == "Expired"
            return (
                .failed(.init(failure: DiscoveryFailure("the watch ended: \(message)"), isExpired: isExpired)), nil
            )
        }
        let version = object["metadata"]["resourceVersion"].text
        guard let found = KubernetesObject(object, kind) else { return (.nothing, version) }
        switch json["type"].text {
        case "ADDED", "MODIFIED": return (.set(found), version)
        case "DELETED": return (.removed(found.key), version)
        default: return (.nothing, version)
        }
    }
}
