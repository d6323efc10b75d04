/// Where the series are in an instance's table.
///
/// All exist from the start, with zero: a rate that begins with the first error would miss it.
struct ServicePlaces: Sendable {
    typealias Place = MetricTable.SeriesPlace

    /// The series of an endpoint.
    struct Route: Sendable {
        var success: Place, clientError: Place, failures: [Place]
        var duration: Place, requestSize: Place, responseSize: Place
        var query: Place?
        var hit: Place?, miss: Place?
    }

    /// The series of an outside service.
    struct External: Sendable {
        var success: Place, failure: Place, errors: [Place]
    }

    /// The series of a kind of job.
    struct Job: Sendable {
        var success: Place, failure: Place, duration: Place
    }

    let routes: [Route]
    let externals: [External]
    let jobs: [Job]
    /// By company, then by type.
    let vouchers: [[Place]]
    let approvals: [Place], payrolls: [Place]
    let issuedInvoices: [Place], failedInvoices: [Place]
    let queues: [Place]
    let connectionsOpen: Place, connectionsInUse: Place, residentMemory: Place

    init(in table: inout MetricTable) {
        routes = Endpoint.all.map { Route($0, in: &table) }
        externals = ServiceCatalog.externals.map { External($0.api, $0.endpoint, in: &table) }
        jobs = ServiceCatalog.jobs.map { Job($0, in: &table) }
        let companies = ServiceCatalog.companies
        vouchers = companies.map { company in
            ServiceCatalog.voucherTypes.map { table.place(.vouchersCreated, company, $0) }
        }
        approvals = companies.map { table.place(.vouchersApproved, $0) }
        payrolls = companies.map { table.place(.payrollsProcessed, $0) }
        issuedInvoices = companies.map { table.place(.invoicesIssued, $0, "success") }
        failedInvoices = companies.map { table.place(.invoicesIssued, $0, "failure") }
        queues = ServiceCatalog.queues.map { table.place(.jobsInQueue, $0) }
        connectionsOpen = table.place(.connectionsOpen)
        connectionsInUse = table.place(.connectionsInUse)
        residentMemory = table.place(.residentMemory)
    }
}

extension ServicePlaces.Route {
    /// The statuses of server errors, by turns.
    static let failureStatuses = [500, 503]

    init(_ endpoint: Endpoint, in table: inout MetricTable) {
        let method = endpoint.method, path = endpoint.path
        success = table.place(.requests, method, path, String(endpoint.status))
        clientError = table.place(.requests, method, path, "400")
        failures = Self.failureStatuses.map { table.place(.requests, method, path, String($0)) }
        duration = table.place(.requestDuration, method, path)
        requestSize = table.place(.requestSize, method, path)
        responseSize = table.place(.responseSize, method, path)
        query = endpoint.query.map { table.place(.queryDuration, $0.operation, $0.table) }
        hit = endpoint.cache.map { table.place(.cacheHits, $0) }
        miss = endpoint.cache.map { table.place(.cacheMisses, $0) }
    }
}

extension ServicePlaces.External {
    init(_ api: String, _ endpoint: String, in table: inout MetricTable) {
        success = table.place(.externalDuration, api, endpoint, "200")
        failure = table.place(.externalDuration, api, endpoint, "500")
        errors = ServiceCatalog.errorTypes.map { table.place(.externalErrors, api, $0) }
    }
}

extension ServicePlaces.Job {
    init(_ name: String, in table: inout MetricTable) {
        success = table.place(.jobsProcessed, name, "success")
        failure = table.place(.jobsProcessed, name, "failure")
        duration = table.place(.jobDuration, name)
    }
}
