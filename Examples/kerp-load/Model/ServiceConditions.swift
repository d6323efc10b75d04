/// What a phase means for the service, number by number, with the alert of the seed that watches it.
struct ServiceConditions: Sendable {
    /// The share of requests that end with 500 or 503; HighErrorRate fires above 0.05.
    var serverErrorShare = 0.002
    /// How many times longer than usual requests take; SlowResponseTime fires when 95 % take more than a second.
    var requestSlowness = 1.0
    /// The same for queries of the database; SlowDatabaseQueries fires when 95 % take more than half a second.
    var querySlowness = 1.0
    /// The same for calls of Popbill. ExternalAPITimeout, which watches them, cannot fire: its threshold is the bound
    /// of the highest bucket.
    var popbillSlowness = 1.0
    /// Whether the last of several instances has crashed; APIDown fires.
    var lastInstanceIsDown = false
    /// HighMemoryUsage fires above 1024 MiB.
    var residentMebibytes = 310.0
    /// Of the 25 connections that are open; DatabaseConnectionPoolExhausted fires above 0.9.
    var connectionsInUse = 6.0
    /// The share of look-ups that the caches answer; LowCacheHitRatio fires below 0.8.
    var cacheHitShare = 0.95
    /// The share of Popbill's answers that are errors; PopbillAPIErrors fires above 0.1 errors a second.
    var popbillErrorShare = 0.0005
    /// How many vouchers a request creates; VoucherProcessingSurge fires when it is more than twice yesterday's rate.
    var vouchersPerRequest = 1.0
    /// The share of tax invoices that fail; TaxInvoiceFailureSpike fires above 0.1.
    var invoiceFailureShare = 0.01
    /// Jobs that wait in each queue. No alert watches them.
    var waitingJobs = 3.0

    static let openConnections = 25.0

    static let good = ServiceConditions()
    static let bad = ServiceConditions(
        serverErrorShare: 0.15, requestSlowness: 25, querySlowness: 45, popbillSlowness: 8,
        lastInstanceIsDown: true, residentMebibytes: 1500, connectionsInUse: 24, cacheHitShare: 0.6,
        popbillErrorShare: 0.35, vouchersPerRequest: 5, invoiceFailureShare: 0.3, waitingJobs: 180)
}

extension Phase {
    var conditions: ServiceConditions { self == .bad ? .bad : .good }
}
