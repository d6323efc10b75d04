/// An endpoint of the service: how often it is called, how long an answer takes, and what it does.
struct Endpoint: Sendable {
    /// What a request does besides answering.
    enum Effect: Sendable {
        case none, createsVoucher, approvesVoucher, issuesInvoice, processesPayroll, startsJob
    }

    var method: String
    var path: String
    /// How many of a hundred requests go here.
    var share: Int
    /// The status of a success.
    var status = 200
    /// Seconds that half of the requests stay below.
    var medianDuration: Double
    /// Bytes of a request and of an answer; again the medians.
    var requestSize: Double, responseSize: Double
    /// The query that a request runs, by operation and table; nil if it needs no database.
    var query: (operation: String, table: String)?
    /// The cache that it asks first; nil if none.
    var cache: String?
    var effect = Effect.none
    /// The place in the source that logs the request.
    var caller: String

    static let all: [Endpoint] = [
        .init(
            method: "GET", path: "/api/v1/vouchers", share: 28, medianDuration: 0.035, requestSize: 220,
            responseSize: 9000, query: ("select", "vouchers"), cache: "voucher", caller: "handler/voucher.go:88"),
        .init(
            method: "POST", path: "/api/v1/vouchers", share: 20, status: 201, medianDuration: 0.045,
            requestSize: 1800, responseSize: 700, query: ("insert", "vouchers"), effect: .createsVoucher,
            caller: "handler/voucher.go:42"),
        .init(
            method: "POST", path: "/api/v1/vouchers/:id/approve", share: 8, medianDuration: 0.03, requestSize: 300,
            responseSize: 500, query: ("update", "vouchers"), effect: .approvesVoucher,
            caller: "handler/voucher.go:131"),
        .init(
            method: "GET", path: "/api/v1/accounts", share: 18, medianDuration: 0.012, requestSize: 200,
            responseSize: 14_000, query: ("select", "accounts"), cache: "account", caller: "handler/account.go:37"),
        .init(
            method: "POST", path: "/api/v1/tax-invoices", share: 12, status: 201, medianDuration: 0.06,
            requestSize: 2400, responseSize: 900, query: ("insert", "tax_invoices"), effect: .issuesInvoice,
            caller: "handler/tax_invoice.go:58"),
        .init(
            method: "POST", path: "/api/v1/payrolls", share: 2, status: 201, medianDuration: 0.08, requestSize: 1200,
            responseSize: 600, query: ("insert", "payrolls"), effect: .processesPayroll,
            caller: "handler/payroll.go:73"),
        .init(
            method: "GET", path: "/api/v1/reports/trial-balance", share: 6, medianDuration: 0.07, requestSize: 260,
            responseSize: 90_000, query: ("select", "journal_entries"), cache: "report", effect: .startsJob,
            caller: "handler/report.go:51"),
        .init(
            method: "GET", path: "/health", share: 6, medianDuration: 0.002, requestSize: 120, responseSize: 60,
            caller: "handler/health.go:19"),
    ]
}
