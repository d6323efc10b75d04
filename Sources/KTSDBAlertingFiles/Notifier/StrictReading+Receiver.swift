internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify

extension StrictReading {
    /// Reads a receiver; nil if it is null.
    mutating func receiver(_ value: YAMLValue) throws(ConfigurationError) -> Receiver? {
        let before = problems.count
        guard let pairs = mapping(value, "config.plain") else { return nil }
        var receiver = Receiver(name: ""), labels = KeyValues()
        receiver.line = value.line
        var integrations: [IntegrationKind: [IntegrationConfiguration]] = [:]
        for (key, value, line) in pairs {
            if key == "name" {
                receiver.name = text(value) ?? ""
            } else if key == "labels" {
                labels = self.pairs(value) ?? KeyValues()
            } else if let kind = IntegrationKind.allCases.first(where: { $0.key == key }) {
                integrations[kind] = try self.integrations(value, kind)
            } else {
                noteUnknown(key, line, "config.plain")
            }
        }
        if problems.count == before { try check(receiver, labels, value) }
        receiver.labels = KeyValues(labels.pairs.map { ($0.name, $0.value) } + [("name", receiver.name)])
        receiver.integrations = IntegrationKind.allCases.flatMap { integrations[$0] ?? [] }
        return receiver
    }

    private func check(_ receiver: Receiver, _ labels: KeyValues, _ value: YAMLValue) throws(ConfigurationError) {
        if receiver.name.isEmpty { throw value.refusal("missing name in receiver") }
        guard let name = labels["name"], name != receiver.name else { return }
        throw value.refusal(
            "receiver label \"name\" must match receiver name \(goQuoted(receiver.name)), got \(goQuoted(name))")
    }

    private mutating func integrations(
        _ value: YAMLValue, _ kind: IntegrationKind
    ) throws(ConfigurationError) -> [IntegrationConfiguration] {
        var result: [IntegrationConfiguration] = []
        for (index, element) in (list(value, "[]*\(kind.schema.goType)") ?? []).enumerated() {
            let values = try section(element, kind.schema)
            var integration = IntegrationConfiguration(kind: kind, index: index, values: values ?? FieldValues())
            integration.isMissing = element.isNull
            integration.line = element.line
            result.append(integration)
        }
        return result
    }
}
