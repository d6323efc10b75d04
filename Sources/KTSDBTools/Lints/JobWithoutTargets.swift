internal import KTSDBModel

/// A job that finds targets in no way scrapes nothing.
enum JobWithoutTargets {
    static let lint = Lint(
        "job-without-targets", .config, "A scrape job has no static_configs and no service discovery."
    ) { context in
        guard let configuration = context.configuration else { return [] }
        return configuration.jobs.filter { !$0.hasSources }.map { job in
            LintFinding(
                file: configuration.file, line: job.line, subject: "job \(goQuoted(job.name))",
                why: "nothing says where its targets are, so nothing is scraped",
                fix: "add static_configs or a discovery, or remove the job")
        }
    }
}
