package import KTSDBConfiguration

extension KubernetesDiscovery {
    package func write(to map: inout YAMLMap) {
        map.set("api_server", server.flatMap { WebLocation($0)?.text })
        map.set("role", role.rawValue)
        map.set("kubeconfig_file", configurationFile ?? "")
        client.add(to: &map)
        if !namespaces.isEmpty || includesOwnNamespace {
            var section = YAMLMap()
            section.set("own_namespace", includesOwnNamespace)
            section.set("names", strings: namespaces)
            map.set("namespaces", section.node)
        }
        let sorted = selectors.sorted { $0.key.rawValue < $1.key.rawValue }
        map.set(
            "selectors",
            list: sorted.map { kind, selector in
                var section = YAMLMap()
                section.set("role", kind.rawValue)
                section.set("label", selector.label)
                section.set("field", selector.field)
                return section.node
            })
        if attachments != KubernetesAttachments() {
            var section = YAMLMap()
            section.set("node", attachments.node)
            section.set("namespace", attachments.namespace)
            if attachments.deployment { section.set("deployment", true) }
            if attachments.job { section.set("job", true) }
            if attachments.cronJob { section.set("cronjob", true) }
            map.set("attach_metadata", section.node)
        }
    }
}
