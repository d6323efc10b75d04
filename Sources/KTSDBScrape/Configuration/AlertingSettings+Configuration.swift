internal import KTSDBConfiguration
internal import KTSDBModel

extension AlertingSettings {
    /// Reads and checks the section `alerting`; relative paths are resolved against `directory`.
    init(_ value: YAMLValue, names: NameScheme, directory: String) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "alerting")
        alertRules = try RelabelRule.list(
            section.take("alert_relabel_configs"), names: names, ifNull: "empty or null alert relabeling rule")
        for entry in try section.take("alertmanagers")?.list() ?? [] {
            if entry.isNull { throw entry.error("empty or null section in alertmanagers") }
            alertmanagers.append(try AlertmanagerSettings(entry, names: names, directory: directory))
        }
        try section.finish()
    }
}

extension AlertmanagerSettings {
    /// Reads and checks one entry of `alertmanagers`.
    fileprivate init(_ value: YAMLValue, names: NameScheme, directory: String) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "alertmanager_config")
        if let value = section.take("scheme") {
            scheme = try value.string()
            if !["http", "https"].contains(scheme) { try value.refuse("scheme must be http or https") }
        }
        if let value = section.take("path_prefix") { pathPrefix = try value.string() }
        if let value = section.take("timeout") {
            timeout = try value.duration()
            guard timeout > .zero else { throw value.error("timeout must be greater than 0") }
        }
        try Self.checkVersion(section.take("api_version"))
        try section.refuse("sigv4", because: "this version does not sign requests for AWS; remove the section")
        client = try HTTPClientSettings(taking: &section, directory: directory)
        targetRules = try RelabelRule.list(
            section.take("relabel_configs"), names: names,
            ifNull: "empty or null Alertmanager target relabeling rule")
        alertRules = try RelabelRule.list(
            section.take("alert_relabel_configs"), names: names,
            ifNull: "empty or null Alertmanager alert relabeling rule")
        sources = try TargetSources.take(
            from: &section,
            in: TargetSourceContext(names: names, directory: directory, areTargetsRelabelled: !targetRules.isEmpty))
        try section.finish()
    }

    /// Checks `api_version`, which can only be v2: Alertmanagers before 0.16 are not served, as in Prometheus 3.
    private static func checkVersion(_ value: YAMLValue?) throws(ConfigurationError) {
        guard let value else { return }
        let version = try value.string()
        guard version == "v2" else {
            throw value.error("expected Alertmanager api version to be one of [v2] but got \(version)")
        }
    }
}
