package import KTSDBConfiguration

/// Who may use the listeners, as it was read and does not apply yet.
struct AccessChange: Sendable {
    private var changes: [(control: AccessControl, change: AccessControl.Change)] = []

    /// Reads the files that the flags and `settings` name. Blocks.
    /// - Throws: `ConfigurationError` for the first problem.
    init(reading settings: Settings, of state: ServerState) throws(ConfigurationError) {
        let hasAlertmanager = !state.options.alertmanager.listenAddresses.isEmpty
        for control in [state.access] + (hasAlertmanager ? [state.alertmanagerAccess] : []) {
            changes.append((control, try control.read(settings[AccessSettings.self])))
        }
    }

    func apply() { for (control, change) in changes { control.apply(change) } }
}

extension ServerState {
    /// Reads who may use the listeners, and applies it. Blocks.
    /// - Throws: `ConfigurationError`; what applied before stays.
    package func loadAccess(_ settings: Settings) throws(ConfigurationError) {
        try AccessChange(reading: settings, of: self).apply()
    }
}
