package import KTSDBConfiguration
package import KTSDBNotify

extension NotifierConfiguration {
    /// What is said of a file with several documents.
    package static let laterDocuments =
        "only the first YAML document is read, as in Alertmanager; remove what follows it"

    /// Reads and completes the Alertmanager configuration that a file contains.
    ///
    /// `readZone` returns the bytes of a file of the time zone database by its name; nil if it does not exist.
    /// - Throws: ``ConfigurationError`` whose reason is Alertmanager's error text, or names variables that are not set.
    package static func read(
        _ text: String, file: String, syntax: MatcherSyntax = .fallback, variables: Variables = .environment,
        readZone: @escaping (String) -> [UInt8]?
    ) throws(ConfigurationError) -> NotifierConfiguration {
        // As in Alertmanager, what follows the first document does not count.
        guard let document = try YAMLValue.firstDocument(text, file: file).value, !document.isNull else {
            throw ConfigurationError(file: file, line: nil, reason: "no route provided in config")
        }
        return try variables.reading(document, .alertmanager) { (document, _) throws(ConfigurationError) in
            try read(document, syntax, readZone)
        }
    }

    private static func read(
        _ document: YAMLValue, _ syntax: MatcherSyntax, _ readZone: @escaping (String) -> [UInt8]?
    ) throws(ConfigurationError) -> NotifierConfiguration {
        let file = document.file
        var reading = StrictReading(syntax: syntax, readZone: readZone)
        var configuration = try reading.configuration(document)
        try reading.finish(file)
        do throws(NotifierConfigurationError) {
            try configuration.complete()
            if configuration.route?.continues ?? false {
                throw NotifierConfigurationError("cannot have continue in root route", line: configuration.route?.line)
            }
        } catch {
            throw ConfigurationError(file: file, line: error.line, reason: error.description)
        }
        return configuration
    }
}

extension StrictReading {
    fileprivate mutating func configuration(_ value: YAMLValue) throws(ConfigurationError) -> NotifierConfiguration {
        var result = NotifierConfiguration()
        for (key, value, line) in mapping(value, "config.plain") ?? [] {
            switch key {
            case "global": if let global = try section(value, .global) { result.global = global }
            case "route": result.route = try route(value, depth: 0)
            case "inhibit_rules":
                for element in list(value, "[]common.InhibitRule") ?? [] {
                    if let rule = try inhibitionRule(element) { result.inhibitionRules.append(rule) }
                }
            case "receivers":
                for element in (try? value.list()) ?? [] where element.isNull {
                    throw element.refusal("an entry of receivers is empty; give it a name, or remove it")
                }
                for element in list(value, "[]config.Receiver") ?? [] {
                    if let receiver = try receiver(element) { result.receivers.append(receiver) }
                }
            case "templates": result.templates = texts(value) ?? []
            case "mute_time_intervals": result.muteTimeIntervals = try namedIntervals(value, "mute time interval")
            case "time_intervals": result.timeIntervals = try namedIntervals(value, "time interval")
            case "tracing", "event_recorder": _ = tree(value)
            default: noteUnknown(key, line, "config.plain")
            }
        }
        return result
    }

    /// Reads the named time intervals; the kind is as errors call it.
    private mutating func namedIntervals(
        _ value: YAMLValue, _ kind: String
    ) throws(ConfigurationError) -> [NotifierConfiguration.NamedIntervals] {
        var result: [NotifierConfiguration.NamedIntervals] = []
        for element in list(value, "[]config.\(kind == "time interval" ? "TimeInterval" : "MuteTimeInterval")") ?? [] {
            var name = "", intervals: [TimeInterval] = []
            for (key, value, line) in mapping(element, "config.plain") ?? [] {
                switch key {
                case "name": name = text(value) ?? ""
                case "time_intervals": intervals = try timeIntervals(value)
                default: noteUnknown(key, line, "config.plain")
                }
            }
            if name.isEmpty, problems.isEmpty { throw element.refusal("missing name in \(kind)") }
            result.append(NotifierConfiguration.NamedIntervals(name: name, intervals: intervals))
        }
        return result
    }
}
