internal import FoundationEssentials
package import KTSDBModel

/// Addresses that share labels: an entry of `static_configs`, or of a file of targets.
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

    /// The groups of a file of targets, which is JSON or YAML as its name ends.
    static func groups(in text: String, file: String) throws(ConfigurationError) -> [TargetGroup] {
        if file.lowercased().hasSuffix(".json") { return try JSONTargetGroup.groups(in: text, file: file) }
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
            guard names.isLabelName(name) else { throw value.error("\(quoted(name)) is not a valid label name") }
            builder.set(name, try value.string())
            if let problem = builder.problem { throw value.error("\(problem)") }
        }
        return builder.labels
    }
}

/// A target group as JSON has it: values are texts, and there are no other fields.
private struct JSONTargetGroup: Decodable {
    struct Field: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var targets: [String] = []
    var labels: [String: String] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Field.self)
        for key in container.allKeys {
            switch key.stringValue {
            case "targets": targets = try container.decodeIfPresent([String].self, forKey: key) ?? []
            case "labels": labels = try container.decodeIfPresent([String: String].self, forKey: key) ?? [:]
            case let name:
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "field \(name) not found in target group")
            }
        }
        if labels.keys.contains("") {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\"\" is not a valid label name"))
        }
    }

    static func groups(in text: String, file: String) throws(ConfigurationError) -> [TargetGroup] {
        do {
            return try JSONDecoder().decode([JSONTargetGroup].self, from: Data(text.utf8)).map {
                TargetGroup(
                    addresses: $0.targets, labels: try Labels(checking: $0.labels.lazy.map { ($0.key, $0.value) }))
            }
        } catch let error as DecodingError {
            throw ConfigurationError(file: file, line: nil, reason: reason(for: error))
        } catch let error as LabelTooLong {
            throw ConfigurationError(file: file, line: nil, reason: "\(error)")
        } catch {
            throw ConfigurationError(file: file, line: nil, reason: "not valid JSON: \(error)")
        }
    }

    private static func reason(for error: DecodingError) -> String {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return "\(error)"
        }
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        let cause = context.underlyingError.map { " (\($0))" } ?? ""
        return (place.isEmpty ? "" : "\(place): ") + context.debugDescription + cause
    }
}
