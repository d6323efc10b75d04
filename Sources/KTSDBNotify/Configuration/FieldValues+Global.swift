extension FieldValues {
    /// Takes an address from the global values unless it is set, and refuses that neither sets it.
    mutating func completeURL(
        _ name: String, _ global: FieldValues, _ globalName: String, _ error: String, endsInSlash: Bool = false
    ) throws(NotifierConfigurationError) {
        inherit(name, from: global, globalName)
        let url = text(name)
        try refuse(url.isEmpty, error)
        guard endsInSlash, let end = url.firstIndex(where: { $0 == "?" || $0 == "#" }) ?? Optional(url.endIndex),
            !url[..<end].hasSuffix("/")
        else { return }
        self[name] = .text(url[..<end] + "/" + url[end...])
    }

    /// Takes a secret, or the name of the file with it, from the global values: both together unless `separately`.
    mutating func completeSecret(
        _ name: String, _ global: FieldValues, _ globalName: String, _ error: String, separately: Bool = false
    ) throws(NotifierConfigurationError) {
        if separately || (!has(name) && !has(name + "_file")) {
            inherit(name, from: global, globalName)
            inherit(name + "_file", from: global, globalName + "_file")
        }
        try refuse(!has(name) && !has(name + "_file"), error)
    }
}
