internal import GoTemplate
internal import KTSDBAlertingFiles
package import KTSDBConfiguration
internal import KTSDBModel
package import KTSDBNotify
internal import KTSDBScrape

extension LoadedNotifierConfiguration {
    /// How many files with templates a configuration may have, and how large each may be.
    private static let templateFileLimit = 1_000, templateByteLimit = 4 << 20

    /// Reads Alertmanager's configuration file at `path`, and the files with templates that it names.
    ///
    /// - Throws: ``ConfigurationError`` with file and line: for what Alertmanager refuses, in its words, and for
    ///   receivers that this program does not deliver to.
    package static func load(
        _ path: String, syntax: MatcherSyntax = .fallback, variables: Variables = .environment
    ) throws(ConfigurationError) -> LoadedNotifierConfiguration {
        let text: String
        do throws(LocalFile.Failure) { text = try LocalFile.text(path) } catch {
            throw ConfigurationError(unreadable: path, error)
        }
        return try parse(text, file: path, syntax: syntax, variables: variables)
    }

    /// Reads a configuration from its text; `file` is where it is from.
    package static func parse(
        _ text: String, file: String, syntax: MatcherSyntax = .fallback, variables: Variables = .environment
    ) throws(ConfigurationError) -> LoadedNotifierConfiguration {
        let configuration = try NotifierConfiguration.read(
            text, file: file, syntax: syntax, variables: variables, readZone: TimeZoneFile.read)
        try refuseUndelivered(configuration, file)
        let plan: NotificationPlan
        do throws(NotifierConfigurationError) { plan = try NotificationPlan(configuration) } catch {
            throw ConfigurationError(file: file, line: nil, reason: error.description)
        }
        let directory = LocalFile.directory(of: file)
        let receivers = configuration.receivers.map { $0.resolvingFiles(in: directory) }
        try checkCertificates(receivers, file)
        var loaded = LoadedNotifierConfiguration(
            file: file, plan: plan, receivers: receivers,
            templates: try templates(configuration.templates, file),
            shownText: try NotifierConfiguration.shownText(
                text, file: file, variables: variables, of: configuration), hash: hash(text))
        if YAMLValue.hasContentAfterFirst(text) { loaded.warnings.append(NotifierConfiguration.laterDocuments) }
        return loaded
    }

    // MARK: Receivers

    private static func refuseUndelivered(
        _ configuration: NotifierConfiguration, _ file: String
    ) throws(ConfigurationError) {
        for receiver in configuration.receivers {
            for integration in receiver.integrations {
                guard let reason = integration.obstacle else { continue }
                throw ConfigurationError(
                    file: file, line: integration.line, reason: "receiver \(goQuoted(receiver.name)): \(reason)")
            }
        }
    }

    // MARK: Templates

    private static func templates(
        _ patterns: [String], _ file: String
    ) throws(ConfigurationError) -> NotificationTemplates {
        var files: [(name: String, text: String)] = [], known: Set<String> = []
        for pattern in patterns {
            guard !LocalFile.isMalformed(pattern) else {
                let reason = "templates: \(goQuoted(pattern)): syntax error in pattern"
                throw ConfigurationError(file: file, line: nil, reason: reason)
            }
            let paths = LocalFile.matching(LocalFile.resolve(pattern, in: LocalFile.directory(of: file)))
            for path in paths where known.insert(path).inserted {
                files.append((String(path.split(separator: "/").last ?? ""), try template(path)))
                guard files.count <= templateFileLimit else {
                    let reason = "templates: \(goQuoted(pattern)) makes more than \(templateFileLimit) files"
                    throw ConfigurationError(file: file, line: nil, reason: reason)
                }
            }
        }
        do throws(NotificationTemplateError) {
            return try NotificationTemplates(files: files) { try? Location.load($0, read: TimeZoneFile.read) }
        } catch {
            throw ConfigurationError(file: file, line: nil, reason: error.description)
        }
    }

    private static func template(_ path: String) throws(ConfigurationError) -> String {
        // A pattern also finds directories, and files that only look like templates.
        if let stamp = LocalFile.stamp(path), stamp.size > templateByteLimit {
            throw ConfigurationError(
                file: path, line: nil, reason: "a template of \(stamp.size) bytes; the limit is \(templateByteLimit)")
        }
        do throws(LocalFile.Failure) { return try LocalFile.text(path) } catch {
            throw ConfigurationError(unreadable: path, error)
        }
    }

    /// The number by which Alertmanager's metric shows that a file has changed: the beginning of its MD5 hash.
    private static func hash(_ text: String) -> UInt64 {
        MD5.digest(text.utf8).prefix(6).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    }
}
