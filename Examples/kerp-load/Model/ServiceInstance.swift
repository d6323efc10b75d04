internal import KTSDBModel

/// One process of the service: its metrics, and how requests move them.
package struct ServiceInstance: Sendable {
    /// The host and port that it is scraped at, the label `instance`.
    package let address: String
    /// Whether it has crashed and is not up again.
    package private(set) var isDown = false
    package internal(set) var table: MetricTable
    let places: ServicePlaces
    var random: SeededRandom
    /// For what only the log has, so that metrics are the same without one.
    private var logRandom: SeededRandom
    private var choice: EvenChoice
    private var serverErrors: [EvenShare], clientErrors: [EvenShare]
    private var hits = EvenShare(start: 0.5)
    var external = EvenShare(start: 0.5), vouchers = EvenShare(start: 0.5)
    var popbillErrors = EvenShare(start: 0.3), invoiceFailures = EvenShare(start: 0.7)
    var jobFailures = EvenShare(start: 0.2)

    package init(address: String, seed: UInt64) {
        self.address = address
        table = MetricTable()
        places = ServicePlaces(in: &table)
        random = SeededRandom(seed: seed)
        logRandom = SeededRandom(seed: ~seed)
        choice = EvenChoice(Endpoint.all.map(\.share))
        let starts = Endpoint.all.indices.map { Double($0) / Double(Endpoint.all.count) }
        serverErrors = starts.map { EvenShare(start: $0) }
        clientErrors = starts.map { EvenShare(start: $0) }
    }

    /// Crashes or comes back; then its counters begin at zero.
    mutating func setDown(_ isDown: Bool) {
        if self.isDown && !isDown { table.reset() }
        self.isDown = isDown
    }

    /// Sets the gauges.
    mutating func measure(_ conditions: ServiceConditions) {
        let wobble = 1 + 0.01 * (random.fraction() - 0.5)
        table.set((conditions.residentMebibytes * wobble * 256).rounded() * 4096, of: places.residentMemory)
        table.set(ServiceConditions.openConnections, of: places.connectionsOpen)
        table.set(conditions.connectionsInUse, of: places.connectionsInUse)
        for queue in places.queues { table.set((conditions.waitingJobs * wobble).rounded(), of: queue) }
    }

    /// Answers a request.
    ///
    /// - Returns: What the log says of it; nil if `isLogged` is false.
    mutating func serve(at time: Timestamp, _ conditions: ServiceConditions, isLogged: Bool) -> ServiceRequest? {
        let index = choice.next(), endpoint = Endpoint.all[index], route = places.routes[index]
        let status = answer(index, endpoint, route, conditions)
        let slowness = endpoint.query == nil ? 1 : conditions.requestSlowness
        let duration = random.logNormal(median: endpoint.medianDuration * slowness, spread: 0.6)
        table.observe(duration, in: route.duration)
        table.observe(random.logNormal(median: endpoint.requestSize, spread: 0.4), in: route.requestSize)
        table.observe(random.logNormal(median: endpoint.responseSize, spread: 0.8), in: route.responseSize)
        look(route, conditions)
        let company = random.below(ServiceCatalog.companies.count)
        if status < 400 { take(endpoint.effect, company: company, conditions) }
        guard isLogged else { return nil }
        return logged(endpoint, company, status, duration, at: time)
    }

    /// Counts a request by its outcome and returns its status.
    private mutating func answer(
        _ index: Int, _ endpoint: Endpoint, _ route: ServicePlaces.Route, _ conditions: ServiceConditions
    ) -> Int {
        // Health checks do nothing that can fail.
        guard endpoint.query != nil else {
            table.add(to: route.success)
            return endpoint.status
        }
        if serverErrors[index].next(conditions.serverErrorShare) {
            let kind = random.below(route.failures.count)
            table.add(to: route.failures[kind])
            return ServicePlaces.Route.failureStatuses[kind]
        }
        if clientErrors[index].next(0.02) {
            table.add(to: route.clientError)
            return 400
        }
        table.add(to: route.success)
        return endpoint.status
    }

    /// Looks into the cache, and into the database unless the cache has it.
    private mutating func look(_ route: ServicePlaces.Route, _ conditions: ServiceConditions) {
        if let hit = route.hit, let miss = route.miss {
            let isHit = hits.next(conditions.cacheHitShare)
            table.add(to: isHit ? hit : miss)
            if isHit { return }
        }
        guard let query = route.query else { return }
        let duration = random.logNormal(median: 0.008 * conditions.querySlowness, spread: 0.5)
        table.observe(duration, in: query)
    }

    private mutating func logged(
        _ endpoint: Endpoint, _ company: Int, _ status: Int, _ duration: Double, at time: Timestamp
    ) -> ServiceRequest {
        ServiceRequest(
            time: time, instance: address, method: endpoint.method, path: endpoint.path, status: status,
            duration: duration, requestID: logRandom.uuid(),
            userID: "550e8400-e29b-41d4-a716-4466554400\(10 + logRandom.below(90))",
            companyID: ServiceCatalog.companies[company], clientAddress: "192.168.1.\(1 + logRandom.below(254))",
            caller: endpoint.caller)
    }
}
