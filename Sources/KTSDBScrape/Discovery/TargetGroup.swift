package import KTSDBConfiguration
package import KTSDBModel

/// Addresses that share labels: an entry of `static_configs`, or of a target file.
package struct TargetGroup: Hashable, Sendable {
    /// The targets' addresses, `host:port`.
    package var addresses: [String]
    /// The labels that all of them get.
    package var labels: Labels

    /// Creates a group.
    package init(addresses: [String], labels: Labels) {
        self.addresses = addresses
        self.labels = labels
    }
}

extension TargetGroup {
    init(_ value: YAMLValue, names: NameScheme) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "target group")
        addresses = try section.take("targets")?.strings() ?? []
        labels =
            try section.take("labels").map { (value) throws(ConfigurationError) in try value.labels(names: names) }
            ?? [:]
        try section.finish()
    }

    /// Returns the groups in a target file, which is JSON if its name ends in `.json`, and otherwise YAML.
    package static func groups(in bytes: [UInt8], file: String) throws(ConfigurationError) -> [TargetGroup] {
        if file.lowercased().hasSuffix(".json") {
            do { return try JSONTargets.groups(in: bytes) } catch {
                throw ConfigurationError(file: file, line: error.line, reason: error.description)
            }
        }
        let text: String
        do { text = try FileText.decode(bytes) } catch {
            throw ConfigurationError(file: file, line: error.line, reason: "cannot read: \(error)")
        }
        guard let document = try YAMLValue.document(text, file: file) else { return [] }
        var groups: [TargetGroup] = []
        for value in try document.list() {
            if value.isNull { throw value.error("empty target group") }
            groups.append(try TargetGroup(value, names: .utf8))
        }
        return groups
    }
}

extension YAMLValue {
    /// Reads a mapping from label names to values.
    func labels(names: NameScheme) throws(ConfigurationError) -> Labels {
        var builder = LabelsBuilder()
        for (name, value) in try pairs() {
            guard names.isLabelName(name) else { throw value.error("\(goQuoted(name)) is not a valid label name") }
            builder.set(name, try value.string())
            if let problem = builder.problem { throw value.error("\(problem)") }
        }
        return builder.labels
    }
}
