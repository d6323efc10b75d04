public import KTSDBModel

/// The label `service_name`, which a stream gets when it is pushed without it.
public enum ServiceName {
    /// The label's name.
    public static let label = "service_name"
    /// The value if no other label names the service.
    public static let unknown = "unknown_service"
    /// The labels that name a service, from the most to the least specific: Loki's `discover_service_name`.
    public static let standardSources = [
        "service", "app", "application", "app_name", "name", "app_kubernetes_io_name", "container", "container_name",
        "k8s_container_name", "component", "workload", "job", "k8s_job_name",
    ]

    /// Returns a stream's labels with `service_name`: its own, or else the value of the first of `sources` that it has.
    ///
    /// Without sources, nothing is added.
    public static func added(to labels: Labels, from sources: [String] = standardSources) -> Labels {
        if sources.isEmpty || labels.valueRange(of: label) != nil { return labels }
        for source in sources {
            if let value = labels.valueRange(of: source) {
                return labels.setting(Array(label.utf8), to: Array(labels.stringForm[value]))
            }
        }
        return labels.setting(label, to: unknown)
    }
}
