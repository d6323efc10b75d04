internal import Hummingbird
internal import KTSDBAlerting
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules
internal import KTSDBScrape
internal import PromQL
internal import PrometheusWire

/// The server's own metrics: `ktsdb_…`, and the names that dashboards made for Prometheus expect.
struct MetricsRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("metrics", [.get]) { [self] _, _ in
            .text(await currentPage(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    /// The page as it is now.
    func currentPage() async -> String {
        let parts = try? state.ready
        let groups = await parts?.rules.evaluators ?? []
        let notifier = await state.alertmanager.notifier?.selfMetrics() ?? []
        let heartbeats = await state.heartbeatReport().selfMetrics()
        // The engine's figures wait for commits in progress.
        return await state.workers.run { () -> String in page(groups, notifier + heartbeats) }
    }

    func page(_ groups: [GroupEvaluator], _ others: [SelfMetricFamily] = []) -> String {
        var page = ExpositionWriter(capacity: 64 << 10)
        addBuild(to: &page)
        addProcess(to: &page)
        state.metrics.add(to: &page)
        state.connections.add(to: &page)
        page.single(
            "ktsdb_http_refused_credentials_total", .counter,
            "Requests refused because of their credentials, or because they had none.",
            state.access.refusedCount + state.alertmanagerAccess.refusedCount)
        page.single(
            "prometheus_engine_queries", .gauge, "Queries that run or wait.", state.queries.count)
        page.single(
            "prometheus_engine_queries_concurrent_max", .gauge, "How many queries may run at once.",
            state.queries.limit)
        page.single(
            "prometheus_engine_query_log_enabled", .gauge, "Whether queries are logged.", state.queryLog.isOpen ? 1 : 0)
        page.single(
            "prometheus_engine_query_log_failures_total", .counter, "Queries that could not be logged.",
            state.queryLog.failureCount)
        page.single(
            "ktsdb_query_memory_bytes", .gauge, "Memory reserved by running queries and their answers.",
            state.engine.bytesInUse ?? 0)
        page.single(
            "ktsdb_query_memory_limit_bytes", .gauge,
            "Memory that running queries and their answers may reserve; 0 means no limit.",
            state.options.queryMaximumBytes ?? 0)
        if let ready = try? state.ready {
            page.add(ready.database.statistics, ready.database.recovery)
            let limits = state.retention
            page.single(
                "prometheus_tsdb_retention_limit_seconds", .gauge, "How long samples are kept; 0 means no limit.",
                (limits.time ?? .zero) / .seconds(1))
            page.single(
                "prometheus_tsdb_retention_limit_bytes", .gauge,
                "How many bytes the database may take on the disk; 0 means no limit.", limits.size ?? 0)
            page.single(
                "prometheus_tsdb_retention_limit_percentage", .gauge,
                "Which part of the disk the database may take, in percent; 0 means no limit.", limits.percentage ?? 0)
            for family in ready.scraping.selfMetrics() + ready.sender.selfMetrics() + others { page.add(family) }
            state.ruleTimings.add(to: &page)
            page.add(groups)
        }
        return page.text
    }

    private func addBuild(to page: inout ExpositionWriter) {
        let build: KeyValuePairs = [
            "version": BuildInformation.version, "revision": "", "branch": "",
            "goversion": "none (Swift \(BuildInformation.swiftVersion))",
        ]
        for name in ["ktsdb_build_info", "prometheus_build_info"] {
            page.family(name, .gauge, help: "The version of this build of the server.")
            page.sample(name, build, value: 1)
        }
        addAlertmanager(to: &page)
        let reload = state.lastReload
        page.single("prometheus_ready", .gauge, "Whether queries can be answered.", (try? state.ready) == nil ? 0 : 1)
        page.single(
            "prometheus_config_last_reload_successful", .gauge,
            "Whether the last reload of the configuration succeeded.",
            reload.succeeded ? 1 : 0)
        page.single(
            "prometheus_config_last_reload_success_timestamp_seconds", .gauge,
            "When the configuration was last loaded.", Double(reload.lastSuccess.milliseconds) / 1000)
    }

    /// What clients of Alertmanager look for.
    private func addAlertmanager(to page: inout ExpositionWriter) {
        let version = BuildInformation.alertmanagerVersion, host = state.alertmanager
        let name = "alertmanager_build_info"
        page.family(name, .gauge, help: "The version of Alertmanager whose API is served.")
        page.sample(
            name,
            [
                "version": version.version, "revision": version.revision, "branch": version.branch,
                "goversion": version.goVersion,
            ], value: 1)
        host.meter.add(to: &page, reading: host.readCount, refused: host.refusedCount)
    }

    private func addProcess(to page: inout ExpositionWriter) {
        let process = ProcessStatistics.read()
        page.single("process_cpu_seconds_total", .counter, "User and system time, in seconds.", process.cpuSeconds)
        page.single("process_max_fds", .gauge, "How many files may be open.", process.maximumFiles)
        page.single("process_open_fds", .gauge, "How many files are open.", process.openFiles)
        page.single("process_resident_memory_bytes", .gauge, "Memory in use, in bytes.", process.residentBytes)
        page.single("process_virtual_memory_bytes", .gauge, "Address space in use, in bytes.", process.virtualBytes)
        page.single("process_threads", .gauge, "Threads of the process.", process.threads)
        page.single(
            "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.",
            process.startSeconds)
    }
}

extension ExpositionWriter {
    /// Writes a metric that the scrape manager counts.
    fileprivate mutating func add(_ metric: SelfMetricFamily) {
        family(metric.name, MetricType(rawValue: metric.kind.rawValue) ?? .unknown, help: metric.help)
        for point in metric.points {
            let name = [("__name__", metric.name + point.suffix)]
            sample(Labels(name + point.labels.map { ($0.name, $0.value) }), value: point.value)
        }
    }
}
