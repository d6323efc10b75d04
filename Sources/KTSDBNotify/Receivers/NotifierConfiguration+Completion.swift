internal import KTSDBModel

extension NotifierConfiguration {
    /// Refuses contradictions, and completes each integration with the global values.
    /// - Throws: ``NotifierConfigurationError``.
    package mutating func complete() throws(NotifierConfigurationError) {
        try checkGlobal()
        var names: Set<String> = []
        for index in receivers.indices {
            let name = receivers[index].name
            try refuse(
                names.contains(name), "notification config name \(goQuoted(name)) is not unique",
                line: receivers[index].line)
            for place in receivers[index].integrations.indices {
                do throws(NotifierConfigurationError) {
                    try receivers[index].integrations[place].complete(from: global)
                } catch {
                    throw error.at(receivers[index].integrations[place].line)
                }
            }
            names.insert(name)
        }
        try checkRoute(names)
        try checkIntervals()
    }
}
