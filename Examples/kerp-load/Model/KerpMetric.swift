internal import PrometheusWire

/// The metrics that an instance of the service has: the 18 of its own, and the memory that its runtime reports.
package enum KerpMetric: Int, CaseIterable, Sendable {
    case requests, requestDuration, requestSize, responseSize
    case vouchersCreated, vouchersApproved, invoicesIssued, payrollsProcessed
    case queryDuration, connectionsOpen, connectionsInUse
    case cacheHits, cacheMisses
    case externalDuration, externalErrors
    case jobsProcessed, jobDuration, jobsInQueue
    case residentMemory

    /// Those that the service declares itself.
    package static let ofService = allCases.filter { $0 != .residentMemory }

    /// What the service's source says of the metric.
    package var definition: MetricDefinition { Self.definitions[rawValue] }

    private static let sizes = [100, 1000, 10_000, 100_000, 1e6, 1e7, 1e8, 1e9]

    private static let definitions: [MetricDefinition] = [
        .init("http_requests_total", .counter, "Total number of HTTP requests", ["method", "path", "status"]),
        .init(
            "http_request_duration_seconds", .histogram, "HTTP request duration in seconds", ["method", "path"],
            buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
        .init(
            "http_request_size_bytes", .histogram, "HTTP request size in bytes", ["method", "path"], buckets: sizes),
        .init(
            "http_response_size_bytes", .histogram, "HTTP response size in bytes", ["method", "path"], buckets: sizes),
        .init(
            "vouchers_created_total", .counter, "Total number of vouchers created", ["company_id", "voucher_type"]),
        .init("vouchers_approved_total", .counter, "Total number of vouchers approved", ["company_id"]),
        .init(
            "tax_invoices_issued_total", .counter, "Total number of tax invoices issued", ["company_id", "status"]),
        .init("payroll_processed_total", .counter, "Total number of payroll periods processed", ["company_id"]),
        .init(
            "db_query_duration_seconds", .histogram, "Database query duration in seconds", ["operation", "table"],
            buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]),
        .init("db_connections_open", .gauge, "Number of open database connections"),
        .init("db_connections_in_use", .gauge, "Number of database connections in use"),
        .init("cache_hits_total", .counter, "Total number of cache hits", ["cache_type"]),
        .init("cache_misses_total", .counter, "Total number of cache misses", ["cache_type"]),
        .init(
            "external_api_request_duration_seconds", .histogram, "External API request duration in seconds",
            ["api", "endpoint", "status"], buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
        .init("external_api_errors_total", .counter, "Total number of external API errors", ["api", "error_type"]),
        .init(
            "jobs_processed_total", .counter, "Total number of background jobs processed", ["job_type", "status"]),
        .init(
            "job_processing_duration_seconds", .histogram, "Job processing duration in seconds", ["job_type"],
            buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 120]),
        .init("jobs_in_queue", .gauge, "Number of jobs waiting in queue", ["queue_name"]),
        .init("process_resident_memory_bytes", .gauge, "Resident memory size in bytes."),
    ]
}
