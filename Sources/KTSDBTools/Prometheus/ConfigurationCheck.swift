internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBScrape
internal import PrometheusWire

/// `check config`: whether Prometheus' configurations and the files that they name are valid.
package struct ConfigurationCheck: Sendable {
    private let lints: LintSelection
    private let files: ToolFiles
    private let options: ToolOptions
    /// Whether the files that a configuration names are left alone.
    package var isSyntaxOnly = false
    /// How far back queries look.
    package var lookback = Duration.seconds(300)

    package init(_ lints: LintSelection, _ files: ToolFiles, _ options: ToolOptions) {
        self.lints = lints
        self.files = files
        self.options = options
    }

    /// Checks files.
    package func run(_ paths: [String], context: LintInputs = LintInputs()) -> ToolOutput {
        if let refusal = ToolArguments.refusal(paths, files, options) { return refusal }
        var output = lints.warnings, verdict = RuleCheck.Verdict()
        for path in paths { check(path, context, &output, &verdict) }
        options.listUnset(to: &output)
        output.code = verdict.code(lints)
        return output
    }

    private func check(
        _ path: String, _ context: LintInputs, _ output: inout ToolOutput, _ verdict: inout RuleCheck.Verdict
    ) {
        output.print("Checking \(path)")
        var ruleFiles: [String] = [], jobs: [ScrapeJob] = [], text = ""
        do throws(ToolFileError) {
            text = try files.text(path)
            let file = try read(text, path)
            jobs = file.configuration.jobs
            ruleFiles = try checkReferences(file.configuration, &output)
            if !ruleFiles.isEmpty { output.print("  SUCCESS: \(ruleFiles.count) rule files found") }
            output.print(" SUCCESS: \(path) is valid prometheus config file syntax")
            for problem in file.unserved {
                output.complain("  WARNING: \(problem) (Prometheus accepts this, the server of ktsdb refuses it)")
            }
        } catch {
            output.complain("  FAILED: \(error)")
            verdict.hasFailed = true
            verdict.hasErrors = true
        }
        output.print("")
        guard !isSyntaxOnly else { return }
        lintIntervals(jobs, &output, &verdict)
        verdict.texts = []
        RuleCheck(lints, files, options).indented().check(ruleFiles, &output, &verdict)
        guard lints.selectsMore, !text.isEmpty else { return }
        var context = context
        context.ruleFiles += verdict.texts
        context.configuration = (path, text)
        let findings = lints.findings(in: context, files: files, options: options)
        verdict.hasFailed = LintReport.write(findings, to: &output) || verdict.hasFailed
    }

    private func read(_ text: String, _ path: String) throws(ToolFileError) -> PrometheusFile {
        do throws(ConfigurationError) { return try PrometheusFile.read(text, path: path, files, options) } catch {
            // promtool looks at this after it has read the file.
            let isLate = error.reason.hasPrefix("client cert file") || error.reason.hasPrefix("client key file")
            throw ToolFileError(isLate ? error.reason : "parsing YAML file \(path): \(error.reason)")
        }
    }

    /// Returns the rule files that exist.
    private func checkReferences(
        _ configuration: Configuration, _ output: inout ToolOutput
    ) throws(ToolFileError) -> [String] {
        var references = ReferencedFiles(files, isSyntaxOnly: isSyntaxOnly)
        let ruleFiles = isSyntaxOnly ? [] : try references.ruleFiles(configuration)
        for job in configuration.jobs { try references.check(job) }
        for manager in configuration.alerting.alertmanagers { try references.check(manager) }
        for warning in references.warnings { output.print(warning) }
        return ruleFiles
    }

    /// Names the first job that is scraped less often than queries look back.
    private func lintIntervals(
        _ jobs: [ScrapeJob], _ output: inout ToolOutput, _ verdict: inout RuleCheck.Verdict
    ) {
        guard lints.selects(LintTable.longScrapeInterval), let job = jobs.first(where: { $0.interval >= lookback })
        else { return }
        output.complain(
            "  FAILED: too long scrape interval found, data point will be marked as stale - job: \(job.name), interval: "
                + PrometheusDuration.format(job.interval))
        verdict.hasFailed = true
    }
}
