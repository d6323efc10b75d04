extension ServiceInstance {
    /// Counts what a request that succeeds has done for a company.
    mutating func take(_ effect: Endpoint.Effect, company: Int, _ conditions: ServiceConditions) {
        switch effect {
        case .none: break
        case .createsVoucher: createVouchers(company, conditions)
        case .approvesVoucher: table.add(to: places.approvals[company])
        case .issuesInvoice: issueInvoice(company, conditions)
        case .processesPayroll: processPayroll(company)
        case .startsJob: finishJob(0, medianDuration: 4)
        }
    }

    private mutating func createVouchers(_ company: Int, _ conditions: ServiceConditions) {
        for _ in 0..<vouchers.count(conditions.vouchersPerRequest) {
            table.add(to: places.vouchers[company][random.below(ServiceCatalog.voucherTypes.count)])
        }
        // The tax office is asked about some business partners.
        if external.next(0.2) { call(1, slowness: 1, fails: false) }
    }

    private mutating func issueInvoice(_ company: Int, _ conditions: ServiceConditions) {
        call(0, slowness: conditions.popbillSlowness, fails: popbillErrors.next(conditions.popbillErrorShare))
        let isFailure = invoiceFailures.next(conditions.invoiceFailureShare)
        table.add(to: isFailure ? places.failedInvoices[company] : places.issuedInvoices[company])
        finishJob(1, medianDuration: 0.8)
    }

    private mutating func processPayroll(_ company: Int) {
        table.add(to: places.payrolls[company])
        call(2, slowness: 1, fails: false)
        finishJob(2, medianDuration: 0.3)
    }

    /// Calls an outside service.
    private mutating func call(_ index: Int, slowness: Double, fails: Bool) {
        let median = ServiceCatalog.externals[index].medianDuration * slowness
        let external = places.externals[index]
        table.observe(random.logNormal(median: median, spread: 0.5), in: fails ? external.failure : external.success)
        if fails { table.add(to: external.errors[random.below(external.errors.count)]) }
    }

    private mutating func finishJob(_ index: Int, medianDuration: Double) {
        let job = places.jobs[index]
        table.add(to: jobFailures.next(0.005) ? job.failure : job.success)
        table.observe(random.logNormal(median: medianDuration, spread: 0.7), in: job.duration)
    }
}
