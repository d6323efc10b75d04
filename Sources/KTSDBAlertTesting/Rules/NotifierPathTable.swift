import KTSDBRules

/// `notifier_paths.json`: the path at which an Alertmanager is sent alerts.
enum NotifierPathTable {
    static let table = AlertTable("notifier_paths.json") { entry in
        let path = AlertmanagerPath.alerts(prefix: try need(entry["path_prefix"]?.text))
        try check(path, is: entry["path"]?.text)
    }
}
