internal import KTSDBConfiguration
internal import KTSDBNotify
internal import PrometheusWire

extension Receiver {
    /// The receiver with the files that its HTTP and TLS settings name looked for where the configuration is.
    func resolvingFiles(in directory: String) -> Receiver {
        var result = self
        for place in integrations.indices {
            let values = integrations[place].values
            for section in FieldValues.sections {
                guard let fields = values.fields(section) else { continue }
                result.integrations[place].values[section] = .fields(fields.resolvingFiles(in: directory))
            }
        }
        return result
    }
}

extension FieldValues {
    private static let fileFields = [
        "ca_file", "cert_file", "key_file", "username_file", "password_file", "credentials_file", "client_secret_file",
        "bearer_token_file",
    ]

    fileprivate func resolvingFiles(in directory: String) -> FieldValues {
        var result = self
        for name in Self.fileFields where has(name) {
            result[name] = .text(LocalFile.resolve(text(name), in: directory))
        }
        for section in Self.sections {
            if let inner = fields(section) { result[section] = .fields(inner.resolvingFiles(in: directory)) }
        }
        if let headers = tree("http_headers") { result["http_headers"] = .tree(Self.resolving(headers, directory)) }
        return result
    }

    private static func resolving(_ headers: JSONTree, _ directory: String) -> JSONTree {
        guard case .object(let members) = headers else { return headers }
        return .object(
            members.map { header in
                guard case .object(let parts) = header.value else { return header }
                let resolved = parts.map { part in
                    guard part.name == "files", case .array(let files) = part.value else { return part }
                    let paths = files.compactMap(\.text).map { LocalFile.resolve($0, in: directory) }
                    return JSONTree.Member(part.name, .array(paths.map { .string($0) }))
                }
                return JSONTree.Member(header.name, .object(resolved))
            })
    }
}
