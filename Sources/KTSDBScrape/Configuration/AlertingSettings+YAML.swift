internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire
internal import Yams

extension AlertingSettings {
    /// The section as YAML, with the defaults filled in and secrets hidden.
    var node: Node {
        var map = YAMLMap()
        map.set("alert_relabel_configs", list: alertRules.map(\.node))
        map.set("alertmanagers", list: alertmanagers.map(\.node))
        return map.node
    }
}

extension AlertmanagerSettings {
    fileprivate var node: Node {
        var map = YAMLMap()
        client.add(to: &map)
        map.set("scheme", scheme)
        if !pathPrefix.isEmpty { map.set("path_prefix", pathPrefix) }
        map.set("timeout", PrometheusDuration.format(timeout))
        map.set("api_version", "v2")
        map.set("relabel_configs", list: targetRules.map(\.node))
        map.set("alert_relabel_configs", list: alertRules.map(\.node))
        TargetSources.write(sources, to: &map)
        return map.node
    }
}
