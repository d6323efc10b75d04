internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBScrape

/// Looks at the files that a configuration names, and at its targets.
struct ReferencedFiles {
    private let files: ToolFiles
    private let isSyntaxOnly: Bool
    /// What an operator should know.
    private(set) var warnings: [String] = []

    init(_ files: ToolFiles, isSyntaxOnly: Bool) {
        self.files = files
        self.isSyntaxOnly = isSyntaxOnly
    }

    /// The rule files that the patterns match.
    func ruleFiles(_ configuration: Configuration) throws(ToolFileError) -> [String] {
        var found: [String] = []
        for pattern in configuration.ruleFiles.map({ GoPath.clean(files.unplaced($0)) }) {
            if LocalFile.isMalformed(pattern) { throw ToolFileError("syntax error in pattern") }
            let matches = files.matching(pattern)
            if matches.isEmpty, !pattern.contains("*") {
                throw ToolFileError("\(goQuoted(pattern)) does not point to an existing file")
            }
            found += matches
        }
        return found
    }

    /// Checks a job's credentials, certificates and targets.
    mutating func check(_ job: ScrapeJob) throws(ToolFileError) {
        if case .credentials(_, let secret) = job.client.authorization, let path = secret?.path {
            try checkFile(path, "authorization credentials or bearer token file")
        }
        try checkCertificates(job.client.tls)
        var statics = 0
        for source in job.sources {
            if let targets = source.settings as? StaticTargets {
                try checkTargets(targets.groups, of: job, number: "\(statics)")
                statics += 1
            } else if let discovery = source.settings as? FileDiscovery {
                for (_, groups) in try groups(discovery, "scrape job \(goQuoted(job.name))") {
                    try checkTargets(groups, of: job, number: "")
                }
            }
        }
    }

    /// Checks the addresses of Alertmanagers.
    mutating func check(_ manager: AlertmanagerSettings) throws(ToolFileError) {
        for source in manager.sources {
            if let targets = source.settings as? StaticTargets {
                try checkTargets(targets.groups, of: manager)
            } else if let discovery = source.settings as? FileDiscovery {
                for (_, groups) in try groups(discovery, "alertmanager config") {
                    try checkTargets(groups, of: manager)
                }
            }
        }
    }

    // MARK: Files

    private func checkFile(_ placed: String, _ what: String) throws(ToolFileError) {
        let path = files.unplaced(placed)
        guard !isSyntaxOnly, !path.isEmpty, let absence = files.absence(path) else { return }
        throw ToolFileError("error checking \(what) \(goQuoted(path)): \(absence)")
    }

    private func checkCertificates(_ tls: HTTPClientSettings.TLS) throws(ToolFileError) {
        if let path = tls.certificate?.path { try checkFile(path, "client cert file") }
        if let path = tls.key?.path { try checkFile(path, "client key file") }
    }

    /// The groups of the files of a discovery, pattern by pattern.
    private mutating func groups(
        _ discovery: FileDiscovery, _ place: String
    ) throws(ToolFileError) -> [(pattern: String, groups: [TargetGroup])] {
        guard !isSyntaxOnly else { return [] }
        var found: [(pattern: String, groups: [TargetGroup])] = []
        for pattern in discovery.patterns.map({ GoPath.clean(files.unplaced($0)) }) {
            let paths = files.matching(pattern)
            if paths.isEmpty {
                warnings.append("  WARNING: file \(goQuoted(pattern)) for file_sd in \(place) does not exist")
            }
            for path in paths {
                do throws(ToolFileError) { found.append((pattern, try TargetFile.groups(path, files))) } catch {
                    throw ToolFileError("checking SD file \(goQuoted(pattern)): \(error)")
                }
            }
        }
        return found
    }

    // MARK: Targets

    private func checkTargets(_ groups: [TargetGroup], of job: ScrapeJob, number: String) throws(ToolFileError) {
        for group in groups {
            for (index, candidate) in Target.candidates(of: group, job: job).enumerated() {
                guard case .invalid(let reason) = candidate else { continue }
                throw ToolFileError("instance \(index) in group \(number): \(reason)")
            }
        }
    }

    private func checkTargets(_ groups: [TargetGroup], of manager: AlertmanagerSettings) throws(ToolFileError) {
        for group in groups {
            for address in group.addresses {
                var labels = LabelsBuilder(group.labels)
                labels.set("__address__", address)
                labels.set("__scheme__", manager.scheme)
                labels.set("__alerts_path__", manager.pathPrefix + "/api/v2/alerts")
                guard labels.relabel(manager.targetRules), let address = labels["__address__"], address.contains("/")
                else { continue }
                throw ToolFileError("\(goQuoted(address)) is not a valid hostname")
            }
        }
    }
}
