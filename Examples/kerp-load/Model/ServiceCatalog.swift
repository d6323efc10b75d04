/// Names that the service's metrics and log lines have.
enum ServiceCatalog {
    static let companies = [
        "660e8400-e29b-41d4-a716-446655440001", "660e8400-e29b-41d4-a716-446655440002",
        "660e8400-e29b-41d4-a716-446655440003",
    ]
    static let voucherTypes = ["sales", "purchase", "general"]
    static let errorTypes = ["timeout", "server_error"]
    static let queues = ["critical", "default", "low"]
    static let jobs = ["report_export", "tax_invoice_sync", "email"]
    /// The outside services, and what half of their answers stay below, in seconds.
    static let externals: [(api: String, endpoint: String, medianDuration: Double)] = [
        ("popbill", "/TaxInvoice/Issue", 0.4), ("nts", "/BusinessStatus", 0.2), ("bank", "/Transactions", 0.6),
    ]
}
